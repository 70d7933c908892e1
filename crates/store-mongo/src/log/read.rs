//! Reads of a few documents: events, messages, keys, heads. Whoever reads messages folds first (`fold`).

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::{
    Cursor,
    bson::{RawBsonRef, RawDocument, RawDocumentBuf, doc},
};
use studyhall_domain::ports::{Known, LogEvent, Overview};
use studyhall_wire::{Message, Seq, StreamId, UserId, limits::UNREAD_MAX};

use super::document::{Present, Stored, uuid};
use crate::{
    Mongo,
    database::{hint, id},
    failure::{Failure, Outcome},
};

/// Where one event is as good as the next, pages end here whatever was asked for.
const EVENTS_MAX: u32 = 10_000;
/// What one query names at most.
const NAMED: usize = 1_000;
/// Streams whose unread messages are counted at the same time.
const COUNTS: usize = 8;

pub(crate) async fn head(mongo: &Mongo, stream: StreamId) -> Outcome<Seq> {
    let events = mongo.events();
    let newest = events
        .find(doc! { "stream": id(stream) })
        .projection(doc! { "_id": 0, "seq": 1 })
        .sort(doc! { "seq": -1 })
        .limit(1)
        .hint(hint("place"));
    let mut cursor = newest.await?;
    Ok(if cursor.advance().await? { Stored::read(cursor.current())?.seq } else { 0 })
}

/// The heads of `streams`, in that order; 0 for one without events.
pub(crate) async fn heads(mongo: &Mongo, streams: &[StreamId]) -> Outcome<Vec<Seq>> {
    if let [one] = streams {
        return Ok(vec![head(mongo, *one).await?]);
    }
    let mut heads = HashMap::with_capacity(streams.len());
    for streams in streams.chunks(NAMED) {
        let mut cursor = newest_of_each(mongo, streams, "$seq").await?;
        while cursor.advance().await? {
            let (stream, RawBsonRef::Int64(head)) = group(cursor.current())? else {
                return Err(Failure::Shape("a head"));
            };
            heads.insert(stream, head);
        }
    }
    Ok(streams.iter().map(|stream| heads.get(stream).copied().unwrap_or_default()).collect())
}

/// `of` the newest event of each stream, or all of it. One seek in the index for each (MongoDB's `DISTINCT_SCAN`).
async fn newest_of_each(mongo: &Mongo, streams: &[StreamId], of: &str) -> Outcome<Cursor<RawDocumentBuf>> {
    let stages = [
        doc! { "$match": { "stream": { "$in": streams.iter().map(|stream| id(*stream)).collect::<Vec<_>>() } } },
        doc! { "$sort": { "stream": -1, "seq": -1 } },
        doc! { "$group": { "_id": "$stream", "of": { "$first": of } } },
    ];
    let events = mongo.events();
    Ok(events.aggregate(stages).hint(hint("place")).batch_size(1_001).with_type::<RawDocumentBuf>().await?)
}

fn group(document: &RawDocument) -> Outcome<(StreamId, RawBsonRef<'_>)> {
    let field = |name: &str| document.get(name)?.ok_or(Failure::Shape("a group without a field"));
    Ok((uuid(field("_id")?)?.into(), field("of")?))
}

/// `after + 1 ..= after + limit`. What was unfolded when it was read has its own text.
pub(super) async fn events(mongo: &Mongo, stream: StreamId, after: Seq, limit: u32) -> Outcome<Vec<LogEvent>> {
    let limit = limit.min(EVENTS_MAX);
    let until = after.saturating_add(limit.into());
    let collection = mongo.events();
    let find = collection
        .find(doc! { "stream": id(stream), "seq": { "$gt": after, "$lte": until } })
        .sort(doc! { "seq": 1 })
        .hint(hint("place"))
        .batch_size(limit + 1);
    decode(mongo, find.await?.try_collect().await?).await
}

