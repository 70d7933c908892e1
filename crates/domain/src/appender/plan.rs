//! Deciding a batch: pure, in stream order, against the messages that it concerns.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use studyhall_wire::{
    ErrorCode, EventBody, Message, MessageDeleted, MessageEdited, MessageRef, Reaction, ReactionChange, Seq, StreamId,
    Timestamp, UserId,
};

use super::{
    Change, Outcome, Post, What,
    writers::{self, Refusal, Refused},
};
use crate::{
    Error, Result,
    ports::{GroupFact, IdempotencyKey, Known, LogBody, LogEvent},
};

/// The seqs whose messages must be known to decide `changes`.
pub fn targets(changes: &[Change]) -> Vec<Seq> {
    let mut seqs: Vec<Seq> = changes
        .iter()
        .filter_map(|change| match &change.what {
            What::Post(post) => post.reply_to,
            What::Edit { seq, .. } | What::Delete { seq } | What::React { seq, .. } | What::Pin { seq, .. } => {
                Some(*seq)
            }
            What::Inbox { .. } | What::Group { .. } => None,
        })
        .collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs
}

/// The idempotency keys of `changes`; what has no actor has none.
pub fn keys(changes: &[Change]) -> Vec<(UserId, String)> {
    changes.iter().filter_map(|change| Some((change.actor?, key(change)?.0.to_owned()))).collect()
}

/// The idempotency key of a change: its `client_id`, and the fingerprint of its body.
fn key(change: &Change) -> Option<(&str, i64)> {
    match &change.what {
        What::Post(post) => Some((&post.client_id, post.fingerprint)),
        What::Inbox { key, .. } | What::Group { key, .. } => Some((key.as_deref()?, 0)),
        _ => None,
    }
}

/// What to write, and what to answer when it is written.
pub struct Plan {
    /// The head before the batch.
    pub head: Seq,
    pub events: Vec<Arc<LogEvent>>,
    /// One for each change.
    pub outcomes: Vec<Result<Outcome>>,
}

impl Plan {
    /// Numbers `changes` after `head`. `refused` may not write, `messages` are those of [`targets`], `known` the keys found
    /// in the log.
    pub fn make(
        stream: StreamId,
        head: Seq,
        changes: &[Change],
        refused: Refused,
        messages: Vec<Message>,
        known: &[Known],
    ) -> Self {
        let mut state = State {
            stream,
            now: crate::now(),
            head,
            refused,
            left: HashSet::new(),
            archived: false,
            messages: messages.into_iter().map(|m| (m.seq, m)).collect(),
            known: known.iter().map(|k| ((k.actor, &*k.key.client_id), (k.seq, k.key.fingerprint))).collect(),
            events: Vec::with_capacity(changes.len()),
        };
        let outcomes = changes.iter().map(|change| state.decide(change)).collect();
        Self { head, events: state.events, outcomes }
    }

    /// How many of the changes have their outcome when the first `stored` events are in the log and no other.
    pub fn settled(&self, stored: usize) -> usize {
        let appended = |outcome: &Result<Outcome>| matches!(outcome, Ok(Outcome::Appended(_)));
        let places = self.outcomes.iter().enumerate().filter(|(_, outcome)| appended(outcome));
        stored.checked_sub(1).and_then(|last| places.map(|(place, _)| place + 1).nth(last)).unwrap_or_default()
    }
}

struct State<'a> {
    stream: StreamId,
    now: Timestamp,
    head: Seq,
    refused: Refused,
    /// Who has left within this batch, and whether the group was archived in it.
    left: HashSet<UserId>,
    archived: bool,
    messages: HashMap<Seq, Message>,
    known: HashMap<(UserId, &'a str), (Seq, i64)>,
    events: Vec<Arc<LogEvent>>,
}

