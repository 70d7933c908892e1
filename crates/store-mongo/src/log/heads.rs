//! The heads that this node saw. Nothing ever goes away from the end of a stream, so an append after one of them cannot
//! leave a hole; after any other, the log is asked first.

use std::collections::HashMap;

use parking_lot::Mutex;
use studyhall_wire::{Seq, StreamId};

/// About a megabyte. When it is full it is emptied, and filled again by what is read.
const HEADS: usize = 16 * 1024;

#[derive(Default)]
pub(super) struct Heads(Mutex<HashMap<StreamId, Seq>>);

impl Heads {
    /// A majority has the stream up to `head`.
    pub fn saw(&self, stream: StreamId, head: Seq) {
        let mut heads = self.0.lock();
        if heads.len() >= HEADS {
            heads.clear();
        }
        let known = heads.entry(stream).or_default();
        *known = head.max(*known);
    }

    pub fn forget(&self, stream: StreamId) {
        self.0.lock().remove(&stream);
    }

    pub fn clear(&self) {
        self.0.lock().clear();
    }

    pub fn has(&self, stream: StreamId, seq: Seq) -> bool {
        seq <= 0 || self.0.lock().get(&stream).is_some_and(|head| *head >= seq)
    }
}