/// Documents as events; edits with the text as it stands now.
pub(super) async fn decode(mongo: &Mongo, documents: Vec<RawDocumentBuf>) -> Outcome<Vec<LogEvent>> {
    let stored = documents.iter().map(|document| Stored::read(document)).collect::<Outcome<Vec<_>>>()?;
    let edits = stored.iter().filter(|event| event.kind == "message.edited" && event.edit.is_none());
    let mut edited: Vec<Seq> = edits.map(|event| event.target).collect();
    edited.sort_unstable();
    edited.dedup();
    let present = match stored.first() {
        Some(first) if !edited.is_empty() => present(mongo, first.stream.into(), &edited).await?,
        _ => BTreeMap::new(),
    };
    stored.iter().map(|event| event.event(|seq| present.get(&seq).cloned().unwrap_or_default())).collect()
}

async fn present(mongo: &Mongo, stream: StreamId, seqs: &[Seq]) -> Outcome<BTreeMap<Seq, Present>> {
    let mut present = BTreeMap::new();
    for seqs in seqs.chunks(NAMED) {
        let mut cursor = mongo
            .events()
            .find(doc! { "stream": id(stream), "seq": { "$in": seqs }, "kind": "message.created" })
            .projection(doc! { "_id": 0, "seq": 1, "text": 1, "mentions": 1, "mentions_everyone": 1 })
            .hint(hint("messages"))
            .await?;
        while cursor.advance().await? {
            let message = Stored::read(cursor.current())?;
            present.insert(message.seq, Present::of(&message)?);
        }
    }
    Ok(present)
}

pub(super) async fn known(mongo: &Mongo, stream: StreamId, keys: &[(UserId, String)]) -> Outcome<Vec<Known>> {
    let mut known = Vec::new();
    for keys in keys.chunks(NAMED) {
        let mut by_actor: HashMap<UserId, Vec<&str>> = HashMap::new();
        for (actor, client_id) in keys {
            by_actor.entry(*actor).or_default().push(client_id);
        }
        let any = by_actor.into_iter().map(|(actor, client_ids)| {
            doc! {
                "stream": id(stream), "actor": id(actor), "client_id": { "$in": client_ids },
                "fingerprint": { "$exists": true },
            }
        });
        let mut cursor = mongo
            .events()
            .find(doc! { "$or": any.collect::<Vec<_>>() })
            .projection(doc! { "_id": 0, "seq": 1, "actor": 1, "client_id": 1, "fingerprint": 1 })
            .hint(hint("keys"))
            .await?;
        while cursor.advance().await? {
            let event = Stored::read(cursor.current())?;
            let (Some(actor), Some(key)) = (event.actor, event.key()) else {
                return Err(Failure::Shape("a key without an actor"));
            };
            known.push(Known { actor, key, seq: event.seq });
        }
    }
    Ok(known)
}

/// The messages at `seqs`, ascending, each once.
pub(super) async fn messages(mongo: &Mongo, stream: StreamId, seqs: &[Seq]) -> Outcome<Vec<Message>> {
    let mut seqs = seqs.to_vec();
    seqs.sort_unstable();
    seqs.dedup();
    let mut messages = Vec::with_capacity(seqs.len());
    for seqs in seqs.chunks(NAMED) {
        let mut cursor = mongo
            .events()
            .find(doc! { "stream": id(stream), "seq": { "$in": seqs }, "kind": "message.created" })
            .sort(doc! { "seq": 1 })
            .hint(hint("messages"))
            .batch_size(1_001)
            .await?;
        while cursor.advance().await? {
            messages.push(Stored::read(cursor.current())?.message()?);
        }
    }
    Ok(messages)
}

/// What a conversation list shows: one query for all streams, and others for those that end in no message or have
/// something unread.
pub(super) async fn overviews(mongo: &Mongo, reader: UserId, streams: &[(StreamId, Seq)]) -> Outcome<Vec<Overview>> {
    let ids: Vec<StreamId> = streams.iter().map(|(stream, _)| *stream).collect();
    let newest = newest(mongo, &ids).await?;
    let overview = async |(stream, read): (StreamId, Seq)| {
        let Some((head, newest)) = newest.get(&stream) else { return Ok(Overview::default()) };
        let last_message = match newest {
            Some(message) => Some(message.clone()),
            None => last_message(mongo, stream, *head).await?,
        };
        let read = read.clamp(0, *head);
        let (unread, unread_mentions) = match &last_message {
            Some(last) if last.seq > read => count_unread(mongo, reader, stream, read).await?,
            _ => (0, 0),
        };
        Ok(Overview { head: *head, last_message, unread, unread_mentions })
    };
    stream::iter(streams.to_vec()).map(overview).buffered(COUNTS).try_collect().await
}

