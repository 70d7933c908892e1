//! How far the index is with each stream: the last seq that it has, for one epoch of the log.

use std::collections::HashMap;

use mongodb::bson::{RawBsonRef, RawDocumentBuf, doc};
use studyhall_wire::{Epoch, Seq, StreamId};

use crate::{
    Mongo, bulk,
    database::id,
    failure::{Failure, Outcome},
    log::document::uuid,
};

const COLLECTION: &str = "search_progress";

/// Of `streams`, those that are in the index with any event.
pub(super) async fn of(mongo: &Mongo, epoch: Epoch, streams: &[StreamId]) -> Outcome<HashMap<StreamId, Seq>> {
    let mut progress = HashMap::with_capacity(streams.len());
    for streams in streams.chunks(1_000) {
        let ids: Vec<_> = streams.iter().map(|stream| id(*stream)).collect();
        let collection = mongo.collection(COLLECTION);
        let mut cursor = collection.find(doc! { "_id": { "$in": ids }, "epoch": epoch }).batch_size(1_001).await?;
        while cursor.advance().await? {
            let current = cursor.current();
            let (Some(stream), Some(RawBsonRef::Int64(indexed))) = (current.get("_id")?, current.get("indexed")?)
            else {
                return Err(Failure::Shape("a search progress"));
            };
            progress.insert(uuid(stream)?.into(), indexed);
        }
    }
    Ok(progress)
}

/// Moves these streams forward, never back.
pub(super) async fn advance(mongo: &Mongo, epoch: Epoch, to: &[(StreamId, Seq)]) -> Outcome<()> {
    let mut updates = Vec::with_capacity(to.len());
    for (stream, to) in to {
        let same_epoch = doc! { "$eq": ["$epoch", epoch] };
        let indexed = doc! { "$cond": [same_epoch, { "$max": ["$indexed", to] }, to] };
        updates.push(RawDocumentBuf::try_from(&doc! {
            "q": { "_id": id(*stream) },
            "u": [{ "$set": { "indexed": indexed, "epoch": epoch } }],
            "upsert": true,
        })?);
    }
    // Two nodes that insert at once: the one that is refused is behind until the next event or search, and no more.
    bulk::update(mongo, COLLECTION, &updates, false).await.map(drop)
}
