//! Storing what comes as a stream.
//!
//! What fits into one part is hashed and stored at once. More goes to `incoming/` as a multipart upload, one part at a
//! time, while it is hashed; the whole is then copied into its place by the server. An upload that does not end is
//! aborted, also where its caller is dropped; what a killed process leaves, the sweeper finds.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use s3::serde_types::Part;
use sha2::{Digest, Sha256};
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, ByteStream, Stored},
};
use studyhall_wire::Timestamp;
use uuid::Uuid;

use super::{Failure, INCOMING, S3Blobs, STALL, listing::open_uploads};

/// Bytes in one part: S3 wants 5 MiB or more in all but the last.
const PART: usize = 8 * 1024 * 1024;
/// What S3 copies in one request.
const MOST: u64 = 5 * 1024 * 1024 * 1024;
/// What a server copies in a second, at least.
const COPIED_PER_S: u64 = 10 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/octet-stream";

pub(super) async fn run(blobs: &S3Blobs, mut bytes: ByteStream, most: u64) -> Result<Stored> {
    let limit = most.min(MOST);
    let (mut hash, mut size, mut part) = (Sha256::new(), 0_u64, BytesMut::new());
    let mut upload = None;
    while let Some(piece) = bytes.next().await {
        let mut piece = piece?;
        size += piece.len() as u64;
        if size > limit {
            return Err(Error::TooLarge { limit });
        }
        hash.update(&piece);
        while part.len() + piece.len() > PART {
            part.extend_from_slice(&piece.split_to(PART - part.len()));
            let upload = match &mut upload {
                Some(upload) => upload,
                none => none.insert(Upload::begin(blobs).await?),
            };
            upload.send(part.split().into()).await?;
        }
        part.extend_from_slice(&piece);
    }
    let id = BlobId(hex::encode(hash.finalize()));
    let Some(key) = S3Blobs::key(&id) else { return Err(Error::internal("a SHA-256 is no id")) };
    match upload {
        None => put(blobs, key, part.freeze()).await?,
        Some(mut upload) => {
            upload.send(part.freeze()).await?;
            upload.end(key, size).await?;
        }
    }
    Ok(Stored { id, size })
}

async fn put(blobs: &S3Blobs, key: String, bytes: Bytes) -> Result<()> {
    let bucket = blobs.bucket.clone();
    let stored = async move { bucket.put_object(key, &bytes).await };
    blobs.ask(STALL, stored).await?;
    Ok(())
}

/// A multipart upload that is aborted unless it comes to its end.
struct Upload<'a> {
    blobs: &'a S3Blobs,
    key: String,
    id: String,
    parts: Vec<Part>,
    open: bool,
}

impl<'a> Upload<'a> {
    async fn begin(blobs: &'a S3Blobs) -> Result<Self> {
        let key = format!("{INCOMING}{}", Uuid::now_v7());
        let (bucket, path) = (blobs.bucket.clone(), key.clone());
        let begun = async move { bucket.initiate_multipart_upload(&path, MEDIA_TYPE).await };
        let id = blobs.ask(STALL, begun).await?.upload_id;
        Ok(Self { blobs, key, id, parts: Vec::new(), open: true })
    }

    async fn send(&mut self, part: Bytes) -> Result<()> {
        let number = u32::try_from(self.parts.len() + 1).map_err(Error::internal)?;
        let (bucket, key, id) = (self.blobs.bucket.clone(), self.key.clone(), self.id.clone());
        let sent = async move { bucket.put_multipart_chunk(part.into(), &key, number, &id, MEDIA_TYPE).await };
        self.parts.push(self.blobs.ask(STALL, sent).await?);
        Ok(())
    }

    /// Closes the upload and moves the whole to `key`.
    async fn end(mut self, key: String, size: u64) -> Result<()> {
        let copying = STALL + std::time::Duration::from_secs(size / COPIED_PER_S);
        let (bucket, from, id) = (self.blobs.bucket.clone(), self.key.clone(), self.id.clone());
        let parts = std::mem::take(&mut self.parts);
        let completed = async move { bucket.complete_multipart_upload(&from, &id, parts).await };
        self.blobs.ask(copying, completed).await?;
        self.open = false;
        let incoming = Incoming { blobs: self.blobs.clone(), key: Some(self.key.clone()) };
        if self.blobs.size(&key).await? != Some(size) {
            let (bucket, from) = (self.blobs.bucket.clone(), self.key.clone());
            let copied = async move { bucket.copy_object_internal(from, key).await };
            self.blobs.ask(copying, copied).await?;
        }
        incoming.remove().await;
        Ok(())
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        if self.open {
            let (blobs, key, id) = (self.blobs.clone(), self.key.clone(), self.id.clone());
            self.blobs.runtime.spawn(async move { abort(&blobs, key, id).await });
        }
    }
}

/// A whole object in `incoming/`, which nobody needs any more.
struct Incoming {
    blobs: S3Blobs,
    key: Option<String>,
}

impl Incoming {
    async fn remove(mut self) {
        if let Some(key) = self.key.take()
            && let Err(error) = self.blobs.remove(key).await
        {
            tracing::warn!(%error, "an incoming upload is left for the sweeper");
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let blobs = self.blobs.clone();
            self.blobs.runtime.spawn(async move { drop(blobs.remove(key).await) });
        }
    }
}

async fn abort(blobs: &S3Blobs, key: String, id: String) {
    let bucket = blobs.bucket.clone();
    let aborted = async move { bucket.abort_upload(&key, &id).await };
    match blobs.ask(STALL, aborted).await {
        Ok(()) | Err(Failure::Absent) => {}
        Err(Failure::Failed(error)) => tracing::warn!(error, "an upload is left for the sweeper"),
    }
}

/// Aborts uploads that were begun before `before`, and removes whole ones that were not copied.
pub(super) async fn sweep(blobs: &S3Blobs, before: Timestamp) -> Result<()> {
    for upload in open_uploads(blobs).await? {
        if is_old(&upload.key, before) {
            abort(blobs, upload.key, upload.id).await;
        }
    }
    let bucket = blobs.bucket.clone();
    let listed = async move { bucket.list(INCOMING.to_owned(), None).await };
    for object in blobs.ask(STALL, listed).await?.into_iter().flat_map(|page| page.contents) {
        if is_old(&object.key, before) {
            blobs.remove(object.key).await?;
        }
    }
    Ok(())
}

/// Whether an upload was begun before that: its name says when, by this instance's clock. A name that is not ours has
/// no business there.
fn is_old(key: &str, before: Timestamp) -> bool {
    let name = key.trim_start_matches('/').strip_prefix(INCOMING).and_then(|name| name.parse::<Uuid>().ok());
    let Some(begun) = name.and_then(|name| name.get_timestamp()) else { return false };
    let (seconds, nanos) = begun.to_unix();
    let millis = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000));
    i64::try_from(millis).is_ok_and(|millis| millis < before.as_millis())
}
