//! Message search: what matches, among what the caller may read now.

use std::{collections::HashMap, sync::Arc};

use studyhall_wire::{ConversationId, FieldError, Message, Page, SearchHit, Seq, StreamId, UserId};

use crate::{
    Error, Result,
    auth::Actor,
    ports::{ConversationStore, EventLog, Limit, RateLimiter, SearchIndex, SearchQuery},
};

/// Characters of a search text.
const QUERY_CHARS: usize = 200;
/// Characters shown around a match.
const SNIPPET_CHARS: usize = 160;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Terms {
    pub text: String,
    pub conversation: Option<ConversationId>,
    pub author: Option<UserId>,
    pub cursor: Option<i64>,
    pub limit: u32,
}

pub struct Search {
    pub(crate) index: Arc<dyn SearchIndex>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) store: Arc<dyn ConversationStore>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

impl Search {
    /// Messages that contain every word of the text, in part or in whole, newest first.
    pub async fn messages(&self, actor: &Actor, terms: Terms) -> Result<Page<SearchHit>> {
        self.limiter.take(Limit::Search, &actor.user.to_string()).await?;
        check(&terms.text)?;
        let streams = self.readable(actor, terms.conversation).await?;
        let limit = terms.limit;
        let text = terms.text.clone();
        let query =
            SearchQuery { text: terms.text, streams, author: terms.author, before: terms.cursor, limit: limit + 1 };
        let mut matches = self.index.search(query).await?;
        let more = matches.len() > limit as usize;
        matches.truncate(limit as usize);
        let next_cursor = matches.last().filter(|_| more).map(|last| last.position.to_string());

        let mut by_stream: HashMap<StreamId, Vec<Seq>> = HashMap::new();
        for found in &matches {
            by_stream.entry(found.stream).or_default().push(found.seq);
        }
        let mut messages: HashMap<(StreamId, Seq), Message> = HashMap::new();
        for (stream, seqs) in by_stream {
            let found = self.log.messages(stream, &seqs).await?;
            messages.extend(found.into_iter().map(|message| ((stream, message.seq), message)));
        }
        let items = matches.iter().filter_map(|found| messages.remove(&(found.stream, found.seq)));
        // The index may be a moment behind a deletion: a text that is gone is not found.
        let items = items.filter(|message| message.deleted_at.is_none());
        let items = items.map(|message| SearchHit { snippet: snippet(&message.text, &text), message }).collect();
        Ok(Page { items, next_cursor })
    }

    async fn readable(&self, actor: &Actor, only: Option<ConversationId>) -> Result<Vec<StreamId>> {
        if let Some(id) = only {
            let membership = self.store.membership(actor.user, id).await?;
            return membership.map(|m| vec![m.conversation.into()]).ok_or(Error::NotFound("conversation"));
        }
        Ok(self.store.memberships(actor.user).await?.into_iter().map(|m| m.conversation.into()).collect())
    }
}

fn check(text: &str) -> Result<()> {
    let problem = if text.contains('\0') {
        FieldError::new("q", "nul", "Leave out the NUL character.")
    } else if text.trim().is_empty() {
        FieldError::new("q", "required", "Type what to look for.")
    } else if text.chars().count() > QUERY_CHARS {
        FieldError::new("q", "too_long", "At most 200 characters.")
    } else {
        return Ok(());
    };
    Err(Error::Invalid(vec![problem]))
}

/// The part of `text` around the first word of `query` that occurs in it, or its beginning.
fn snippet(text: &str, query: &str) -> String {
    let lower: Vec<char> = text.chars().map(fold).collect();
    let found = query.split_whitespace().find_map(|word| {
        let word: Vec<char> = word.chars().map(fold).collect();
        lower.windows(word.len().max(1)).position(|part| part == word)
    });
    let start = found.unwrap_or_default().saturating_sub(SNIPPET_CHARS / 3);
    let part: String = text.chars().skip(start).take(SNIPPET_CHARS).collect();
    let (before, after) = (start > 0, start + SNIPPET_CHARS < lower.len());
    format!("{}{}{}", if before { "…" } else { "" }, part.trim(), if after { "…" } else { "" })
}

/// One character for one, so that places stay the same.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(folded), None) => folded,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_match() {
        let long = format!("{} The Needle is here. {}", "hay ".repeat(100), "hay ".repeat(100));
        let shown = snippet(&long, "needle");
        assert!(shown.contains("The Needle is here."), "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        assert_eq!(snippet("short", "absent"), "short");
    }
}
