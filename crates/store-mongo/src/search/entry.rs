//! What the index takes from the log, and what it makes of it.

use std::collections::BTreeSet;

use mongodb::bson::{Document, RawDocument, doc, oid::ObjectId};
use studyhall_domain::search_text::{Words, pairs};
use studyhall_wire::{Epoch, Seq, StreamId, UserId};

use crate::{
    database::id,
    failure::{Failure, Outcome},
    log::document::Stored,
};

/// Bits of a position below the millisecond.
const POSITION_BITS: u32 = 10;

/// A message as the index sees it.
pub(super) struct Source<'a> {
    pub id: ObjectId,
    pub stream: StreamId,
    pub seq: Seq,
    pub author: UserId,
    created_at: i64,
    /// Empty once deleted.
    pub text: &'a str,
    deleted: bool,
    /// The last event that changed it.
    version: Seq,
}

/// The fields of a message that [`Source::read`] needs.
pub(super) fn fields() -> Document {
    doc! { "stream": 1, "seq": 1, "actor": 1, "at": 1, "created_at": 1, "text": 1, "deleted_at": 1, "folded": 1 }
}

impl<'a> Source<'a> {
    pub fn read(document: &'a RawDocument) -> Outcome<Self> {
        let stored = Stored::read(document)?;
        let (Some(id), Some(author), Some(at)) = (stored.id, stored.actor, stored.created_at.or(stored.at)) else {
            return Err(Failure::Shape("a message without an author or a time"));
        };
        Ok(Self {
            id,
            stream: stored.stream.into(),
            seq: stored.seq,
            author,
            created_at: at.as_millis(),
            text: stored.text,
            deleted: stored.deleted_at.is_some(),
            version: stored.folded.max(stored.seq),
        })
    }

    /// Where the message stands among all others: by the millisecond in which it was made, then by seq. Two messages of
    /// one millisecond in different streams can have the same; the index then gives the later one the next free one.
    pub fn position(&self) -> i64 {
        let first = self.created_at.clamp(0, i64::MAX >> POSITION_BITS) << POSITION_BITS;
        first | (self.seq & ((1 << POSITION_BITS) - 1))
    }

    /// Its entry at `position`, as an upsert that gives way to what a later event made. A changed message keeps its
    /// position; a deleted one leaves neither keys nor position, so that it is in no index.
    pub fn upsert(&self, epoch: Epoch, position: i64) -> Document {
        let older = doc! { "$or": [{ "epoch": { "$lt": epoch } }, { "version": { "$lt": self.version } }] };
        let mut query = doc! { "_id": self.id };
        query.extend(older);
        let mut insert = doc! { "stream": id(self.stream), "seq": self.seq, "author": id(self.author) };
        let mut set = doc! { "epoch": epoch, "version": self.version };
        let update = if self.deleted {
            doc! { "$set": set, "$unset": { "keys": true, "position": true }, "$setOnInsert": insert }
        } else {
            set.insert("keys", keys(self.text));
            insert.insert("position", position);
            doc! { "$set": set, "$setOnInsert": insert }
        };
        doc! { "q": query, "u": update, "upsert": true }
    }
}

/// The pairs and the single characters of a text's words, each once. (The single ones make a search for one character
/// one seek, like any other.)
fn keys(text: &str) -> Vec<String> {
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    let words = Words::of(text);
    for word in words.iter() {
        keys.extend(pairs(word));
        keys.extend(word.char_indices().map(|(at, c)| &word[at..at + c.len_utf8()]));
    }
    keys.into_iter().map(str::to_owned).collect()
}
