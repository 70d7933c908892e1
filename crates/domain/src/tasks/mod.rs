//! Work that is owed: run at least once, by whichever node takes it, and retried until it is done or dead.
//!
//! A change writes the row of its task in its own transaction. A [queue](crate::ports::TaskQueue) brings due rows here;
//! [`Tasks`] runs each under a lease that it extends, and stores how it ended. A worker that is killed loses nothing: its
//! lease ends, and the task is due again.

mod admin;
mod jobs;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rand::Rng as _;
use studyhall_wire::Timestamp;

use self::jobs::Next;
use crate::{
    Error, Result, now,
    ports::{
        AuditStore, BlobLedger, BlobStore, Claim, Ending, EventLog, Job, SearchIndex, SessionStore, TaskQueue,
        TaskRunner, TaskStore,
    },
};

/// How long a claim holds without being extended: so long does a killed worker's task wait.
pub const LEASE: Duration = Duration::from_mins(1);
/// Attempts after which a task is dead: about an hour and a half after the first.
const ATTEMPTS: u32 = 12;
/// From the first failure to the second attempt; doubled each time, up to the longest.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_hours(1);

/// What [`Tasks`] stands on.
pub struct Parts {
    pub store: Arc<dyn TaskStore>,
    pub audit: Arc<dyn AuditStore>,
    pub queue: Arc<dyn TaskQueue>,
    pub sessions: Arc<dyn SessionStore>,
    pub ledger: Arc<dyn BlobLedger>,
    pub blobs: Arc<dyn BlobStore>,
    pub log: Arc<dyn EventLog>,
    pub search: Arc<dyn SearchIndex>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Tasks(Arc<Parts>);

impl std::fmt::Debug for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

/// The moment `after` from now.
#[must_use]
pub fn in_future(after: Duration) -> Timestamp {
    let millis = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_add(millis))
}

impl Tasks {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Something was owed just now: a hint that makes it fast.
    pub fn wake(&self) {
        self.0.queue.wake();
    }

    /// Has the search index made anew, by one of the nodes.
    pub async fn rebuild_search(&self) -> Result<()> {
        self.0.store.enqueue_task(Job::RebuildSearch {}, now(), now()).await?;
        self.wake();
        Ok(())
    }

    /// Runs what is due, for ever.
    pub async fn run(&self) {
        while let Err(error) = self.ensure_recurring().await {
            tracing::warn!(%error, "recurring tasks could not be set up; trying again");
            tokio::time::sleep(SHORTEST).await;
        }
        self.0.queue.run(Arc::new(self.clone())).await;
    }

    async fn ensure_recurring(&self) -> Result<()> {
        for (job, every) in jobs::recurring() {
            // Not at the start, which has enough to do.
            self.0.store.ensure_recurring(job, in_future(every.min(Duration::from_mins(1))), now()).await?;
        }
        Ok(())
    }

    async fn attempt(&self, claim: &Claim) -> Result<Next> {
        let job = Job::read(&claim.task.kind, &claim.task.payload)?;
        tokio::select! {
            next = jobs::perform(&self.0, job) => next,
            lost = self.hold(claim) => Err(lost),
        }
    }

    /// Extends the claim for as long as it is polled. Gives the reason where it is lost.
    async fn hold(&self, claim: &Claim) -> Error {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            match self.0.store.extend_task(claim, in_future(LEASE)).await {
                Ok(true) => {}
                Ok(false) => return Error::unavailable("tasks", "the lease was lost"),
                // There is time for another try before the lease ends.
                Err(error) => tracing::warn!(%error, task.id = %claim.task.id, "a lease was not extended"),
            }
        }
    }
}

#[async_trait]
impl TaskRunner for Tasks {
    async fn run(&self, claim: Claim) -> Result<Ending> {
        let task = &claim.task;
        let result = self.attempt(&claim).await;
        let outcome = if result.is_ok() { "done" } else { "failed" };
        metrics::counter!("studyhall_tasks_total", "outcome" => outcome).increment(1);
        if let Err(error) = &result {
            tracing::warn!(%error, task.id = %task.id, task.kind, task.attempts, "a task failed");
        }
        let ending = ending(task.recurring, &task.kind, task.attempts, result);
        if !self.0.store.finish_task(&claim, ending.clone(), now()).await? {
            return Err(Error::unavailable("tasks", "the lease was lost before the task ended"));
        }
        Ok(ending)
    }
}

fn ending(recurring: bool, kind: &str, attempts: u32, result: Result<Next>) -> Ending {
    let every = jobs::recurring().into_iter().find(|(job, _)| recurring && job.kind() == kind).map(|(_, every)| every);
    match (result, every) {
        (Ok(Next::At(at)), _) => Ending::Again { at, error: None },
        (Ok(Next::Nothing), None) => Ending::Done,
        (Ok(Next::Nothing), Some(every)) => Ending::Again { at: in_future(every), error: None },
        (Err(error), None) if attempts >= ATTEMPTS => Ending::Dead { error: error.to_string() },
        (Err(error), every) => {
            let pause = backoff(attempts).min(every.unwrap_or(LONGEST));
            Ending::Again { at: in_future(pause), error: Some(error.to_string()) }
        }
    }
}

/// How long to wait after this many attempts: exponential, with jitter, so that what failed together does not come back
/// together.
fn backoff(attempts: u32) -> Duration {
    let longest = SHORTEST.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(LONGEST);
    longest.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<Next> {
        Err(Error::unavailable("blobs", "no answer"))
    }

    #[test]
    fn backoff_grows_and_stays_within_bounds() {
        for attempts in 0..100 {
            let pause = backoff(attempts);
            assert!(pause >= SHORTEST / 2 && pause <= LONGEST, "{attempts}: {pause:?}");
        }
        assert!(backoff(1) <= SHORTEST && backoff(6) >= 16 * SHORTEST && backoff(ATTEMPTS) >= LONGEST / 2);
    }

    #[test]
    fn what_fails_is_tried_again_and_dies_in_the_end() {
        assert_eq!(ending(false, "erase_blob", 1, Ok(Next::Nothing)), Ending::Done);
        assert!(matches!(ending(false, "erase_blob", 1, failed()), Ending::Again { error: Some(_), .. }));
        let last = ending(false, "erase_blob", ATTEMPTS, failed());
        assert!(matches!(&last, Ending::Dead { error } if error.contains("blobs")), "{last:?}");
    }

    #[test]
    fn what_recurs_never_dies() {
        for (job, _) in jobs::recurring() {
            assert!(matches!(ending(true, job.kind(), 1, Ok(Next::Nothing)), Ending::Again { error: None, .. }));
            assert!(matches!(ending(true, job.kind(), 99, failed()), Ending::Again { error: Some(_), .. }));
            assert_eq!(ending(false, job.kind(), 1, Ok(Next::Nothing)), Ending::Done, "asked for once");
        }
    }
}
