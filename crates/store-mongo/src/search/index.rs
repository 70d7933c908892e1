//! Writing the index: what some streams have after their watermarks, in a few requests for all of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use studyhall_wire::{Epoch, Seq, StreamId};

use super::{
    entry::{Source, fields},
    progress,
};
use crate::{
    Mongo, MongoLog, bulk,
    database::{hint, id},
    failure::{DUPLICATE_KEY, Failure, Outcome},
    log::{document::Stored, read},
};

/// Entries in one request.
const CHUNK: usize = 200;

/// A part of a stream.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub stream: StreamId,
    pub from: Seq,
    pub to: Seq,
}

impl Span {
    fn only(self, kind: impl Into<mongodb::bson::Bson>) -> Document {
        doc! { "stream": id(self.stream), "seq": { "$gte": self.from, "$lte": self.to }, "kind": kind.into() }
    }
}

/// Takes over what `streams` have after what is indexed, up to about `limit` events. Says of each whether that was all.
/// Gives the number of events.
pub(super) async fn follow(log: &MongoLog, epoch: Epoch, streams: &mut [(StreamId, bool)], limit: Seq) -> Outcome<Seq> {
    let mongo = log.mongo();
    let ids: Vec<StreamId> = streams.iter().map(|(stream, _)| *stream).collect();
    let indexed = progress::of(mongo, epoch, &ids).await?;
    let heads = read::heads(mongo, &ids).await?;
    let mut left = limit;
    let mut spans = Vec::with_capacity(streams.len());
    for ((stream, complete), head) in streams.iter_mut().zip(heads) {
        let after = indexed.get(stream).copied().unwrap_or_default();
        let to = head.min(after.saturating_add(left));
        *complete = to >= head;
        if to > after {
            left -= to - after;
            spans.push(Span { stream: *stream, from: after + 1, to });
        }
    }
    if spans.is_empty() {
        return Ok(0);
    }
    log.folds().settle(&ids).await?;
    take(mongo, epoch, spans.iter().map(|span| span.only("message.created")).collect()).await?;
    let changed = changed_before(mongo, &spans).await?;
    let changed = changed.into_iter().map(|(stream, seqs)| {
        let seqs: Vec<Seq> = seqs.into_iter().collect();
        doc! { "stream": id(stream), "seq": { "$in": seqs }, "kind": "message.created" }
    });
    take(mongo, epoch, changed.collect()).await?;
    progress::advance(mongo, epoch, &spans.iter().map(|span| (span.stream, span.to)).collect::<Vec<_>>()).await?;
    Ok(limit - left)
}

/// The messages before each span that its events edited or deleted.
pub(super) async fn changed_before(mongo: &Mongo, spans: &[Span]) -> Outcome<BTreeMap<StreamId, BTreeSet<Seq>>> {
    let mut changed: BTreeMap<StreamId, BTreeSet<Seq>> = BTreeMap::new();
    let changes: Vec<_> = spans
        .iter()
        .map(|span| {
            let mut only = span.only(doc! { "$in": ["message.edited", "message.deleted"] });
            only.insert("target", doc! { "$lt": span.from });
            only
        })
        .collect();
    let events = mongo.events();
    let find = events.find(doc! { "$or": changes }).projection(doc! { "_id": 0, "stream": 1, "target": 1 });
    let mut cursor = find.hint(hint("place")).await?;
    while cursor.advance().await? {
        let change = Stored::read(cursor.current())?;
        changed.entry(change.stream.into()).or_default().insert(change.target);
    }
    Ok(changed)
}

/// Indexes the messages that meet any of these conditions.
async fn take(mongo: &Mongo, epoch: Epoch, any: Vec<Document>) -> Outcome<()> {
    if any.is_empty() {
        return Ok(());
    }
    let events = mongo.events();
    let find = events.find(doc! { "$or": any }).projection(fields()).hint(hint("messages")).batch_size(1_000);
    let messages: Vec<RawDocumentBuf> = find.await?.try_collect().await?;
    for chunk in messages.chunks(CHUNK) {
        let mut rest = Vec::with_capacity(chunk.len());
        for message in chunk {
            let source = Source::read(message)?;
            let position = source.position();
            rest.push((source, position));
        }
        while !rest.is_empty() {
            rest = place(mongo, epoch, rest).await?;
        }
    }
    Ok(())
}

/// Writes entries at their positions. Gives back those whose position was taken, with others.
async fn place<'a>(mongo: &Mongo, epoch: Epoch, entries: Vec<(Source<'a>, i64)>) -> Outcome<Vec<(Source<'a>, i64)>> {
    let upserts = entries.iter().map(|(source, position)| RawDocumentBuf::try_from(&source.upsert(epoch, *position)));
    let refused = bulk::update(mongo, "search", &upserts.collect::<Result<Vec<_>, _>>()?, false).await?;
    let mut taken = BTreeSet::new();
    for refusal in refused {
        match refusal.key.as_deref() {
            Some("position") => drop(taken.insert(refusal.index)),
            // What a later event made is there already.
            Some("_id") if refusal.code == DUPLICATE_KEY => {}
            _ => return Err(Failure::Busy("an entry of the search index was refused")),
        }
    }
    let mut again = Vec::with_capacity(taken.len());
    let mut last = None;
    for (nth, (source, wanted)) in entries.into_iter().enumerate() {
        if taken.contains(&nth) {
            let free = match last {
                // Messages of one moment take places side by side; if there are none, the next round finds others.
                Some(last) if wanted <= last => last + 1,
                _ => free_position(mongo, wanted).await?,
            };
            last = Some(free);
            again.push((source, free));
        }
    }
    Ok(again)
}

/// `wanted`, or the next free position after it: looked for in windows that double, so that a million messages of one
/// millisecond (an import) cost a few seeks.
async fn free_position(mongo: &Mongo, wanted: i64) -> Outcome<i64> {
    let mut window = 1;
    loop {
        let end = wanted.saturating_add(window);
        let entries = mongo.collection("search");
        let mut cursor = entries
            .find(doc! { "position": { "$gte": wanted, "$lt": end } })
            .projection(doc! { "_id": 0, "position": 1 })
            .sort(doc! { "position": -1 })
            .hint(hint("position"))
            .limit(1)
            .await?;
        if !cursor.advance().await? {
            return Ok(wanted);
        }
        let last = cursor.current().get_i64("position").map_err(|_| Failure::Shape("a position"))?;
        if last + 1 < end {
            return Ok(last + 1);
        }
        window *= 2;
    }
}
