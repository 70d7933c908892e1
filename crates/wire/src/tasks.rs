//! Work that the server owes, as administrators see it.

use serde::{Deserialize, Serialize};

use crate::{TaskId, Timestamp};

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TaskState {
    /// Waits for its time, or for another try.
    Queued,
    Running,
    Done,
    /// Failed too often. It stays so until somebody asks for another try.
    Dead,
}

/// A task. Its payload holds ids, no names or texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
