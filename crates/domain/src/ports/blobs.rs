use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// Lower-case hex of the SHA-256 of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct BlobId(pub String);

/// Bytes by their content. Storing the same bytes twice stores them once.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Durable when it returns.
    async fn put(&self, bytes: Bytes) -> Result<BlobId>;

    async fn get(&self, id: &BlobId) -> Result<Option<Bytes>>;

    /// Nothing happens where there is no such blob.
    async fn delete(&self, id: &BlobId) -> Result<()>;
}
