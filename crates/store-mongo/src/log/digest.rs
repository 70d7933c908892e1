//! The state of a conversation in one hash, streamed: it takes as much memory for a million messages as for one.

use mongodb::bson::doc;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use studyhall_wire::{Digest, Seq, StreamId, UserId};

use super::{document::Stored, fold::Folds, read};
use crate::{
    Mongo,
    database::{hint, id},
    failure::{Failure, Outcome},
};

/// The lines are hashed in pieces of about this many bytes.
const CHUNK: usize = 16 * 1024;
/// How often it begins anew where the conversation changes meanwhile.
const TRIES: usize = 20;

/// One line of the digest.
#[derive(Serialize)]
struct Line<'a>(Seq, UserId, &'a str, bool, bool, bool, &'a [(&'a str, String)]);

/// SHA-256 over one JSON array per message, as API.md's "Digest" says. A message knows the last event that changed it:
/// where that is later than the head that the digest is of, the digest is of no state that ever was, and begins anew.
pub(super) async fn digest(mongo: &Mongo, folds: &Folds, stream: StreamId) -> Outcome<Digest> {
    for _ in 0..TRIES {
        let at = read::head(mongo, stream).await?;
        folds.settle(&[stream]).await?;
        if let Some(sha256) = hash(mongo, stream, at).await? {
            return Ok(Digest { at, sha256 });
        }
    }
    Err(Failure::Busy("the conversation changes too fast for a digest"))
}

/// None if a message was changed by a later event.
async fn hash(mongo: &Mongo, stream: StreamId, head: Seq) -> Outcome<Option<String>> {
    let events = mongo.events();
    let mut cursor = events
        .find(doc! { "stream": id(stream), "seq": { "$lte": head }, "kind": "message.created" })
        .projection(doc! {
            "_id": 0, "seq": 1, "actor": 1, "text": 1, "edited_at": 1, "deleted_at": 1, "pinned": 1, "reactions": 1,
            "folded": 1,
        })
        .sort(doc! { "seq": 1 })
        .hint(hint("messages"))
        .batch_size(1_000)
        .await?;
    let mut hash = Sha256::new();
    let mut buffer = Vec::with_capacity(CHUNK);
    while cursor.advance().await? {
        let message = Stored::read(cursor.current())?;
        if message.folded > head {
            return Ok(None);
        }
        write_line(&mut buffer, &message)?;
        if buffer.len() >= CHUNK {
            hash.update(&buffer);
            buffer.clear();
        }
    }
    hash.update(&buffer);
    Ok(Some(hex::encode(hash.finalize())))
}

fn write_line(buffer: &mut Vec<u8>, message: &Stored<'_>) -> Outcome<()> {
    let author = message.actor.ok_or(Failure::Shape("a message without an author"))?;
    let mut reactions: Vec<_> =
        message.reaction_pairs()?.into_iter().map(|(emoji, user)| (emoji, user.to_string())).collect();
    reactions.sort_unstable();
    let deleted = message.deleted_at.is_some();
    let edited = message.edited_at.is_some() && !deleted;
    let line = Line(message.seq, author, message.text, edited, deleted, message.pinned, &reactions);
    serde_json::to_writer(&mut *buffer, &line)?;
    buffer.extend_from_slice(b"\n");
    Ok(())
}
