//! The writer: one thread, one connection, one transaction for all that waits.
//!
//! While a commit is being synced to the disk, batches gather in the inbox; the next transaction takes them all. So
//! one sync serves one batch when one waits, and hundreds when hundreds do, without any timer.

use std::{
    path::PathBuf,
    sync::Arc,
    sync::atomic::{AtomicI64, Ordering},
    time::Instant,
};

use rusqlite::{Connection, TransactionBehavior};
use studyhall_domain::{Error, Result, ports::AppendError};
use studyhall_wire::{Epoch, StreamId};

use super::{
    apply::{Applied, Heads, apply},
    erase::{Erased, erase},
    failure::{ReadError, is_constraint},
    inbox::{Inbox, Job, Reply, answer},
    row::Rows,
    schema,
};

/// Batches in one transaction: bounds how long the first of them waits for the last.
const GROUP: usize = 256;

/// The write-ahead log is copied into the database when it has so many pages.
const WAL_PAGES: i64 = 2000;
/// Events after which its length is looked at.
const LOOK: usize = 256;

/// A batch is written in one transaction, or not at all.
const CONFLICT: AppendError = AppendError::Conflict { stored: 0, head: None };

type Waiting = (Rows, Reply);

pub(super) struct Writer {
    path: PathBuf,
    /// None after a failure: opened again for the next group.
    connection: Option<Connection>,
    heads: Heads,
    /// Events since the write-ahead log's length was looked at.
    unseen: usize,
    epoch: Arc<AtomicI64>,
    inbox: Inbox,
}

/// Nobody waits for a writer that is gone, however it went.
impl Drop for Writer {
    fn drop(&mut self) {
        self.inbox.close();
        self.inbox.take(&mut Vec::new(), usize::MAX);
    }
}

impl Writer {
    /// Starts the thread; it ends when the inbox is closed, or after [`Job::Close`].
    pub fn start(path: PathBuf, connection: Connection, epoch: Arc<AtomicI64>) -> std::io::Result<Inbox> {
        let inbox = Inbox::default();
        let (connection, heads) = (Some(connection), Heads::default());
        let writer = Self { path, connection, heads, unseen: 0, epoch, inbox: inbox.clone() };
        std::thread::Builder::new().name("log-writer".into()).spawn(move || writer.run())?;
        Ok(inbox)
    }

    fn run(mut self) {
        let mut jobs = Vec::with_capacity(GROUP);
        let mut closing = Vec::new();
        while self.inbox.take(&mut jobs, GROUP) {
            let mut group: Vec<Waiting> = Vec::with_capacity(jobs.len());
            for job in jobs.drain(..) {
                match job {
                    Job::Append(rows, reply) => group.push((rows, reply)),
                    Job::StartOver(epoch, reply) => drop(reply.send(self.start_over(epoch))),
                    Job::Erase(stream, reply) => drop(reply.send(self.erase(stream))),
                    Job::Close(reply) => {
                        self.inbox.close();
                        closing.push(reply);
                    }
                }
            }
            if !group.is_empty() {
                self.commit(group);
            }
            if self.unseen >= LOOK {
                self.unseen = 0;
                self.checkpoint();
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "the log was closed without a checkpoint; the next start does it");
        }
        for reply in closing {
            let _ = reply.send(());
        }
    }

