//! The event log on SQLite: [`EventLog`] in a file of its own, `log.db`, and [message search](search) beside it.
//!
//! This is the hot path of the whole product, so it speaks to SQLite through rusqlite's cached statements and not
//! through diesel: one writer thread owns the writing connection and commits everything that waits in one transaction
//! (`writer`), a few connections read snapshots beside it (`readers`). What is acknowledged is synced to the disk
//! (`synchronous=FULL`); what a killed process leaves, SQLite's WAL recovers at the next open, and nothing else has to
//! be repaired, since an event and its fold into the message that it concerns are one transaction.
//!
//! | module | |
//! |---|---|
//! | `schema` | tables, pragmas, the numbering of rows |
//! | `row` | events to rows and back |
//! | `inbox`, `writer`, `apply`, `erase` | what waits; group commit; one batch and its fold; a stream's end |
//! | `readers`, `read`, `history`, `digest` | snapshots, and what is read in them |
//! | `snapshot` | one that is kept, for who copies everything |

mod apply;
mod digest;
mod erase;
mod failure;
mod history;
mod inbox;
mod read;
mod readers;
mod row;
mod schema;
pub mod search;
mod snapshot;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use studyhall_domain::{
    Error, Result,
    ports::{AppendError, Batch, EventLog, Health, History, HistoryQuery, Known, LogEvent, Overview},
};
use studyhall_wire::{Digest, Epoch, Message, Seq, StreamId, UserId};
use tokio::sync::{Mutex, oneshot};

pub use self::snapshot::SqliteSnapshot;
use self::{
    erase::Erased,
    failure::ReadError,
    inbox::{Inbox, Job, Reply},
    readers::Readers,
    row::Rows,
    writer::Writer,
};

/// Its name in the data directory.
const FILE: &str = "log.db";
/// As it is called in `/readyz`.
const DEPENDENCY: &str = "log";
/// Connections that read at the same time: more than a small machine has cores to run them on.
const READERS: usize = 4;

/// The event log on SQLite. Clones share it.
#[derive(Clone)]
pub struct SqliteLog(Arc<Inner>);

struct Inner {
    path: PathBuf,
    writer: Inbox,
    readers: Arc<Readers>,
    epoch: Arc<AtomicI64>,
    /// A digest reads a whole conversation: one at a time, so that readers remain for everybody else.
    digest: Mutex<()>,
}

impl SqliteLog {
    /// Opens `log.db` in `dir`, which must be there, and starts the writer. An interrupted write of a killed process
    /// is recovered here; nothing else is read.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let failed = |error: rusqlite::Error| ReadError::from(error).into_domain(DEPENDENCY);
        let connection = schema::open_writer(&path).map_err(failed)?;
        let epoch = Arc::new(AtomicI64::new(schema::epoch(&connection).map_err(failed)?));
        let readers = Readers::new(DEPENDENCY, path.clone(), READERS, schema::open_reader);
        let writer = Writer::start(path.clone(), connection, Arc::clone(&epoch)).map_err(Error::internal)?;
        Ok(Self(Arc::new(Inner { path, writer, readers, epoch, digest: Mutex::default() })))
    }

    fn path(&self) -> &Path {
        &self.0.path
    }

    fn readers(&self) -> &Arc<Readers> {
        &self.0.readers
    }

    fn current_epoch(&self) -> Epoch {
        self.0.epoch.load(Ordering::Acquire)
    }
}

/// Nobody appends any more: the writer ends behind what waits.
impl Drop for Inner {
    fn drop(&mut self) {
        self.writer.close();
    }
}

fn stopped() -> Error {
    Error::unavailable(DEPENDENCY, "the writer has stopped")
}

#[async_trait]
impl EventLog for SqliteLog {
    async fn epoch(&self) -> Result<Epoch> {
        Ok(self.current_epoch())
    }

    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let rows = Rows::encode(batch)?;
        let (reply, outcome) = Reply::new();
        let wake = self.0.writer.put(Job::Append(rows, reply)).ok_or_else(stopped)?;
        // Who is ready on this thread appends, too, before the writer begins.
        tokio::task::yield_now().await;
        drop(wake);
        outcome.await.map_err(|_| stopped())?
    }

    async fn heads(&self, streams: &[StreamId]) -> Result<Vec<Seq>> {
        let streams = streams.to_vec();
        self.0.readers.read(move |log| streams.into_iter().map(|stream| read::head(log, stream)).collect()).await
    }

    async fn events(&self, stream: StreamId, after: Seq, limit: u32) -> Result<Vec<LogEvent>> {
        self.0.readers.read(move |log| read::events(log, stream, after, limit)).await
    }

    async fn known(&self, stream: StreamId, keys: &[(UserId, String)]) -> Result<Vec<Known>> {
        let keys = keys.to_vec();
        self.0.readers.read(move |log| read::known(log, stream, &keys)).await
    }

    async fn messages(&self, stream: StreamId, seqs: &[Seq]) -> Result<Vec<Message>> {
        let seqs = seqs.to_vec();
        self.0.readers.read(move |log| read::messages(log, stream, &seqs)).await
    }

    async fn history(&self, stream: StreamId, query: HistoryQuery) -> Result<History> {
        self.0.readers.read(move |log| history::history(log, stream, query)).await
    }

    async fn overviews(&self, reader: UserId, streams: &[(StreamId, Seq)]) -> Result<Vec<Overview>> {
        let streams = streams.to_vec();
        let overview = move |log: &rusqlite::Transaction<'_>| {
            streams.into_iter().map(|(stream, read)| read::overview(log, reader, stream, read)).collect()
        };
        self.0.readers.read(overview).await
    }

    async fn digest(&self, stream: StreamId) -> Result<Digest> {
        let _one_at_a_time = self.0.digest.lock().await;
        self.0.readers.read(move |log| digest::digest(log, stream)).await
    }

    async fn streams_after(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, Seq)>> {
        self.0.readers.read(move |log| read::streams_after(log, after, limit)).await
    }

    async fn start_over(&self, epoch: Epoch) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        drop(self.0.writer.put(Job::StartOver(epoch, reply)).ok_or_else(stopped)?);
        answer.await.map_err(|_| stopped())?
    }

    async fn erase(&self, stream: StreamId) -> Result<()> {
        loop {
            let (reply, answer) = oneshot::channel();
            drop(self.0.writer.put(Job::Erase(stream, reply)).ok_or_else(stopped)?);
            if answer.await.map_err(|_| stopped())?? == Erased::All {
                return Ok(());
            }
        }
    }

    async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        // Where the writer has stopped already there is nothing to wait for.
        if self.0.writer.put(Job::Close(reply)).is_some() {
            let _ = closed.await;
        }
    }
}

#[async_trait]
impl Health for SqliteLog {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        if self.0.writer.is_closed() {
            return Err(stopped());
        }
        self.0.readers.read(|log| Ok(log.query_row("SELECT 1 FROM meta LIMIT 1", [], |_| Ok(()))?)).await
    }
}
