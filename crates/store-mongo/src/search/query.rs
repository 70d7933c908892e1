//! Answering a search: from the index, and from the log for what the index has not taken yet.

use std::collections::{BTreeSet, HashMap};

use mongodb::bson::{RawBsonRef, doc, oid::ObjectId};
use studyhall_domain::{
    ports::{SearchMatch, SearchQuery},
    search_text::{Pattern, pairs},
};
use studyhall_wire::{Epoch, Seq, StreamId, UserId};

use super::{
    entry::{Source, fields},
    index::{Span, changed_before},
    progress,
};
use crate::{
    Mongo, MongoLog,
    database::{hint, id},
    failure::{Failure, Outcome},
    log::{
        document::{Stored, uuid},
        read,
    },
};

/// Keys of one query: several times what a person types. A longer one finds nothing.
const KEYS: usize = 512;
/// Keys that the index is asked for; the messages themselves are asked for the rest.
const ASKED_KEYS: usize = 16;
/// Streams that one query to the index names: their entries are merged in order, without sorting.
const NAMED_STREAMS: usize = 100;
/// Messages that one search reads from the log, at most.
const TAIL: usize = 100_000;
/// Candidates whose text one search looks at, at most.
const CANDIDATES: usize = 20_000;

/// What to find; the same for index and log.
pub(super) struct Wanted {
    pattern: Pattern,
    keys: Vec<String>,
    author: Option<UserId>,
    before: i64,
    limit: usize,
}

impl Wanted {
    /// None where there is nothing to find.
    pub fn of(query: &SearchQuery) -> Option<Self> {
        let pattern = Pattern::of(&query.text)?;
        let count: usize = pattern.words().iter().map(|word| pairs(word).count().max(1)).sum();
        if count > KEYS || query.limit == 0 || query.streams.is_empty() {
            return None;
        }
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        for word in pattern.words() {
            let before = keys.len();
            keys.extend(pairs(word));
            if keys.len() == before && pairs(word).next().is_none() {
                keys.insert(word);
            }
        }
        let keys = keys.into_iter().take(ASKED_KEYS).map(str::to_owned).collect();
        Some(Self {
            pattern,
            keys,
            author: query.author,
            before: query.before.unwrap_or(i64::MAX),
            limit: query.limit as usize,
        })
    }

    fn is_met_by(&self, message: &Source<'_>) -> bool {
        self.author.is_none_or(|author| author == message.author)
            && message.position() < self.before
            && self.pattern.matches(message.text)
    }
}

/// What the log answers for, of one stream.
struct Tail {
    /// What follows this seq.
    indexed: Seq,
    /// And these before it: edited or deleted since they were indexed.
    changed: BTreeSet<Seq>,
}

/// The newest matches, and the streams whose index is behind the log.
pub(super) async fn search(
    log: &MongoLog,
    epoch: Epoch,
    wanted: &Wanted,
    streams: &[StreamId],
) -> Outcome<(Vec<SearchMatch>, Vec<StreamId>)> {
    let mongo = log.mongo();
    // In this order, whatever an indexer takes meanwhile is seen by the log's part, and left out of the index's.
    let indexed = progress::of(mongo, epoch, streams).await?;
    let heads = read::heads(mongo, streams).await?;
    let mut behind = Vec::new();
    for (stream, head) in streams.iter().zip(heads) {
        let indexed = indexed.get(stream).copied().unwrap_or_default();
        if indexed < head {
            behind.push(Span { stream: *stream, from: indexed + 1, to: head });
        }
    }
    let (mut found, tails) = in_log(log, wanted, &behind).await?;
    for streams in streams.chunks(NAMED_STREAMS) {
        let from_index = in_index(mongo, wanted, streams, &tails).await?;
        found.extend(from_index);
    }
    found.sort_unstable_by_key(|found| std::cmp::Reverse((found.position, found.seq)));
    found.truncate(wanted.limit);
    Ok((found, behind.into_iter().map(|span| span.stream).collect()))
}