impl<'a> State<'a> {
    fn decide(&mut self, change: &'a Change) -> Result<Outcome> {
        let key = key(change);
        let known = change.actor.zip(key);
        if let Some((actor, (client_id, fingerprint))) = known
            && let Some(&(seq, first)) = self.known.get(&(actor, client_id))
        {
            return if first == fingerprint {
                Ok(Outcome::Known(seq))
            } else {
                Err(Error::Conflict(ErrorCode::ClientIdReused))
            };
        }
        if let Some(author) = writers::author(change) {
            self.may_write(author)?;
        }
        let body = match &change.what {
            What::Post(post) => Some(LogBody::Conversation(self.post(change.actor, post)?)),
            What::Edit { seq, text, mentions, mentions_everyone } => {
                self.edit(*seq, text, mentions, *mentions_everyone)?.map(LogBody::Conversation)
            }
            What::Delete { seq } => self.delete(*seq)?.map(LogBody::Conversation),
            What::React { seq, emoji, add } => self.react(change.actor, *seq, emoji, *add)?.map(LogBody::Conversation),
            What::Pin { seq, pinned } => self.pin(*seq, *pinned)?.map(LogBody::Conversation),
            What::Inbox { fact, .. } => Some(LogBody::Inbox(fact.clone())),
            What::Group { fact, .. } => Some(LogBody::Conversation(self.happen(fact))),
        };
        let Some(body) = body else { return Ok(Outcome::Unchanged) };
        self.head += 1;
        if let Some((actor, (client_id, fingerprint))) = known {
            self.known.insert((actor, client_id), (self.head, fingerprint));
        }
        let key = key.map(|(client_id, fingerprint)| IdempotencyKey { client_id: client_id.to_owned(), fingerprint });
        let (stream, at, actor) = (self.stream, self.now, change.actor);
        let event = Arc::new(LogEvent { stream, seq: self.head, at, actor, key, body });
        self.events.push(Arc::clone(&event));
        Ok(Outcome::Appended(event))
    }

    /// Whoever is removed ahead of their own message in this batch does not write it any more.
    fn may_write(&self, author: UserId) -> Result<()> {
        if let Some(refusal) = self.refused.get(&author) {
            return Err((*refusal).into());
        }
        if self.left.contains(&author) {
            return Err(Refusal::Outsider.into());
        }
        if self.archived { Err(Refusal::Forbidden(ErrorCode::GroupArchived).into()) } else { Ok(()) }
    }

    fn happen(&mut self, fact: &GroupFact) -> EventBody {
        match fact {
            GroupFact::MemberJoined(joined) => {
                self.left.remove(&joined.user_id);
            }
            GroupFact::MemberLeft(left) => {
                self.left.insert(left.user_id);
            }
            GroupFact::GroupUpdated(group) => self.archived = group.archived,
            GroupFact::MemberRoleChanged(_) => {}
        }
        fact.clone().into()
    }

    fn post(&mut self, actor: Option<UserId>, post: &Post) -> Result<EventBody> {
        let author_id = actor.ok_or_else(|| Error::internal("a message without an author"))?;
        if post.reply_to.is_some_and(|seq| !self.messages.contains_key(&seq)) {
            return Err(Error::invalid("reply_to", "invalid", "There is no such message to reply to."));
        }
        Ok(EventBody::MessageCreated(Arc::new(Message {
            conversation_id: self.stream.0.into(),
            seq: self.head + 1,
            client_id: post.client_id.clone(),
            author_id,
            text: post.text.clone(),
            reply_to: post.reply_to,
            attachments: post.attachments.clone(),
            mentions: post.mentions.clone(),
            mentions_everyone: post.mentions_everyone,
            reactions: Vec::new(),
            pinned: false,
            created_at: self.now,
            edited_at: None,
            deleted_at: None,
        })))
    }

    fn message(&mut self, seq: Seq) -> Result<&mut Message> {
        self.messages.get_mut(&seq).ok_or(Error::NotFound("message"))
    }

