//! The indexer: a task that follows the log, and what it has still to do.
//!
//! Taking a message into the index costs more than writing it to the log, so a node gathers what its own appends touch
//! and works through it one request at a time. Searches read what is missing from the log.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use mongodb::bson::{DateTime, doc};
use parking_lot::Mutex;
use studyhall_domain::ports::EventLog;
use studyhall_wire::{Epoch, Seq, StreamId};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{index, progress};
use crate::{
    MongoLog,
    failure::{Failure, Outcome, is_duplicate},
    log::read,
};

/// How long the first change waits for others, to be indexed with them.
const GATHER: Duration = Duration::from_millis(250);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(2);
/// Events that are taken at once.
const CHUNK: Seq = 1024;
/// Streams that are looked at together.
const STREAMS: usize = 64;
/// Streams that the scan at the start compares in one go.
const SCAN: u32 = 256;
/// How long one node may scan alone without a sign of life.
const LEASE: Duration = Duration::from_mins(1);

/// What has to be indexed, shared by the port and the task.
#[derive(Default)]
pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// In the order in which they were touched.
    queue: VecDeque<StreamId>,
    /// Streams in the queue or being indexed, and whether they were touched since that began.
    behind: HashMap<StreamId, bool>,
    closing: bool,
}

impl Backlog {
    pub fn touch(&self, stream: StreamId) {
        let mut state = self.state.lock();
        if state.behind.insert(stream, true).is_none() {
            state.queue.push_back(stream);
            if state.queue.len() == 1 {
                self.changed.notify_one();
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.state.lock().behind.is_empty()
    }

    pub fn close(&self) {
        self.state.lock().closing = true;
        self.changed.notify_one();
    }

    fn is_closing(&self) -> bool {
        self.state.lock().closing
    }

    /// Waits for work and then for more of it. False at the end.
    async fn wait(&self) -> bool {
        loop {
            let (idle, closing) = {
                let state = self.state.lock();
                (state.queue.is_empty(), state.closing)
            };
            match (idle, closing) {
                (_, true) => return false,
                (true, _) => self.changed.notified().await,
                (false, _) => return self.pause(GATHER).await,
            }
        }
    }

    /// False if the end came.
    async fn pause(&self, time: Duration) -> bool {
        let closed = async {
            while !self.is_closing() {
                self.changed.notified().await;
            }
        };
        let _ = timeout(time, closed).await;
        !self.is_closing()
    }

    /// The streams that waited longest. Whoever takes them must read the log after that, not before: a touch that comes
    /// in between is then seen by the read, and one that comes later is kept.
    fn take(&self) -> Vec<(StreamId, bool)> {
        let mut state = self.state.lock();
        let count = state.queue.len().min(STREAMS);
        let streams: Vec<_> = state.queue.drain(..count).map(|stream| (stream, false)).collect();
        for (stream, _) in &streams {
            state.behind.insert(*stream, false);
        }
        streams
    }

    /// Work on these streams is done: whether it was complete decides if they are.
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

pub(super) struct Indexer {
    pub log: MongoLog,
    pub backlog: Arc<Backlog>,
}

impl Indexer {
    /// Follows the log until the backlog is closed.
    pub async fn run(self) {
        let mut scanned = false;
        while !self.backlog.is_closing() {
            if let Err(error) = self.follow(&mut scanned).await {
                tracing::warn!(%error, "message search falls behind; it tries again");
                metrics::counter!("studyhall_search_failures_total").increment(1);
                self.backlog.pause(RETRY).await;
            }
        }
    }

    async fn follow(&self, scanned: &mut bool) -> Outcome<()> {
        if !*scanned {
            self.scan().await?;
            *scanned = true;
        }
        while self.backlog.wait().await {
            while self.step().await? {}
        }
        Ok(())
    }

    async fn epoch(&self) -> Outcome<Epoch> {
        self.log.epoch().await.map_err(|_| Failure::Busy("the epoch cannot be read"))
    }

    /// Finds the streams whose events were not indexed when a node ended, unless another node is doing that.
    async fn scan(&self) -> Outcome<()> {
        let mongo = self.log.mongo();
        if !self.lease().await? {
            return Ok(());
        }
        let epoch = self.epoch().await?;
        mongo.collection("search").delete_many(doc! { "epoch": { "$lt": epoch } }).await?;
        let mut after = None;
        loop {
            let streams = read::streams_after(mongo, after, SCAN).await?;
            let Some((last, _)) = streams.last() else { break };
            after = Some(*last);
            let ids: Vec<StreamId> = streams.iter().map(|(stream, _)| *stream).collect();
            let indexed = progress::of(mongo, epoch, &ids).await?;
            for (stream, head) in streams {
                if indexed.get(&stream).is_none_or(|to| *to < head) {
                    self.backlog.touch(stream);
                }
            }
            if self.backlog.is_closing() || !self.lease_again().await? {
                return Ok(());
            }
        }
        mongo.collection("meta").delete_one(doc! { "_id": "search-scan" }).await?;
        Ok(())
    }

    /// Whether this node may scan.
    async fn lease(&self) -> Outcome<bool> {
        let meta = self.log.mongo().collection("meta");
        let (now, until) = (DateTime::now(), DateTime::now().saturating_add_duration(LEASE));
        let ended = doc! { "_id": "search-scan", "until": { "$lt": now } };
        match meta.update_one(ended, doc! { "$set": { "until": until } }).upsert(true).await {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn lease_again(&self) -> Outcome<bool> {
        let meta = self.log.mongo().collection("meta");
        let until = DateTime::now().saturating_add_duration(LEASE);
        let updated = meta.update_one(doc! { "_id": "search-scan" }, doc! { "$set": { "until": until } }).await?;
        Ok(updated.matched_count > 0)
    }

    /// One round. False when nothing waits, or the end has come.
    async fn step(&self) -> Outcome<bool> {
        let mut work = self.backlog.take();
        if work.is_empty() {
            return Ok(false);
        }
        let outcome = match self.epoch().await {
            Ok(epoch) => index::follow(&self.log, epoch, &mut work, CHUNK).await,
            Err(failure) => Err(failure),
        };
        if outcome.is_err() {
            for (_, complete) in &mut work {
                *complete = false;
            }
        }
        self.backlog.settle(&work);
        metrics::counter!("studyhall_search_indexed_events_total").increment(outcome?.unsigned_abs());
        // What sends and reads need comes first.
        sleep(Duration::from_millis(1)).await;
        Ok(!self.backlog.is_closing())
    }
}