/// The head of each stream, and its last event if that is a message.
async fn newest(mongo: &Mongo, streams: &[StreamId]) -> Outcome<HashMap<StreamId, (Seq, Option<Message>)>> {
    let mut newest = HashMap::with_capacity(streams.len());
    for streams in streams.chunks(NAMED) {
        let mut cursor = newest_of_each(mongo, streams, "$$ROOT").await?;
        while cursor.advance().await? {
            let (stream, RawBsonRef::Document(event)) = group(cursor.current())? else {
                return Err(Failure::Shape("an event"));
            };
            let event = Stored::read(event)?;
            let message = event.is_message().then(|| event.message()).transpose()?;
            newest.insert(stream, (event.seq, message));
        }
    }
    Ok(newest)
}

async fn last_message(mongo: &Mongo, stream: StreamId, head: Seq) -> Outcome<Option<Message>> {
    let events = mongo.events();
    let newest = events
        .find(doc! { "stream": id(stream), "seq": { "$lte": head }, "kind": "message.created" })
        .sort(doc! { "seq": -1 })
        .limit(1)
        .hint(hint("messages"));
    let mut cursor = newest.await?;
    if cursor.advance().await? { Stored::read(cursor.current())?.message().map(Some) } else { Ok(None) }
}

async fn count_unread(mongo: &Mongo, reader: UserId, stream: StreamId, read: Seq) -> Outcome<(u32, u32)> {
    let mentioned = doc! { "$or": [
        { "$eq": ["$mentions_everyone", true] },
        { "$in": [id(reader), { "$ifNull": ["$mentions", []] }] },
    ] };
    let stages = [
        doc! { "$match": {
            "stream": id(stream), "seq": { "$gt": read }, "kind": "message.created",
            "actor": { "$ne": id(reader) }, "deleted_at": null,
        } },
        doc! { "$sort": { "seq": 1 } },
        doc! { "$limit": i64::from(UNREAD_MAX) },
        doc! { "$group": { "_id": null, "unread": { "$sum": 1 }, "mentions": { "$sum": { "$cond": [mentioned, 1, 0] } } } },
    ];
    let mut cursor = mongo.events().aggregate(stages).hint(hint("messages")).with_type::<RawDocumentBuf>().await?;
    if !cursor.advance().await? {
        return Ok((0, 0));
    }
    let count = |name: &str| match cursor.current().get(name)? {
        Some(RawBsonRef::Int32(count)) => Ok(u32::try_from(count).unwrap_or_default()),
        _ => Err(Failure::Shape("a count")),
    };
    Ok((count("unread")?, count("mentions")?))
}

/// Streams with a greater id, ascending, each with its head.
pub(crate) async fn streams_after(mongo: &Mongo, after: Option<StreamId>, limit: u32) -> Outcome<Vec<(StreamId, Seq)>> {
    let mut first = doc! { "seq": 1_i64 };
    if let Some(after) = after {
        first.insert("stream", doc! { "$gt": id(after) });
    }
    let events = mongo.events();
    let mut cursor = events
        .find(first)
        .projection(doc! { "_id": 0, "stream": 1 })
        .sort(doc! { "stream": 1 })
        .hint(hint("streams"))
        .limit(limit.into())
        .batch_size(limit.saturating_add(1))
        .await?;
    let mut streams = Vec::new();
    while cursor.advance().await? {
        streams.push(StreamId::from(Stored::read(cursor.current())?.stream));
    }
    let heads = if streams.is_empty() { Vec::new() } else { heads(mongo, &streams).await? };
    Ok(streams.into_iter().zip(heads).collect())
}
