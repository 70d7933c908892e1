//! The event log on MongoDB: [`EventLog`] in the collection `events`.
//!
//! An append is one ordered insert-many with a unique index on `(stream, seq)`; an event that changes a message is
//! folded into it after that (`fold`), and before anybody reads. What became of a write that was refused or not
//! confirmed is read back (`resolve`), so that seqs have no holes and nothing is written twice, whoever else writes to
//! the stream and whatever primary steps down meanwhile.
//!
//! | module | |
//! |---|---|
//! | `encode`, `document` | events to documents and back |
//! | `writer`, `heads`, `resolve` | group commit; what it may build on; what became of a batch that was not simply written |
//! | `fold` | the projection of events into messages |
//! | `read`, `history`, `digest` | what is read |

mod digest;
pub(crate) mod document;
mod encode;
pub(crate) mod fold;
mod heads;
mod history;
pub(crate) mod read;
mod resolve;
mod writer;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use mongodb::bson::doc;
use parking_lot::Mutex;
use studyhall_domain::{
    Result,
    ports::{AppendError, Batch, EventLog, Health, History, HistoryQuery, Known, LogEvent, Overview},
};
use studyhall_wire::{Digest, Epoch, Message, Seq, StreamId, UserId};

use self::{encode::Rows, fold::Folds, heads::Heads, writer::Writer};
use crate::{Mongo, database::id, failure::DEPENDENCY};

/// How long an epoch is believed: another node may have restored a backup.
const EPOCH: Duration = Duration::from_secs(2);
/// How long the digest of a long conversation may take.
const DIGEST: Duration = Duration::from_mins(1);
/// How long it may take to erase one.
const ERASE: Duration = Duration::from_mins(5);
/// How long it may take to erase all of them.
const START_OVER: Duration = Duration::from_hours(1);
/// How long [`Health::check`] waits.
const HEALTH: Duration = Duration::from_secs(2);

/// The event log on MongoDB. Clones share it.
#[derive(Clone)]
pub struct MongoLog(Arc<Inner>);

struct Inner {
    mongo: Mongo,
    writer: Writer,
    folds: Arc<Folds>,
    heads: Arc<Heads>,
    epoch: Mutex<Option<(Epoch, Instant)>>,
    /// A digest reads a whole conversation: one at a time.
    digest: tokio::sync::Mutex<()>,
}

impl MongoLog {
    /// The log in this database. Must be called within the runtime that `mongo` was connected in.
    pub fn open(mongo: Mongo) -> Self {
        let folds = Folds::new(mongo.clone());
        let heads = Arc::new(Heads::default());
        let writer = Writer::start(&mongo, &folds, &heads);
        let (epoch, digest) = (Mutex::default(), tokio::sync::Mutex::default());
        Self(Arc::new(Inner { mongo, writer, folds, heads, epoch, digest }))
    }

    pub(crate) fn mongo(&self) -> &Mongo {
        &self.0.mongo
    }

    pub(crate) fn folds(&self) -> &Arc<Folds> {
        &self.0.folds
    }
}

