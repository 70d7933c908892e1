//! Writing what events change into the messages that they concern: off the path of the append, and before any read.
//!
//! An event that changes a message is `unfolded` until that is done. Whoever folds takes a stream's unfolded events in
//! order and without leaving one out, and a message remembers the last event that changed it: so it does no harm if two
//! nodes do the same at once, one of them late. A read first folds what a crash, or a node that is slower than the
//! reader, left; the marks of a stream that has none are looked up in an index that is empty but for the last moment.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use mongodb::bson::{Bson, RawDocumentBuf, doc};
use parking_lot::Mutex;
use studyhall_wire::{Seq, StreamId};
use tokio::sync::Mutex as AsyncMutex;

use super::{document::Stored, encode::date};
use crate::{
    Mongo, bulk,
    database::{hint, id},
    failure::{Failure, Outcome},
};

/// Events in one write.
const CHUNK: i64 = 256;
/// Bytes of texts in one write, which has to fit into one request of 16 MB.
const BYTES: usize = 4 << 20;
/// Streams that are folded one at a time share one of these with others.
const STRIPES: usize = 64;
/// `BSONObjectTooLarge`, as different versions say it.
const TOO_LARGE: [i32; 3] = [10_334, 17_419, 17_420];

pub(crate) struct Folds {
    mongo: Mongo,
    /// Within a node a stream is folded once at a time: a reader waits for who is at it already.
    stripes: Vec<AsyncMutex<()>>,
    /// Streams for which a task has been started that has not looked yet.
    queued: Mutex<HashSet<StreamId>>,
}

impl Folds {
    pub fn new(mongo: Mongo) -> Arc<Self> {
        let stripes = (0..STRIPES).map(|_| AsyncMutex::default()).collect();
        Arc::new(Self { mongo, stripes, queued: Mutex::default() })
    }

    /// The stream has new unfolded events.
    pub fn touch(self: &Arc<Self>, stream: StreamId) {
        if self.queued.lock().insert(stream) {
            let folds = Arc::clone(self);
            self.mongo.runtime().spawn(async move {
                let _turn = folds.turn(stream).await;
                folds.queued.lock().remove(&stream);
                if let Err(error) = folds.fold(stream).await {
                    tracing::debug!(%stream, %error, "the next read folds what this did not");
                }
            });
        }
    }

    /// Folds whatever `streams` have unfolded. What a read sees after this includes every event that was acknowledged
    /// before.
    pub async fn settle(&self, streams: &[StreamId]) -> Outcome<()> {
        for streams in streams.chunks(1000) {
            for stream in self.unfolded(streams).await? {
                let _turn = self.turn(stream).await;
                self.fold(stream).await?;
            }
        }
        Ok(())
    }

    async fn turn(&self, stream: StreamId) -> tokio::sync::MutexGuard<'_, ()> {
        let stripe = stream.0.as_u128() % STRIPES as u128;
        self.stripes[usize::try_from(stripe).unwrap_or_default()].lock().await
    }

    async fn unfolded(&self, streams: &[StreamId]) -> Outcome<BTreeSet<StreamId>> {
        let mut found = BTreeSet::new();
        let events = self.mongo.events();
        let (only, limit) = match streams {
            [one] => (id(*one), Some(1)),
            many => (doc! { "$in": many.iter().map(|stream| id(*stream)).collect::<Vec<_>>() }.into(), None),
        };
        let find = events
            .find(doc! { "stream": only, "unfolded": true })
            .projection(doc! { "_id": 0, "stream": 1 })
            .hint(hint("unfolded"))
            .batch_size(1000);
        let mut cursor = if let Some(limit) = limit { find.limit(limit).await? } else { find.await? };
        while cursor.advance().await? {
            found.insert(Stored::read(cursor.current())?.stream.into());
        }
        Ok(found)
    }

    /// Folds all that one stream has unfolded.
    async fn fold(&self, stream: StreamId) -> Outcome<()> {
        loop {
            let events = self.mongo.events();
            let mut cursor = events
                .find(doc! { "stream": id(stream), "unfolded": true })
                .sort(doc! { "seq": 1 })
                .hint(hint("unfolded"))
                .limit(CHUNK)
                .await?;
            let mut changes = Vec::new();
            let (mut first, mut last, mut bytes) = (None, 0, 0);
            while bytes < BYTES && cursor.advance().await? {
                let document = cursor.current();
                bytes += document.as_bytes().len();
                let event = Stored::read(document)?;
                first.get_or_insert(event.seq);
                last = event.seq;
                changes.extend(change(&event)?);
            }
            let Some(first) = first else { return Ok(()) };
            changes.push(RawDocumentBuf::try_from(&doc! {
                "q": { "stream": id(stream), "seq": { "$gte": first, "$lte": last }, "unfolded": true },
                "u": { "$unset": { "unfolded": true, "edit": true } },
                "multi": true,
                "hint": "unfolded",
            })?);
            write(&self.mongo, &changes).await?;
        }
    }
}

