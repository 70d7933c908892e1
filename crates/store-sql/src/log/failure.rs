//! What can go wrong below, and what the domain hears of it.

use rusqlite::{ErrorCode, types::FromSqlError};
use studyhall_domain::Error;

pub(super) type Outcome<T> = Result<T, ReadError>;

/// A read or a write that failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Column(#[from] FromSqlError),
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("stored id: {0}")]
    Id(#[from] uuid::Error),
}

impl ReadError {
    /// The disk's trouble heals by itself and is [`Error::Unavailable`]; what is stored and cannot be understood, or
    /// a statement that is wrong, is a defect.
    pub fn into_domain(self, dependency: &'static str) -> Error {
        match &self {
            Self::Sqlite(error) if is_outage(error) => Error::unavailable(dependency, self),
            _ => Error::Internal(format!("{dependency}: {self}")),
        }
    }
}

/// Full disk, I/O error, a lock that somebody else holds, a damaged or missing file.
pub(super) fn is_outage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::OutOfMemory
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

/// Two rows with one key.
pub(super) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