#[async_trait]
impl EventLog for MongoLog {
    async fn epoch(&self) -> Result<Epoch> {
        if let Some((epoch, read)) = *self.0.epoch.lock()
            && read.elapsed() < EPOCH
        {
            return Ok(epoch);
        }
        let mongo = self.0.mongo.clone();
        let epoch = self.0.mongo.run(async move { mongo.recall("epoch").await }).await?.unwrap_or(1);
        *self.0.epoch.lock() = Some((epoch, Instant::now()));
        Ok(epoch)
    }

    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let rows = Rows::encode(&batch)?;
        if rows.len() == 0 {
            return Ok(());
        }
        if !self.0.heads.has(rows.stream, rows.after) {
            let head = self.heads(&[rows.stream]).await?[0];
            if head < rows.after {
                return Err(AppendError::Conflict { stored: 0, head: Some(head) });
            }
        }
        self.0.writer.write(rows).await
    }

    async fn heads(&self, streams: &[StreamId]) -> Result<Vec<Seq>> {
        let (mongo, asked) = (self.0.mongo.clone(), streams.to_vec());
        let heads = self.0.mongo.run(async move { read::heads(&mongo, &asked).await }).await?;
        for (stream, head) in streams.iter().zip(&heads) {
            self.0.heads.saw(*stream, *head);
        }
        Ok(heads)
    }

    async fn events(&self, stream: StreamId, after: Seq, limit: u32) -> Result<Vec<LogEvent>> {
        let (mongo, folds) = (self.0.mongo.clone(), Arc::clone(&self.0.folds));
        let events = async move {
            folds.settle(&[stream]).await?;
            read::events(&mongo, stream, after, limit).await
        };
        self.0.mongo.run(events).await
    }

    async fn known(&self, stream: StreamId, keys: &[(UserId, String)]) -> Result<Vec<Known>> {
        let (mongo, keys) = (self.0.mongo.clone(), keys.to_vec());
        self.0.mongo.run(async move { read::known(&mongo, stream, &keys).await }).await
    }

    async fn messages(&self, stream: StreamId, seqs: &[Seq]) -> Result<Vec<Message>> {
        let (mongo, folds, seqs) = (self.0.mongo.clone(), Arc::clone(&self.0.folds), seqs.to_vec());
        let messages = async move {
            folds.settle(&[stream]).await?;
            read::messages(&mongo, stream, &seqs).await
        };
        self.0.mongo.run(messages).await
    }

    async fn history(&self, stream: StreamId, query: HistoryQuery) -> Result<History> {
        let (mongo, folds) = (self.0.mongo.clone(), Arc::clone(&self.0.folds));
        self.0.mongo.run(async move { history::history(&mongo, &folds, stream, query).await }).await
    }

    async fn overviews(&self, reader: UserId, streams: &[(StreamId, Seq)]) -> Result<Vec<Overview>> {
        let (mongo, folds, streams) = (self.0.mongo.clone(), Arc::clone(&self.0.folds), streams.to_vec());
        let overviews = async move {
            folds.settle(&streams.iter().map(|(stream, _)| *stream).collect::<Vec<_>>()).await?;
            read::overviews(&mongo, reader, &streams).await
        };
        self.0.mongo.run(overviews).await
    }

    async fn digest(&self, stream: StreamId) -> Result<Digest> {
        let _one_at_a_time = self.0.digest.lock().await;
        let (mongo, folds) = (self.0.mongo.clone(), Arc::clone(&self.0.folds));
        self.0.mongo.run_for(DIGEST, async move { digest::digest(&mongo, &folds, stream).await }).await
    }

    async fn streams_after(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, Seq)>> {
        let mongo = self.0.mongo.clone();
        self.0.mongo.run(async move { read::streams_after(&mongo, after, limit).await }).await
    }

    /// Search entries go with it. Other nodes notice the epoch within two seconds.
    async fn start_over(&self, epoch: Epoch) -> Result<()> {
        let mongo = self.0.mongo.clone();
        let start_over = async move {
            for collection in ["events", "search", "search_progress"] {
                mongo.collection(collection).delete_many(doc! {}).await?;
            }
            mongo.remember("epoch", epoch).await
        };
        self.0.mongo.run_for(START_OVER, start_over).await?;
        self.0.heads.clear();
        *self.0.epoch.lock() = Some((epoch, Instant::now()));
        Ok(())
    }

    /// Its search entries go with it.
    async fn erase(&self, stream: StreamId) -> Result<()> {
        self.0.heads.forget(stream);
        let mongo = self.0.mongo.clone();
        let erase = async move {
            for (collection, field) in [("events", "stream"), ("search", "stream"), ("search_progress", "_id")] {
                mongo.collection(collection).delete_many(doc! { field: id(stream) }).await?;
            }
            Ok(())
        };
        self.0.mongo.run_for(ERASE, erase).await
    }

    async fn close(&self) {
        self.0.writer.close().await;
    }
}

#[async_trait]
impl Health for MongoLog {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        if self.0.writer.is_closed() {
            return Err(writer::stopped());
        }
        let mongo = self.0.mongo.clone();
        self.0.mongo.run_for(HEALTH, async move { mongo.ping().await }).await
    }
}
