//! The indexer: a thread of low priority that follows the log.
//!
//! Taking a message into the index costs more than writing it to the log, so the indexer never keeps up with sends by
//! force: it waits for a pause between them, works when there is time, and what it has not taken yet a search reads from
//! the log itself. A search is therefore not behind at all, and a burst of sends pays nothing for it.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, TransactionBehavior};
use studyhall_wire::{Epoch, Seq, StreamId};

use super::{document, index, schema};
use crate::log::{failure::Outcome, read, schema as log_schema};

/// How long the first change waits for others, to be indexed with them: each transaction is in the way of somebody's send.
const GATHER: Duration = Duration::from_secs(2);
/// A burst of changes is over when none has come for so long.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a burst has the machine to itself: what lasts longer has to share it.
const BURST: Duration = Duration::from_secs(2);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(2);
/// Events in one transaction.
const CHUNK: Seq = 1024;
/// Streams in one transaction.
const STREAMS: usize = 256;
/// Streams that the scan at the start compares in one read.
const SCAN: u32 = 256;

/// What has to be indexed, shared by the port and the thread.
#[derive(Default)]
pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order in which they were touched.
    queue: VecDeque<StreamId>,
    /// Streams in the queue or being indexed, and whether they were touched since that began.
    behind: HashMap<StreamId, bool>,
    /// The scan at the start is done: what is not in `behind` is indexed.
    scanned: bool,
    /// The last changes that came without a pause.
    burst: Option<Burst>,
    /// The index is to be made anew.
    rebuild: bool,
    closing: bool,
}

#[derive(Clone, Copy)]
struct Burst {
    first: Instant,
    last: Instant,
}

impl Backlog {
    pub fn touch(&self, stream: StreamId) {
        let mut state = self.state.lock();
        if state.touch(stream) && state.queue.len() == 1 {
            self.changed.notify_one();
        }
    }

    /// Has the index made anew. From now on, a search reads from the log what is not there again.
    pub fn rebuild(&self) {
        let mut state = self.state.lock();
        state.scanned = false;
        state.rebuild = true;
        drop(state);
        self.changed.notify_all();
    }

    /// Those of `streams` whose index may be behind the log.
    pub fn behind(&self, streams: &[StreamId]) -> Vec<StreamId> {
        let state = self.state.lock();
        streams.iter().filter(|stream| !state.scanned || state.behind.contains_key(stream)).copied().collect()
    }

    /// Whether everything that was touched is indexed.
    pub fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.scanned && !state.rebuild && state.behind.is_empty()
    }

    pub fn close(&self) {
        self.state.lock().closing = true;
        self.changed.notify_all();
    }

    fn is_closing(&self) -> bool {
        self.state.lock().closing
    }

    /// Waits for work and then for more of it. False at the end.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while state.queue.is_empty() && !state.rebuild && !state.closing {
            self.changed.wait(&mut state);
        }
        drop(state);
        self.pause(GATHER);
        !self.is_closing()
    }

    /// Waits while a burst has the machine to itself. False at the end.
    fn rest(&self) -> bool {
        let mut state = self.state.lock();
        while !state.closing
            && let Some(time) = state.burst.and_then(Burst::rest)
        {
            self.changed.wait_for(&mut state, time);
        }
        !state.closing
    }

    /// Waits so long, or until the end.
    fn pause(&self, time: Duration) {
        self.changed.wait_while_for(&mut self.state.lock(), |state| !state.closing, time);
    }

    /// The streams that waited longest. Whoever takes them must read the log after that, not before: a touch that comes
    /// in between is then seen by the read, and one that comes later is kept.
    fn take(&self) -> Vec<StreamId> {
        let mut state = self.state.lock();
        let count = state.queue.len().min(STREAMS);
        let streams: Vec<_> = state.queue.drain(..count).collect();
        for stream in &streams {
            state.behind.insert(*stream, false);
        }
        streams
    }

    /// Work on these streams was committed: whether it was `complete` decides if they are done.
    fn settle(&self, worked: &[(StreamId, bool)]) {
        let mut state = self.state.lock();
        for (stream, complete) in worked {
            if *complete && state.behind.get(stream) == Some(&false) {
                state.behind.remove(stream);
            } else {
                state.queue.push_back(*stream);
            }
        }
    }
}

