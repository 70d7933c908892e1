//! What each job does. All of it may be done twice.

use std::time::Duration;

use studyhall_wire::Timestamp;

use super::{Parts, in_future};
use crate::{
    Result, now,
    ports::{BlobId, Doom, Job},
};

const HOUR: Duration = Duration::from_hours(1);
/// How long spent tokens, ended sessions and revocations are kept: as long as a session may stay unused, so that a
/// stolen token is recognised for as long as it could have been good.
const KEEP_SESSIONS: Duration = Duration::from_hours(30 * 24);
/// How long tasks that were done are shown.
const KEEP_TASKS: Duration = Duration::from_hours(30 * 24);
/// An upload that has not ended after so long never will.
const UPLOAD: Duration = Duration::from_hours(24);
/// More than erasing one blob takes.
const ERASING: Duration = Duration::from_mins(10);

/// What there is after a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Nothing,
    /// The same, at this time: it could not be done yet, and nothing is wrong.
    At(Timestamp),
}

/// Jobs that every community has, and how often each comes.
pub fn recurring() -> [(Job, Duration); 3] {
    [(Job::PruneSessions {}, 6 * HOUR), (Job::PruneTasks {}, 24 * HOUR), (Job::SweepUploads {}, HOUR)]
}

pub async fn perform(parts: &Parts, job: Job) -> Result<Next> {
    match job {
        Job::EraseBlob { blob } => return erase_blob(parts, &blob).await,
        Job::EraseStream { stream } => {
            parts.log.erase(stream).await?;
            parts.search.touch(stream);
        }
        Job::PruneSessions {} => parts.sessions.prune_sessions(ago(KEEP_SESSIONS)).await?,
        Job::PruneTasks {} => parts.store.prune_tasks(ago(KEEP_TASKS)).await?,
        Job::SweepUploads {} => parts.blobs.sweep(ago(UPLOAD)).await?,
        Job::RebuildSearch {} => parts.search.rebuild().await?,
    }
    Ok(Next::Nothing)
}

async fn erase_blob(parts: &Parts, blob: &BlobId) -> Result<Next> {
    match parts.ledger.doom_blob(blob, in_future(ERASING), now()).await? {
        Doom::Referred => {}
        Doom::Held(until) => return Ok(Next::At(until)),
        Doom::Doomed => {
            parts.blobs.delete(blob).await?;
            parts.ledger.blob_erased(blob).await?;
        }
    }
    Ok(Next::Nothing)
}

fn ago(time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now().as_millis().saturating_sub(millis))
}
