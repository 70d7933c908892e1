//! Answering a search: from the index, and from the log for what the index has not taken yet.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use rusqlite::{Connection, OptionalExtension};
use studyhall_domain::{
    ports::{SearchMatch, SearchQuery},
    search_text::{Pattern, pairs},
};
use studyhall_wire::{Seq, StreamId, UserId};
use uuid::Uuid;

use super::{
    document::{self, Document},
    index::{author_token, stream_token},
};
use crate::log::{
    failure::Outcome,
    schema::{SEQ_BITS, StreamNo, seq_of},
};

/// Keys of one query: several times what a person types. A longer one finds nothing.
const KEYS: usize = 512;
/// Streams that a query names to FTS5; of more, each match is looked up instead.
const NAMED_STREAMS: usize = 64;
/// Messages that one search reads from the log, at most.
const TAIL: usize = 500_000;

/// What to find; the same for index and log.
pub(super) struct Wanted {
    pub pattern: Pattern,
    pub author: Option<UserId>,
    pub before: i64,
    pub limit: usize,
}

impl Wanted {
    /// None where there is nothing to find.
    pub fn of(query: &SearchQuery) -> Option<Self> {
        let pattern = Pattern::of(&query.text)?;
        let keys: usize = pattern.words().iter().map(|word| pairs(word).count().max(1)).sum();
        if keys > KEYS || query.limit == 0 || query.streams.is_empty() {
            return None;
        }
        Some(Self {
            pattern,
            author: query.author,
            before: query.before.unwrap_or(i64::MAX),
            limit: query.limit as usize,
        })
    }

    fn is_met_by(&self, message: &Document<'_>) -> bool {
        self.author.is_none_or(|author| author == message.author)
            && message.position() < self.before
            && self.pattern.matches(message.text)
    }
}

/// What the log says of a stream after what the index has of it.
#[derive(Default)]
pub(super) struct Tail {
    /// The log answers for what follows this seq.
    indexed: Seq,
    /// And for these before it: edited or deleted since they were indexed.
    changed: BTreeSet<Seq>,
}

impl Tail {
    fn answers_for(&self, seq: Seq) -> bool {
        seq > self.indexed || self.changed.contains(&seq)
    }
}

/// How far the index is with each of `streams`.
pub(super) fn progress(index: &Connection, streams: &[StreamId]) -> Outcome<Vec<(StreamId, Seq)>> {
    let mut progress = Vec::with_capacity(streams.len());
    for stream in streams {
        let indexed = document::progress(index, *stream)?.map_or(0, |(_, indexed)| indexed);
        progress.push((*stream, indexed));
    }
    Ok(progress)
}

/// Reads from the log what follows the index's progress.
pub(super) fn in_log(
    log: &Connection,
    wanted: &Wanted,
    progress: &[(StreamId, Seq)],
) -> Outcome<(Vec<SearchMatch>, HashMap<StreamId, Tail>)> {
    let mut found = Vec::new();
    let mut tails = HashMap::new();
    let mut budget = TAIL;
    for (stream, indexed) in progress {
        let Some((no, head)) = document::stream_in_log(log, *stream)? else { continue };
        if head <= *indexed {
            continue;
        }
        let mut here = 0;
        let mut take = |message: &Document<'_>| {
            if wanted.is_met_by(message) {
                found.push(SearchMatch { stream: *stream, seq: message.seq, position: message.position() });
                here += 1;
            }
            budget = budget.saturating_sub(1);
            here < wanted.limit && budget > 0
        };
        document::visit_newest_first(log, no, (indexed + 1, head), &mut take)?;
        let changed = document::changed_before(log, no, (indexed + 1, head))?;
        for seq in &changed {
            document::visit_one(log, no, *seq, |message| Ok(take(message)))?;
        }
        tails.insert(*stream, Tail { indexed: *indexed, changed });
    }
    Ok((found, tails))
}

/// Reads from the index, newest first, leaving out what the log answers for.
pub(super) fn in_index(
    index: &Connection,
    wanted: &Wanted,
    streams: &[StreamId],
    tails: &HashMap<StreamId, Tail>,
) -> Outcome<Vec<SearchMatch>> {
    let mut readable = HashMap::with_capacity(streams.len());
    for stream in streams {
        if let Some((no, _)) = document::progress(index, *stream)? {
            readable.insert(no.0, *stream);
        }
    }
    let mut found = Vec::new();
    if readable.is_empty() {
        return Ok(found);
    }
    let mut place_of = index.prepare_cached("SELECT place FROM documents WHERE position = ?1")?;
    let mut matches =
        index.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC")?;
    let mut rows = matches.query((expression(wanted, &readable), wanted.before))?;
    while let Some(row) = rows.next()?
        && found.len() < wanted.limit
    {
        let position = row.get(0)?;
        let Some(place) = place_of.query_row([position], |row| row.get::<_, i64>(0)).optional()? else { continue };
        let Some(stream) = readable.get(&(place >> SEQ_BITS)) else { continue };
        let seq = seq_of(place);
        if tails.get(stream).is_none_or(|tail| !tail.answers_for(seq)) {
            found.push(SearchMatch { stream: *stream, seq, position });
        }
    }
    Ok(found)
}

/// In FTS5's language: each word as a phrase of its pairs, a single character as the beginning of a key. Keys are
/// letters, digits and marks, so nothing of a query can be read as syntax.
fn expression(wanted: &Wanted, readable: &HashMap<i64, StreamId>) -> String {
    let mut expression = String::new();
    for word in wanted.pattern.words() {
        if !expression.is_empty() {
            expression.push_str(" AND ");
        }
        let mut pairs = pairs(word).peekable();
        if pairs.peek().is_none() {
            // Writing to a String cannot fail.
            let _ = write!(expression, "text : \"{word}\" *");
        } else {
            let _ = write!(expression, "text : \"{}\"", pairs.collect::<Vec<_>>().join(" "));
        }
    }
    if let Some(author) = wanted.author {
        let _ = write!(expression, " AND owner : {}", author_token(Uuid::from(author)));
    }
    if readable.len() <= NAMED_STREAMS {
        let streams: Vec<_> = readable.keys().map(|no| stream_token(StreamNo(*no))).collect();
        let _ = write!(expression, " AND owner : ({})", streams.join(" OR "));
    }
    expression
}