impl State {
    /// True if the stream is new in the queue.
    fn touch(&mut self, stream: StreamId) -> bool {
        let now = Instant::now();
        match &mut self.burst {
            Some(burst) if now < burst.last + PAUSE => burst.last = now,
            over => *over = Some(Burst { first: now, last: now }),
        }
        let known = self.behind.insert(stream, true).is_some();
        if !known {
            self.queue.push_back(stream);
        }
        !known
    }
}

impl Burst {
    /// How much longer it has the machine to itself, unless it goes on.
    fn rest(self) -> Option<Duration> {
        let end = (self.last + PAUSE).min(self.first + BURST);
        end.checked_duration_since(Instant::now()).filter(|time| !time.is_zero())
    }
}

pub(super) struct Indexer {
    pub log_path: PathBuf,
    pub path: PathBuf,
    pub epoch: Epoch,
    pub backlog: Arc<Backlog>,
}

impl Indexer {
    /// Follows the log until the backlog is closed.
    pub fn run(self, index: Connection) {
        lower_priority();
        let mut index = Some(index);
        while !self.backlog.is_closing() {
            let outcome = match index.take() {
                Some(index) => Ok(index),
                None => schema::open_writer(&self.path, self.epoch),
            };
            if let Err(error) = outcome.map_err(Into::into).and_then(|index| self.follow(index)) {
                tracing::warn!(%error, "message search falls behind; it tries again");
                metrics::counter!("studyhall_search_failures_total").increment(1);
                self.backlog.pause(RETRY);
            }
        }
    }

    fn follow(&self, mut index: Connection) -> Outcome<()> {
        let mut log = log_schema::open_reader(&self.log_path)?;
        self.scan(&index, &log)?;
        while self.backlog.wait() {
            if self.backlog.state.lock().rebuild {
                index::clear(&mut index)?;
                self.backlog.state.lock().rebuild = false;
                self.scan(&index, &log)?;
            }
            while self.backlog.rest() && self.step(&mut index, &mut log)? {}
        }
        Ok(())
    }

    /// Finds the streams whose events were not indexed, or whose end was not seen, when the process ended.
    fn scan(&self, index: &Connection, log: &Connection) -> Outcome<()> {
        self.backlog.state.lock().scanned = false;
        let mut after = None;
        loop {
            let streams = read::streams_after(log, after, SCAN)?;
            let Some((last, _)) = streams.last() else { break };
            after = Some(*last);
            for (stream, head) in streams {
                if document::progress(index, stream)?.is_none_or(|(_, indexed)| indexed < head) {
                    self.backlog.touch(stream);
                }
            }
            if self.backlog.is_closing() {
                return Ok(());
            }
        }
        for stream in document::not_in_log(index, log)? {
            self.backlog.touch(stream);
        }
        self.backlog.state.lock().scanned = true;
        Ok(())
    }

    /// One transaction. False when nothing waits, or the end has come.
    fn step(&self, index: &mut Connection, log: &mut Connection) -> Outcome<bool> {
        let mut work: Vec<_> = self.backlog.take().into_iter().map(|stream| (stream, false)).collect();
        if work.is_empty() {
            return Ok(false);
        }
        let outcome = take_chunk(index, log, &mut work);
        if outcome.is_err() {
            // Rolled back: all of them have to be done again.
            for (_, complete) in &mut work {
                *complete = false;
            }
        }
        self.backlog.settle(&work);
        metrics::counter!("studyhall_search_indexed_events_total").increment(outcome?);
        Ok(!self.backlog.is_closing())
    }
}

/// Indexes about [`CHUNK`] events of these streams and notes which of them are complete. Returns how many it took.
fn take_chunk(index: &mut Connection, log: &mut Connection, work: &mut [(StreamId, bool)]) -> Outcome<u64> {
    let snapshot = log.transaction()?;
    let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut taken = 0;
    for (stream, complete) in work {
        if taken >= CHUNK {
            break;
        }
        let (events, all) = index::follow(&transaction, &snapshot, *stream, CHUNK - taken)?;
        taken += events;
        *complete = all;
    }
    transaction.commit()?;
    Ok(taken.unsigned_abs())
}

/// Where the server needs every core, sends go first: whoever wakes up takes the core from an idle thread at once, from
/// one that is only nice not before its slice of milliseconds is over (sched(7)).
#[cfg(target_os = "linux")]
fn lower_priority() {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };

    let policy = ThreadSchedulePolicy::Normal(Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy) {
        tracing::debug!(%error, "the indexer runs at normal priority");
    }
}

/// Elsewhere threads have no such class.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}
