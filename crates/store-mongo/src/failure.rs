//! What can go wrong below, and what the domain hears of it.

use mongodb::{bson, error::ErrorKind};
use studyhall_domain::Error;

/// As it is called in `/readyz`.
pub(crate) const DEPENDENCY: &str = "mongodb";
/// Two documents with one key.
pub(crate) const DUPLICATE_KEY: i32 = 11000;

pub(crate) type Outcome<T> = Result<T, Failure>;

/// A read or a write that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Driver(#[from] mongodb::error::Error),
    #[error("stored document: {0}")]
    Document(#[from] bson::error::Error),
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("stored document: {0}")]
    Shape(&'static str),
    #[error("{0}")]
    Busy(&'static str),
}

impl Failure {
    /// What the server or the way to it lacks heals by itself and is [`Error::Unavailable`]; what is stored and cannot
    /// be understood, or a request that is wrong, is a defect.
    pub fn into_domain(self) -> Error {
        match &self {
            Self::Driver(error) if !is_defect(error) => Error::unavailable(DEPENDENCY, self),
            Self::Busy(_) => Error::unavailable(DEPENDENCY, self),
            Self::Driver(_) | Self::Document(_) | Self::Json(_) | Self::Shape(_) => {
                Error::Internal(format!("{DEPENDENCY}: {self}"))
            }
        }
    }
}

fn is_defect(error: &mongodb::error::Error) -> bool {
    /// `BadValue`, `FailedToParse`, `TypeMismatch`, and an index that a hint names and that is not there.
    const WRONG_REQUEST: [i32; 3] = [2, 9, 14];
    match &*error.kind {
        ErrorKind::InvalidArgument { .. } | ErrorKind::Bson(_) => true,
        ErrorKind::Command(command) => WRONG_REQUEST.contains(&command.code),
        _ => false,
    }
}

/// The document is there already.
pub(crate) fn is_duplicate(error: &mongodb::error::Error) -> bool {
    use mongodb::error::WriteFailure::WriteError;
    match &*error.kind {
        ErrorKind::Write(WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(command) => command.code == DUPLICATE_KEY,
        _ => false,
    }
}