/// The update of the message that an event concerns. Deletion is final, a repeat changes nothing, the last edit wins;
/// what concerns no message changes nothing either.
fn change(event: &Stored<'_>) -> Outcome<Option<RawDocumentBuf>> {
    if event.target >= event.seq {
        return Ok(None);
    }
    let mut message = doc! {
        "stream": id(event.stream),
        "seq": event.target,
        "kind": "message.created",
        "deleted_at": null,
        "folded": { "$not": { "$gte": event.seq } },
    };
    let folded: Seq = event.seq;
    let reaction = || match event.user {
        Some(user) => Ok(doc! { "emoji": event.emoji, "user": id(user) }),
        None => Err(Failure::Shape("a reaction without a user")),
    };
    let update = match event.kind {
        "message.edited" => {
            let Some(edit) = event.edit else { return Ok(None) };
            let edit = Stored::read(edit)?;
            let mentions = edit.mentions.map_or_else(
                || Ok(Vec::new()),
                |users| users.into_iter().map(|user| Ok(user?.try_into()?)).collect::<Outcome<Vec<Bson>>>(),
            )?;
            doc! { "$set": {
                "text": edit.text, "mentions": mentions, "mentions_everyone": edit.mentions_everyone,
                "edited_at": event.edited_at.map(date), "folded": folded,
            } }
        }
        "message.deleted" => doc! {
            "$set": { "text": "", "deleted_at": event.deleted_at.map(date), "folded": folded },
            "$unset": {
                "mentions": true, "mentions_everyone": true, "attachments": true, "pinned": true, "reactions": true,
            },
        },
        "reaction.added" => {
            message.insert("reactions", doc! { "$not": { "$elemMatch": reaction()? } });
            doc! { "$push": { "reactions": reaction()? }, "$set": { "folded": folded } }
        }
        "reaction.removed" => doc! { "$pull": { "reactions": reaction()? }, "$set": { "folded": folded } },
        "message.pinned" => doc! { "$set": { "pinned": true, "folded": folded } },
        "message.unpinned" => doc! { "$set": { "folded": folded }, "$unset": { "pinned": true } },
        _ => return Err(Failure::Shape("an event of this kind changes no message")),
    };
    Ok(Some(RawDocumentBuf::try_from(&doc! { "q": message, "u": update, "hint": "place" })?))
}

/// Whatever makes a message larger than the database takes is left out.
async fn write(mongo: &Mongo, changes: &[RawDocumentBuf]) -> Outcome<()> {
    let mut rest = changes;
    while let Some(refused) = bulk::update(mongo, "events", rest, true).await?.first() {
        if !TOO_LARGE.contains(&refused.code) {
            return Err(Failure::Busy("a change of a message was refused"));
        }
        tracing::error!("a message takes no more reactions: it is as large as the database allows");
        rest = rest.get(refused.index + 1..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    Ok(())
}
