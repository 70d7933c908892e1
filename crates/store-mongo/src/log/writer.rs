//! The writers: a few tasks that each write all that waits, of all streams, in one ordered insert-many.
//!
//! While a majority writes its journal, batches gather; the next writer that is free takes them all. So an append that
//! comes alone goes at once, and under load one round trip serves hundreds, without any timer. Ordered means that a row
//! is written only if those before it were: that is what keeps each stream without holes. What comes behind a refused
//! row is sent again, without the batch that the row belongs to.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use mongodb::{
    ClientSession,
    bson::RawDocumentBuf,
    error::{ErrorKind, InsertManyError},
};
use parking_lot::Mutex;
use studyhall_domain::{Error, Result, ports::AppendError};
use studyhall_wire::Seq;
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};

use super::{encode::Rows, fold::Folds, heads::Heads, resolve};
use crate::{
    Mongo,
    database::PATIENCE,
    failure::{DEPENDENCY, DUPLICATE_KEY, Failure},
};

/// Batches that may wait for a writer; whoever comes after them waits in `append`.
const WAITING: usize = 1024;
/// Batches in one write: bounds how long the first of them waits for the last.
const GROUP: usize = 128;
/// Writes on their way at the same time.
const WRITERS: usize = 3;

pub(super) type Answer = Result<(), AppendError>;

/// A batch that waits to be written.
pub(super) struct Job {
    pub rows: Rows,
    /// When nobody waits for the answer any more.
    pub end: Instant,
    reply: oneshot::Sender<Answer>,
    /// Whoever closes the writer waits until these are gone.
    _unfinished: mpsc::Sender<()>,
}

impl Job {
    pub fn answer(self, answer: Answer) {
        // Who gave up waiting is told nothing.
        let _ = self.reply.send(answer);
    }
}

/// What the tasks share.
pub(super) struct Shared {
    pub mongo: Mongo,
    pub folds: Arc<Folds>,
    pub heads: Arc<Heads>,
}

impl Shared {
    /// Every row of the job is durable.
    pub fn written(&self, job: Job) {
        metrics::counter!("studyhall_log_appended_events_total").increment(job.rows.len() as u64);
        self.heads.saw(job.rows.stream, job.rows.after + Seq::try_from(job.rows.len()).unwrap_or_default());
        if job.rows.folds {
            self.folds.touch(job.rows.stream);
        }
        job.answer(Ok(()));
    }
}

#[derive(Clone)]
struct Open {
    jobs: mpsc::Sender<Job>,
    unfinished: mpsc::Sender<()>,
}

pub(super) struct Writer {
    open: Mutex<Option<Open>>,
    finished: AsyncMutex<mpsc::Receiver<()>>,
}

impl Writer {
    pub fn start(mongo: &Mongo, folds: &Arc<Folds>, heads: &Arc<Heads>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (unfinished, finished) = mpsc::channel(1);
        let shared = Arc::new(Shared { mongo: mongo.clone(), folds: Arc::clone(folds), heads: Arc::clone(heads) });
        let receiver = Arc::new(AsyncMutex::new(receiver));
        for _ in 0..WRITERS {
            mongo.runtime().spawn(run(Arc::clone(&shared), Arc::clone(&receiver)));
        }
        Self { open: Mutex::new(Some(Open { jobs: sender, unfinished })), finished: AsyncMutex::new(finished) }
    }

    /// Durable when it returns.
    pub async fn write(&self, rows: Rows) -> Answer {
        let Some(Open { jobs, unfinished }) = self.open.lock().clone() else { return Err(stopped().into()) };
        let (reply, answer) = oneshot::channel();
        let job = Job { rows, end: Instant::now() + PATIENCE, reply, _unfinished: unfinished };
        let answered = async {
            jobs.send(job).await.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())?
        };
        let late = |_| Err(Error::unavailable(DEPENDENCY, "a write was not confirmed in time").into());
        timeout(PATIENCE, answered).await.unwrap_or_else(late)
    }

    pub fn is_closed(&self) -> bool {
        self.open.lock().is_none()
    }

    /// Waits until everything handed over has its answer.
    pub async fn close(&self) {
        self.open.lock().take();
        self.finished.lock().await.recv().await;
    }
}

pub(super) fn stopped() -> Error {
    Error::unavailable(DEPENDENCY, "the log is closed")
}

async fn run(shared: Arc<Shared>, receiver: Arc<AsyncMutex<mpsc::Receiver<Job>>>) {
    loop {
        let mut group = Vec::with_capacity(GROUP);
        if receiver.lock().await.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        commit(&shared, group).await;
    }
}

/// Writes the group and sees to it that every job of it gets its answer.
async fn commit(shared: &Arc<Shared>, group: Vec<Job>) {
    let mut waiting: VecDeque<Job> = group.into_iter().filter(|job| job.end > Instant::now()).collect();
    while !waiting.is_empty() {
        let started = Instant::now();
        let documents: Vec<_> = waiting.iter().flat_map(|job| &job.rows.documents).collect();
        let events = documents.len();
        match insert(&shared.mongo, documents).await {
            Inserted::All => {
                record(started, events);
                waiting.drain(..).for_each(|job| shared.written(job));
            }
            Inserted::Refused { index, why, session } => {
                record(started, index);
                let mut rest = index;
                while let Some(job) = waiting.pop_front() {
                    if rest < job.rows.len() {
                        let seen = resolve::Seen::Refused { why, session };
                        shared.mongo.runtime().spawn(resolve::resolve(Arc::clone(shared), job, rest, seen));
                        break;
                    }
                    rest -= job.rows.len();
                    shared.written(job);
                }
            }
            Inserted::Unknown(error) => {
                tracing::warn!(%error, batches = waiting.len(), "a write to the log was not confirmed; it is looked up");
                metrics::counter!("studyhall_log_failures_total").increment(1);
                for job in waiting.drain(..) {
                    shared.mongo.runtime().spawn(resolve::resolve(Arc::clone(shared), job, 0, resolve::Seen::Nothing));
                }
            }
        }
    }
}

/// What became of an insert-many.
pub(super) enum Inserted {
    /// Durable, all of it.
    All,
    /// Durable up to this row. The row was refused, and nothing after it was tried.
    Refused { index: usize, why: Refusal, session: Box<ClientSession> },
    /// Any part of it, now or later.
    Unknown(Failure),
}

#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// Its place or its key is taken.
    Duplicate,
    Other(String),
}

pub(super) async fn insert(mongo: &Mongo, documents: Vec<&RawDocumentBuf>) -> Inserted {
    let mut session = match mongo.session().await {
        Ok(session) => Box::new(session),
        Err(failure) => return Inserted::Unknown(failure),
    };
    let Err(error) = mongo.events().insert_many(documents).session(&mut *session).await else { return Inserted::All };
    if let ErrorKind::InsertMany(InsertManyError { write_errors: Some(errors), write_concern_error: None, .. }) =
        &*error.kind
        && let [refused, ..] = errors.as_slice()
    {
        let why = match refused.code {
            DUPLICATE_KEY => Refusal::Duplicate,
            _ => Refusal::Other(refused.message.clone()),
        };
        return Inserted::Refused { index: refused.index, why, session };
    }
    Inserted::Unknown(error.into())
}

#[expect(clippy::cast_precision_loss, reason = "a histogram of counts far below 2^52")]
fn record(started: Instant, events: usize) {
    metrics::histogram!("studyhall_log_commit_events").record(events as f64);
    metrics::histogram!("studyhall_log_commit_seconds").record(started.elapsed().as_secs_f64());
}
