//! Blobs in an S3 bucket: `blobs/2c/f24dba…`, the name being the SHA-256 of the content.
//!
//! A blob of which the hash is not known beforehand goes to `incoming/` in parts, and is copied into its place by the
//! server once it is whole (`upload`). Reading takes a piece at a time, so that a slow reader holds no connection, and
//! memory is bounded in both directions. Every request has its own patience: none is waited for as a whole upload or
//! download would have to be.

mod listing;
mod upload;

use std::{collections::HashMap, fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use s3::{Bucket, BucketConfiguration, Region, creds::Credentials, error::S3Error};
use secrecy::{ExposeSecret, SecretString};
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, BlobStore, ByteStream, Health, Reading, Stored},
};
use studyhall_wire::Timestamp;
use tokio::{runtime::Handle, time::timeout};

/// As it is called in `/readyz`.
const DEPENDENCY: &str = "s3";
/// How long one request may take: a part of a few megabytes, or no bytes at all.
const STALL: Duration = Duration::from_secs(30);
/// Bytes that are read in one request.
const PIECE: u64 = 1024 * 1024;
/// Seconds for which a signed question holds.
const PRESIGNED_S: u32 = 60;
/// Hexadecimal digits of a SHA-256.
const ID_LEN: usize = 64;
const BLOBS: &str = "blobs";
/// Where blobs are until their hash is known.
const INCOMING: &str = "incoming/";

/// What it takes to reach a bucket.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// `https://…`, or `http://…` within a machine or a private network; without the bucket.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: SecretString,
    pub secret_key: SecretString,
    /// `endpoint/bucket/key`, as most servers but Amazon's have it; else `bucket.endpoint/key`.
    pub path_style: bool,
}

/// Blobs in S3. Clones share a pool of connections.
#[derive(Clone)]
pub struct S3Blobs {
    bucket: Box<Bucket>,
    credentials: Credentials,
    /// Where connections live, whichever thread asks.
    runtime: Handle,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Blobs").field("url", &self.bucket.url()).finish_non_exhaustive()
    }
}

impl S3Blobs {
    /// Asks nothing yet. Must be called in a tokio runtime, on which the connections live.
    ///
    /// # Errors
    /// `Internal` for settings that cannot be understood.
    pub fn open(config: &S3Config) -> Result<Self> {
        let runtime = Handle::try_current().map_err(Error::internal)?;
        let region = Region::Custom { region: config.region.clone(), endpoint: config.endpoint.clone() };
        let (access, secret) = (config.access_key.expose_secret(), config.secret_key.expose_secret());
        let unclear = |what: &str| Error::internal(format!("the settings of S3 are not valid: {what}"));
        let credentials =
            Credentials::new(Some(access), Some(secret), None, None, None).map_err(|_| unclear("the keys"))?;
        let mut bucket = Bucket::new(&config.bucket, region, credentials.clone()).map_err(|_| unclear("the bucket"))?;
        if config.path_style {
            bucket.set_path_style();
        }
        // It would cover a whole body.
        bucket.set_request_timeout(None);
        Ok(Self { bucket, credentials, runtime })
    }

    /// Makes sure that the bucket is there, and that it may be used. Called at start; it may be called again.
    ///
    /// # Errors
    /// `Unavailable` where S3 does not answer, or does not allow it; the message says what it answered.
    pub async fn prepare(&self) -> Result<()> {
        match self.look().await {
            Err(Failure::Absent) => {}
            looked => return Ok(looked?),
        }
        let bucket = self.bucket.clone();
        let (name, region, credentials) = (bucket.name(), bucket.region(), self.credentials.clone());
        let path_style = bucket.is_path_style();
        let created = self
            .ask(STALL, async move {
                let config = BucketConfiguration::private();
                let created = if path_style {
                    Bucket::create_with_path_style(&name, region, credentials, config).await
                } else {
                    Bucket::create(&name, region, credentials, config).await
                };
                created.map(drop)
            })
            .await;
        // Another node may have made it at this moment.
        match (created, self.look().await) {
            (_, Ok(())) => Ok(()),
            (Err(failure), Err(_)) | (Ok(()), Err(failure)) => Err(failure.into()),
        }
    }

    /// One page of no names.
    async fn look(&self) -> Result<(), Failure> {
        let bucket = self.bucket.clone();
        let listed = async move { bucket.list_page(INCOMING.to_owned(), None, None, None, Some(1)).await };
        self.ask(STALL, listed).await.map(drop)
    }

