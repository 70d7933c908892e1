use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use studyhall_wire::{StreamId, TaskId, TaskState, Timestamp};
use uuid::Uuid;

use super::BlobId;
use crate::{Error, Result, audit::Act};

/// What there is to do, by its ids. The row keeps it as `kind` and `payload`, so a kind never changes its meaning; each
/// is idempotent, since a task runs at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Job {
    /// Deletes a blob, unless something refers to it again.
    EraseBlob { blob: BlobId },
    /// Erases all events of a stream, and what search knows of it.
    EraseStream { stream: StreamId },
    /// Forgets sessions, tokens and addresses that are too old to be of use.
    PruneSessions {},
    /// Forgets tasks that were done long ago.
    PruneTasks {},
    /// Clears uploads that were begun and never finished.
    SweepUploads {},
    /// Builds the search index anew from the log.
    RebuildSearch {},
}

impl Job {
    /// The word by which it is stored.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EraseBlob { .. } => "erase_blob",
            Self::EraseStream { .. } => "erase_stream",
            Self::PruneSessions {} => "prune_sessions",
            Self::PruneTasks {} => "prune_tasks",
            Self::SweepUploads {} => "sweep_uploads",
            Self::RebuildSearch {} => "rebuild_search",
        }
    }

    /// Its ids, as JSON.
    ///
    /// # Errors
    /// `Internal`, which cannot happen for the variants there are.
    pub fn payload(&self) -> Result<serde_json::Value> {
        let mut whole = serde_json::to_value(self).map_err(Error::internal)?;
        Ok(whole["payload"].take())
    }

    /// From what is stored.
    ///
    /// # Errors
    /// `Internal` for a kind that this version does not know, or a payload that does not go with it.
    pub fn read(kind: &str, payload: &serde_json::Value) -> Result<Self> {
        let whole = serde_json::json!({ "kind": kind, "payload": payload });
        serde_json::from_value(whole).map_err(|error| Error::internal(format!("no such task: {error}")))
    }
}

/// A task as it is stored. Its kind may be one that this version does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: TaskId,
    pub kind: String,
    pub payload: serde_json::Value,
    pub state: TaskState,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: u32,
    /// What went wrong last.
    pub error: Option<String>,
    /// Comes again after it was done.
    pub recurring: bool,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// A task that somebody may run alone until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub task: Task,
    /// Whoever claims the task after the lease has another one, and this one is void.
    pub lease: Uuid,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// Failed, or recurring: to be run again at this time. Without an error the attempts count anew.
    Again {
        at: Timestamp,
        error: Option<String>,
    },
    /// Failed for good, until somebody asks for another try.
    Dead {
        error: String,
    },
}

/// Tasks in the relational database, which is the truth about them in both modes. Every method is one transaction.
///
/// A task is due when its time has come and nobody holds a lease on it. A change that causes a task writes its row in
/// the change's own transaction; what is here is for everything after that.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// A task that no other change causes.
    async fn enqueue_task(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<TaskId>;

    /// Sees to it that `job` has its one recurring task: due at `run_at` where it is new, untouched where it is there.
    async fn ensure_recurring(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<()>;

    /// Takes due tasks to run them, the longest due first: each is begun once more.
    async fn claim_tasks(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Claim>>;

    /// Takes due tasks to hand them to a broker. They stay queued, and are due again after `until`, in case that the
    /// broker loses them.
    async fn hand_over_tasks(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Task>>;

    /// The broker did not take these: they are due as before.
    async fn take_back_tasks(&self, ids: &[TaskId]) -> Result<()>;

    /// Takes one task that a broker delivered, to run it. `None` where it is done, not due, or another's.
    async fn begin_task(&self, id: TaskId, now: Timestamp, until: Timestamp) -> Result<Option<Claim>>;

    /// Holds a claim for longer. False where it is void.
    async fn extend_task(&self, claim: &Claim, until: Timestamp) -> Result<bool>;

    /// Ends a claim. False where it was void, and nothing was changed.
    async fn finish_task(&self, claim: &Claim, ending: Ending, now: Timestamp) -> Result<bool>;

    /// The newest first, those with a lower id than `before`.
    async fn tasks(&self, state: Option<TaskState>, before: Option<TaskId>, limit: u32) -> Result<Vec<Task>>;

    /// Makes a dead task due at once, its attempts counted anew. A task that waits for another try has it now.
    /// `NotFound`; `Conflict(TaskNotRetryable)` for one that runs or is done.
    /// `act` is recorded with it.
    async fn retry_task(&self, id: TaskId, act: &Act, now: Timestamp) -> Result<Task>;

    /// Forgets tasks that were done before `before`.
    async fn prune_tasks(&self, before: Timestamp) -> Result<()>;
}

/// Brings due tasks to whoever runs them.
#[async_trait]
pub trait TaskQueue: Send + Sync {
    /// Runs due tasks for ever. Called once, at boot.
    async fn run(&self, runner: std::sync::Arc<dyn TaskRunner>);

    /// Something may be due: a hint that makes it fast.
    fn wake(&self);
}

/// Runs claimed tasks: the domain, as queues know it.
#[async_trait]
pub trait TaskRunner: Send + Sync {
    /// Runs the task under its lease, and stores how it ended. What fails is in the row, not here; an error means that
    /// the ending could not be stored, and that the task is due again when its lease ends.
    async fn run(&self, claim: Claim) -> Result<Ending>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_stored_by_kind_and_payload() {
        let jobs = [
            Job::EraseBlob { blob: BlobId("00".to_owned()) },
            Job::EraseStream { stream: StreamId::new() },
            Job::PruneSessions {},
            Job::PruneTasks {},
            Job::SweepUploads {},
            Job::RebuildSearch {},
        ];
        for job in jobs {
            let payload = job.payload().expect("a payload");
            assert!(payload.is_object(), "{payload}");
            assert_eq!(Job::read(job.kind(), &payload).expect("known"), job);
        }
        for (kind, payload) in [("make_tea", "{}"), ("erase_stream", "{}"), ("erase_blob", "[]"), ("", "null")] {
            let payload = serde_json::from_str(payload).expect("JSON");
            assert!(matches!(Job::read(kind, &payload), Err(Error::Internal(_))), "{kind}");
        }
    }
}