    /// Copies the write-ahead log into the database where it has become long: after the answers, so that nobody who was
    /// answered waited for it.
    fn checkpoint(&self) {
        let Some(connection) = &self.connection else { return };
        let pages = |mode: &str| connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1));
        let outcome = match pages("NOOP") {
            Ok(WAL_PAGES..) => pages("PASSIVE"),
            other => other,
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "the log's write-ahead log could not be copied; it will be tried again");
        }
    }

    /// Writes the group in one transaction and answers every batch of it.
    fn commit(&mut self, group: Vec<Waiting>) {
        let started = Instant::now();
        match self.write(&group) {
            Ok(outcomes) => {
                record(started, &group, &outcomes);
                answer(group.into_iter().zip(outcomes).map(|((rows, reply), outcome)| match outcome {
                    Applied::Written => (rows, reply, Ok(())),
                    Applied::Conflict => (rows, reply, Err(CONFLICT)),
                }));
            }
            // Somebody else wrote to the file, so what the writer knew of it was stale. Alone, each batch meets its own
            // fate.
            Err(error) if is_constraint(&error) && group.len() > 1 => {
                for waiting in group {
                    self.commit(vec![waiting]);
                }
            }
            Err(error) if is_constraint(&error) => {
                answer(group.into_iter().map(|(rows, reply)| (rows, reply, Err(CONFLICT))));
            }
            Err(error) => {
                tracing::error!(%error, batches = group.len(), "the log could not be written");
                metrics::counter!("studyhall_log_failures_total").increment(1);
                self.connection = None;
                let cause = error.to_string();
                let failed = || Err(Error::unavailable("log", &cause).into());
                answer(group.into_iter().map(|(rows, reply)| (rows, reply, failed())));
            }
        }
    }

    fn write(&mut self, group: &[Waiting]) -> rusqlite::Result<Vec<Applied>> {
        let outcomes = self.try_write(group);
        if outcomes.is_err() {
            self.heads.clear();
        }
        outcomes
    }

    fn try_write(&mut self, group: &[Waiting]) -> rusqlite::Result<Vec<Applied>> {
        let transaction =
            open(&mut self.connection, &self.path)?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcomes = group
            .iter()
            .map(|(rows, _)| apply(&transaction, &mut self.heads, rows))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        transaction.commit()?;
        self.unseen += group.iter().map(|(rows, _)| rows.rows.len()).sum::<usize>();
        Ok(outcomes)
    }

    fn erase(&mut self, stream: StreamId) -> Result<Erased> {
        self.heads.clear();
        self.try_erase(stream).map_err(|error| ReadError::from(error).into_domain("log"))
    }

    fn try_erase(&mut self, stream: StreamId) -> rusqlite::Result<Erased> {
        let transaction =
            open(&mut self.connection, &self.path)?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let erased = erase(&transaction, stream)?;
        transaction.commit()?;
        self.unseen += LOOK;
        Ok(erased)
    }

    fn start_over(&mut self, epoch: Epoch) -> Result<()> {
        self.heads.clear();
        open(&mut self.connection, &self.path)
            .and_then(|connection| schema::start_over(connection, epoch))
            .map_err(|error| ReadError::from(error).into_domain("log"))?;
        self.epoch.store(epoch, Ordering::Release);
        self.unseen += LOOK;
        Ok(())
    }
}

fn open<'a>(connection: &'a mut Option<Connection>, path: &std::path::Path) -> rusqlite::Result<&'a mut Connection> {
    match connection {
        Some(connection) => Ok(connection),
        closed => Ok(closed.insert(schema::open_writer(path)?)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram of counts far below 2^52")]
fn record(started: Instant, group: &[Waiting], outcomes: &[Applied]) {
    let written = group.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Applied::Written);
    let events: usize = written.map(|((rows, _), _)| rows.rows.len()).sum();
    let conflicts = outcomes.iter().filter(|outcome| **outcome == Applied::Conflict).count();
    metrics::counter!("studyhall_log_appended_events_total").increment(events as u64);
    metrics::counter!("studyhall_log_conflicts_total").increment(conflicts as u64);
    metrics::histogram!("studyhall_log_commit_events").record(events as f64);
    metrics::histogram!("studyhall_log_commit_seconds").record(started.elapsed().as_secs_f64());
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use studyhall_contract::fixture::message;
    use studyhall_domain::ports::Batch;
    use studyhall_wire::UserId;

    use super::*;

    /// A disk with room for some of what comes.
    #[tokio::test]
    async fn a_full_disk_fails_what_waits_and_heals() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("log.db");
        let connection = schema::open_writer(&path).expect("an empty log");
        connection.execute_batch("PRAGMA max_page_count = 100").expect("a small disk");
        let inbox = Writer::start(path.clone(), connection, Arc::default()).expect("a thread");
        let author = UserId::new();
        let append = async |stream: StreamId| {
            let events =
                (1..=3).map(|seq| message(stream, seq, author, &seq.to_string(), &"x".repeat(5_000)).into()).collect();
            let rows = Rows::encode(Batch { stream, after: 0, events }).expect("a good batch");
            let (reply, outcome) = Reply::new();
            assert!(inbox.put(Job::Append(rows, reply)).is_some(), "the writer runs");
            outcome.await.expect("the writer answers")
        };
        let streams: Vec<StreamId> = (0..40).map(|_| StreamId::new()).collect();
        let mut outcomes = Vec::new();
        for few in streams.chunks(4) {
            outcomes.extend(join_all(few.iter().map(|stream| append(*stream))).await);
        }
        let failed = |outcome: &Result<(), AppendError>| match outcome {
            Ok(()) => false,
            Err(AppendError::Failed(Error::Unavailable { dependency: "log", .. })) => true,
            Err(error) => panic!("{error}"),
        };
        assert!(!failed(&outcomes[0]));
        assert!(outcomes.iter().any(failed), "100 pages do not hold 40 times 15 kB");
        // The connection that is opened after the failure has a bigger disk.
        assert!(outcomes.last().is_some_and(|last| !failed(last)));
        let log = schema::open_reader(&path).expect("the log");
        for (stream, outcome) in streams.iter().zip(&outcomes) {
            let head = crate::log::read::head(&log, *stream).expect("a head");
            assert_eq!(head, if failed(outcome) { 0 } else { 3 }, "whole or not at all");
            if failed(outcome) {
                append(*stream).await.expect("room again");
            }
        }
    }
}
