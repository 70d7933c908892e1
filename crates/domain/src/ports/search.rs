use async_trait::async_trait;
use studyhall_wire::{Seq, StreamId, UserId};

use crate::Result;

#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// As typed: words, of which all must occur, in part or in whole.
    pub text: String,
    /// The streams that the caller may read now.
    pub streams: Vec<StreamId>,
    pub author: Option<UserId>,
    /// From the last hit of the page before.
    pub before: Option<i64>,
    pub limit: u32,
}

/// A message that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchMatch {
    pub stream: StreamId,
    pub seq: Seq,
    /// The index's own order, newest greatest.
    pub position: i64,
}

/// Full-text search, fed from the log by a watermark, outside of any send.
#[async_trait]
pub trait SearchIndex: Send + Sync {
    /// Newest first.
    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchMatch>>;

    /// The stream has new events, or was erased. A hint: what it misses is found at the next start.
    fn touch(&self, stream: StreamId);

    /// Drops the index and makes it anew from the log, in the background. Searches go on meanwhile and miss nothing.
    async fn rebuild(&self) -> Result<()>;
}
