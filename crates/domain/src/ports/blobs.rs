use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use sha2::{Digest, Sha256};
use studyhall_wire::Timestamp;

use crate::Result;

/// Lower-case hex of the SHA-256 of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct BlobId(pub String);

impl BlobId {
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    /// Enough of it to tell one picture from another in its address.
    #[must_use]
    pub fn version(&self) -> &str {
        self.0.get(..16).unwrap_or(&self.0)
    }
}

/// Bytes as they come, in pieces of any size. An error ends them.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// A blob that was stored from a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: BlobId,
    /// In bytes.
    pub size: u64,
}

/// A blob, or a part of it, on its way out.
pub struct Reading {
    /// Of the whole blob, in bytes.
    pub size: u64,
    pub bytes: ByteStream,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Bytes by their content. Storing the same bytes twice stores them once.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Durable when it returns.
    async fn put(&self, bytes: Bytes) -> Result<BlobId>;

    /// Stores what a stream brings, of any length, in bounded memory. Durable when it returns; where the stream or the
    /// store fails, nothing is left but what [`sweep`](Self::sweep) clears. `TooLarge` beyond `most` bytes.
    async fn put_stream(&self, bytes: ByteStream, most: u64) -> Result<Stored>;

    async fn get(&self, id: &BlobId) -> Result<Option<Bytes>>;

    /// The bytes from `start` on, at most `length` of them, in bounded memory, at the reader's pace. A `start` at or
    /// beyond the end gives none. An error in the stream means that the rest does not come.
    async fn get_range(&self, id: &BlobId, start: u64, length: u64) -> Result<Option<Reading>>;

    /// Nothing happens where there is no such blob.
    async fn delete(&self, id: &BlobId) -> Result<()>;

    /// Clears what was begun long before `before` and never finished.
    async fn sweep(&self, before: Timestamp) -> Result<()>;
}

/// Whether a blob may be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// Yes: nobody can refer to it until it is [erased](BlobLedger::blob_erased).
    Doomed,
    /// No, something refers to it.
    Referred,
    /// Not before this, since somebody may be about to refer to it.
    Held(Timestamp),
}

/// Which blobs are used, in the relational database: what keeps one node from erasing what another one is about to
/// refer to. First a blob is held, then stored, then referred to. Every method is one transaction.
#[async_trait]
pub trait BlobLedger: Send + Sync {
    /// Keeps a blob until `until`, whether it is there already or not. False while it is being erased: to be tried again.
    async fn hold_blob(&self, id: &BlobId, until: Timestamp, now: Timestamp) -> Result<bool>;

    /// Makes sure that nothing refers to a blob, or will, so that it can be erased by `until`.
    async fn doom_blob(&self, id: &BlobId, until: Timestamp, now: Timestamp) -> Result<Doom>;

    /// A doomed blob was erased.
    async fn blob_erased(&self, id: &BlobId) -> Result<()>;
}