/// Reads from the log what follows the index.
async fn in_log(
    log: &MongoLog,
    wanted: &Wanted,
    behind: &[Span],
) -> Outcome<(Vec<SearchMatch>, HashMap<StreamId, Tail>)> {
    let (mut found, mut tails) = (Vec::new(), HashMap::new());
    if behind.is_empty() {
        return Ok((found, tails));
    }
    let mongo = log.mongo();
    log.folds().settle(&behind.iter().map(|span| span.stream).collect::<Vec<_>>()).await?;
    let mut changed = changed_before(mongo, behind).await?;
    let mut budget = TAIL;
    for span in behind {
        let changed = changed.remove(&span.stream).unwrap_or_default();
        let earlier: Vec<Seq> = changed.iter().copied().collect();
        let any = doc! { "$or": [{ "seq": { "$gte": span.from, "$lte": span.to } }, { "seq": { "$in": earlier } }] };
        let mut only = doc! { "stream": id(span.stream), "kind": "message.created" };
        only.extend(any);
        let events = mongo.events();
        let find = events.find(only).projection(fields()).sort(doc! { "seq": -1 }).hint(hint("messages"));
        let mut cursor = find.batch_size(1_000).await?;
        let mut here = 0;
        while here < wanted.limit && budget > 0 && cursor.advance().await? {
            let message = Source::read(cursor.current())?;
            budget -= 1;
            if wanted.is_met_by(&message) {
                found.push(SearchMatch { stream: span.stream, seq: message.seq, position: message.position() });
                here += 1;
            }
        }
        tails.insert(span.stream, Tail { indexed: span.from - 1, changed });
    }
    Ok((found, tails))
}

/// Reads from the index, newest first, leaving out what the log answers for.
async fn in_index(
    mongo: &Mongo,
    wanted: &Wanted,
    streams: &[StreamId],
    tails: &HashMap<StreamId, Tail>,
) -> Outcome<Vec<SearchMatch>> {
    let mut only = doc! {
        "keys": { "$all": &wanted.keys },
        "stream": { "$in": streams.iter().map(|stream| id(*stream)).collect::<Vec<_>>() },
        "position": { "$lt": wanted.before },
    };
    if let Some(author) = wanted.author {
        only.insert("author", id(author));
    }
    let entries = mongo.collection("search");
    let find = entries.find(only).projection(doc! { "stream": 1, "seq": 1, "position": 1 });
    let batch = u32::try_from(wanted.limit + 1).unwrap_or(u32::MAX);
    let mut cursor = find.sort(doc! { "position": -1 }).hint(hint("keys")).batch_size(batch).await?;
    let mut found = Vec::new();
    let mut looked_at = 0;
    let mut candidates = Vec::with_capacity(wanted.limit);
    loop {
        let more = looked_at < CANDIDATES && cursor.advance().await?;
        if more {
            looked_at += 1;
            candidates.push(candidate(cursor.current())?);
        }
        if candidates.len() > wanted.limit || !more {
            check(mongo, wanted, tails, &mut candidates, &mut found).await?;
        }
        if !more || found.len() >= wanted.limit {
            return Ok(found);
        }
    }
}

fn candidate(entry: &mongodb::bson::RawDocument) -> Outcome<(ObjectId, SearchMatch)> {
    match (entry.get("_id")?, entry.get("stream")?, entry.get("seq")?, entry.get("position")?) {
        (
            Some(RawBsonRef::ObjectId(id)),
            Some(stream),
            Some(RawBsonRef::Int64(seq)),
            Some(RawBsonRef::Int64(position)),
        ) => Ok((id, SearchMatch { stream: uuid(stream)?.into(), seq, position })),
        _ => Err(Failure::Shape("an entry of the search index")),
    }
}

/// Moves the candidates that match to `found`: the keys of an entry have no order, so its message has to be asked.
async fn check(
    mongo: &Mongo,
    wanted: &Wanted,
    tails: &HashMap<StreamId, Tail>,
    candidates: &mut Vec<(ObjectId, SearchMatch)>,
    found: &mut Vec<SearchMatch>,
) -> Outcome<()> {
    let answered = |found: &SearchMatch| {
        tails.get(&found.stream).is_some_and(|tail| found.seq > tail.indexed || tail.changed.contains(&found.seq))
    };
    candidates.retain(|(_, candidate)| !answered(candidate));
    if candidates.is_empty() {
        return Ok(());
    }
    let ids: Vec<ObjectId> = candidates.iter().map(|(id, _)| *id).collect();
    let events = mongo.events();
    let find = events.find(doc! { "_id": { "$in": ids } }).projection(doc! { "text": 1 }).batch_size(1_000);
    let mut cursor = find.await?;
    let mut matching = BTreeSet::new();
    while cursor.advance().await? {
        let message = Stored::read(cursor.current())?;
        if wanted.pattern.matches(message.text) {
            matching.extend(message.id);
        }
    }
    found.extend(candidates.drain(..).filter(|(id, _)| matching.contains(id)).map(|(_, found)| found));
    Ok(())
}