    /// A message that can still change: deletion is final.
    fn living(&mut self, seq: Seq) -> Result<&mut Message> {
        let message = self.message(seq)?;
        if message.deleted_at.is_some() { Err(Error::Conflict(ErrorCode::MessageDeleted)) } else { Ok(message) }
    }

    fn edit(&mut self, seq: Seq, text: &str, mentions: &[UserId], everyone: bool) -> Result<Option<EventBody>> {
        let now = self.now;
        let message = self.living(seq)?;
        if message.text == text {
            return Ok(None);
        }
        if text.is_empty() && message.attachments.is_empty() {
            return Err(Error::invalid("text", "too_short", "Write something, or delete the message."));
        }
        text.clone_into(&mut message.text);
        message.mentions = mentions.to_vec();
        message.mentions_everyone = everyone;
        message.edited_at = Some(now);
        let (text, mentions) = (message.text.clone(), message.mentions.clone());
        let edited = MessageEdited { seq, text, mentions, mentions_everyone: everyone, edited_at: now };
        Ok(Some(EventBody::MessageEdited(edited)))
    }

    fn delete(&mut self, seq: Seq) -> Result<Option<EventBody>> {
        let now = self.now;
        let message = self.message(seq)?;
        if message.deleted_at.is_some() {
            return Ok(None);
        }
        message.deleted_at = Some(now);
        Ok(Some(EventBody::MessageDeleted(MessageDeleted { seq, deleted_at: now })))
    }

    fn react(&mut self, actor: Option<UserId>, seq: Seq, emoji: &str, add: bool) -> Result<Option<EventBody>> {
        let user_id = actor.ok_or_else(|| Error::internal("a reaction without a user"))?;
        let message = if add { self.living(seq)? } else { self.message(seq)? };
        let change = ReactionChange { seq, emoji: emoji.to_owned(), user_id };
        let at = message.reactions.iter().position(|reaction| reaction.emoji == emoji);
        let chosen = at.is_some_and(|at| message.reactions[at].user_ids.contains(&user_id));
        match (at, add) {
            (Some(at), true) if !chosen => message.reactions[at].user_ids.push(user_id),
            (None, true) if message.reactions.len() >= MAX_EMOJI => {
                return Err(Error::invalid("emoji", "too_many", "A message takes 50 different reactions."));
            }
            (None, true) => message.reactions.push(Reaction { emoji: emoji.to_owned(), user_ids: vec![user_id] }),
            (Some(at), false) if chosen => {
                message.reactions[at].user_ids.retain(|id| *id != user_id);
                message.reactions.retain(|reaction| !reaction.user_ids.is_empty());
            }
            _ => return Ok(None),
        }
        Ok(Some(if add { EventBody::ReactionAdded(change) } else { EventBody::ReactionRemoved(change) }))
    }

    fn pin(&mut self, seq: Seq, pinned: bool) -> Result<Option<EventBody>> {
        let message = if pinned { self.living(seq)? } else { self.message(seq)? };
        if message.pinned == pinned {
            return Ok(None);
        }
        message.pinned = pinned;
        let target = MessageRef { seq };
        Ok(Some(if pinned { EventBody::MessagePinned(target) } else { EventBody::MessageUnpinned(target) }))
    }
}

/// Different emoji on one message.
const MAX_EMOJI: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_stored_events_is_not_settled() {
        let (stream, seq, at) = (StreamId::new(), 1, crate::now());
        let body = LogBody::Conversation(EventBody::MessagePinned(MessageRef { seq }));
        let appended = || {
            Ok(Outcome::Appended(Arc::new(LogEvent { stream, seq, at, actor: None, key: None, body: body.clone() })))
        };
        let refused = Err(Error::NotFound("message"));
        let outcomes = vec![Ok(Outcome::Known(1)), appended(), refused, appended(), Ok(Outcome::Unchanged)];
        let plan = Plan { head: 0, events: Vec::new(), outcomes };
        assert_eq!([0, 1, 2].map(|stored| plan.settled(stored)), [0, 2, 4]);
    }
}