    /// Where a blob is; `None` for what cannot be an id.
    fn key(id: &BlobId) -> Option<String> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let possible = id.0.len() == ID_LEN && id.0.bytes().all(hex);
        possible.then(|| format!("{BLOBS}/{}/{}", &id.0[..2], &id.0[2..]))
    }

    /// The size of what is at `key`.
    async fn size(&self, key: &str) -> Result<Option<u64>> {
        let (bucket, path) = (self.bucket.clone(), key.to_owned());
        match self.ask(STALL, async move { bucket.head_object(path).await }).await {
            Ok((head, _)) => Ok(Some(head.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or(0))),
            Err(Failure::Absent) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Answers a question that the library cannot read every server's answer to: the body, as it is.
    #[allow(clippy::redundant_closure_for_method_calls, reason = "the methods' types are of a crate that is not ours")]
    async fn read(&self, query: HashMap<String, String>) -> Result<String> {
        let bucket = self.bucket.clone();
        let asked = async move {
            let url = bucket.presign_get("/", PRESIGNED_S, Some(query)).await?;
            // The URL is as good as a key, for a minute: it is not to be shown.
            let answer = bucket.http_client().get(url).send().await.and_then(|answer| answer.error_for_status());
            Ok(answer.map_err(|error| error.without_url())?.text().await?)
        };
        Ok(self.ask(STALL, asked).await?)
    }

    async fn remove(&self, key: String) -> Result<()> {
        let bucket = self.bucket.clone();
        match self.ask(STALL, async move { bucket.delete_object(key).await }).await {
            Ok(_) | Err(Failure::Absent) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// One request, which runs to its end on the connections' own runtime, even when nobody waits for it any more.
    async fn ask<T: Send + 'static>(
        &self,
        patience: Duration,
        request: impl Future<Output = Result<T, S3Error>> + Send + 'static,
    ) -> Result<T, Failure> {
        match self.runtime.spawn(timeout(patience, request)).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(S3Error::HttpFailWithBody(404, _)))) => Err(Failure::Absent),
            Ok(Ok(Err(error))) => Err(Failure::Failed(describe(&error))),
            Ok(Err(_)) => Err(Failure::Failed("no answer in time".to_owned())),
            Err(lost) => Err(Failure::Failed(lost.to_string())),
        }
    }
}

/// Why a request gave nothing.
#[derive(Debug)]
enum Failure {
    /// What it is about is not there.
    Absent,
    Failed(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Absent => Self::unavailable(DEPENDENCY, "the bucket or the upload is gone"),
            Failure::Failed(cause) => Self::unavailable(DEPENDENCY, cause),
        }
    }
}

/// The error's word alone: the rest of an answer repeats the request, keys included.
fn describe(error: &S3Error) -> String {
    match error {
        S3Error::HttpFailWithBody(status, body) => {
            let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
            format!("status {status} {}", code.map_or("", |(code, _)| code))
        }
        other => other.to_string(),
    }
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn put(&self, bytes: Bytes) -> Result<BlobId> {
        let size = bytes.len() as u64;
        let stored = self.put_stream(stream::iter([Ok(bytes)]).boxed(), size).await?;
        Ok(stored.id)
    }

    async fn put_stream(&self, bytes: ByteStream, most: u64) -> Result<Stored> {
        upload::run(self, bytes, most).await
    }

    async fn get(&self, id: &BlobId) -> Result<Option<Bytes>> {
        let Some(reading) = self.get_range(id, 0, u64::MAX).await? else { return Ok(None) };
        let pieces: Vec<Bytes> = reading.bytes.try_collect().await?;
        Ok(Some(match <[Bytes; 1]>::try_from(pieces) {
            Ok([only]) => only,
            Err(pieces) => pieces.concat().into(),
        }))
    }

    async fn get_range(&self, id: &BlobId, start: u64, length: u64) -> Result<Option<Reading>> {
        let Some(key) = Self::key(id) else { return Ok(None) };
        let Some(size) = self.size(&key).await? else { return Ok(None) };
        let end = start.saturating_add(length).min(size);
        let pieces = stream::try_unfold((self.clone(), key, start), move |(blobs, key, at)| async move {
            if at >= end {
                return Ok(None);
            }
            let (bucket, path, last) = (blobs.bucket.clone(), key.clone(), end.min(at + PIECE) - 1);
            let answer = blobs.ask(STALL, async move { bucket.get_object_range(path, at, Some(last)).await }).await?;
            let piece = answer.into_bytes();
            if piece.len() as u64 != last + 1 - at {
                return Err(Error::unavailable(DEPENDENCY, "a part of a blob came back shorter than it is"));
            }
            Ok(Some((piece, (blobs, key, last + 1))))
        });
        Ok(Some(Reading { size, bytes: pieces.boxed() }))
    }

    async fn delete(&self, id: &BlobId) -> Result<()> {
        match Self::key(id) {
            Some(key) => self.remove(key).await,
            None => Ok(()),
        }
    }

    async fn sweep(&self, before: Timestamp) -> Result<()> {
        upload::sweep(self, before).await
    }
}

#[async_trait]
impl Health for S3Blobs {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        Ok(self.look().await?)
    }
}

#[cfg(test)]
mod tests;
