//! The one error of the domain and of everything behind its ports.
//!
//! Which to use when: what a caller did wrong has a variant that says which status it becomes, and carries the code
//! from the table in `wire`; a dependency that does not answer is [`Error::Unavailable`]; what must not happen is
//! [`Error::Internal`], whose cause is logged once at the boundary and never shown.

use std::{borrow::Cow, time::Duration};

use studyhall_wire::{ErrorCode, FieldError, Problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: not to be understood.
    #[error("malformed: {0}")]
    Malformed(Cow<'static, str>),
    /// 401: no token, or one that does not count any more.
    #[error("unauthorized: {0}")]
    Unauthorized(ErrorCode),
    /// 403: known, but not allowed.
    #[error("forbidden: {0}")]
    Forbidden(ErrorCode),
    /// 404: absent, or not visible to the caller. Names what was looked for.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// 404, with a word of its own.
    #[error("absent: {0}")]
    Absent(ErrorCode),
    /// 409.
    #[error("conflict: {0}")]
    Conflict(ErrorCode),
    /// 413.
    #[error("too large, at most {limit} bytes")]
    TooLarge { limit: u64 },
    /// 415.
    #[error("unsupported media type: {0}")]
    UnsupportedMediaType(&'static str),
    /// 422: fails validation, field by field.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// 429.
    #[error("rate limited")]
    RateLimited(Throttled),
    /// 503: a dependency, named as in `/readyz`, does not answer. Heals by itself.
    #[error("{dependency} is unavailable: {cause}")]
    Unavailable { dependency: &'static str, cause: String },
    /// 500: a defect of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// How a rate limit refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Requests allowed in a burst.
    pub limit: u32,
    /// When the next one is.
    pub retry_after: Duration,
}

impl Error {
    /// One field that fails validation.
    pub fn invalid(field: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    pub fn unavailable(dependency: &'static str, cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { dependency, cause: cause.to_string() }
    }

    /// The same for somebody else who waited for the same work.
    #[must_use]
    pub(crate) fn for_another(&self) -> Self {
        match self {
            Self::Unavailable { dependency, cause } => Self::Unavailable { dependency, cause: cause.clone() },
            other => Self::Internal(other.to_string()),
        }
    }

    /// The code that a client sees.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::Unauthorized(code) | Self::Forbidden(code) | Self::Absent(code) | Self::Conflict(code) => *code,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::TooLarge { .. } => ErrorCode::TooLarge,
            Self::UnsupportedMediaType(_) => ErrorCode::UnsupportedMediaType,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::RateLimited(_) => ErrorCode::RateLimited,
            Self::Unavailable { .. } => ErrorCode::Unavailable,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// What a client is told: never a cause that comes from inside.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let detail: Cow<'static, str> = match self {
            Self::Malformed(what) => what.clone(),
            Self::Unauthorized(code) => unauthorized_detail(*code).into(),
            Self::Forbidden(code) | Self::Absent(code) | Self::Conflict(code) => code.title().into(),
            Self::NotFound(what) => format!("There is no such {what} here, or you may not see it.").into(),
            Self::TooLarge { limit } => format!("At most {limit} bytes are taken.").into(),
            Self::UnsupportedMediaType(accepted) => format!("Send {accepted}.").into(),
            Self::Invalid(_) => "See errors for each field.".into(),
            Self::RateLimited(t) => format!("Try again in {} s.", t.retry_after.as_secs().max(1)).into(),
            Self::Unavailable { dependency, .. } => format!("{dependency} does not answer; try again soon.").into(),
            Self::Internal(_) => "The request id helps the operator to find the cause.".into(),
        };
        let mut problem = Problem::new(self.code(), detail);
        if let Self::Invalid(errors) = self {
            problem.errors.clone_from(errors);
        }
        problem
    }
}

fn unauthorized_detail(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::TokenExpired => "Refresh the session, then try again.",
        ErrorCode::TokenReused | ErrorCode::SessionEnded => "Sign in again.",
        other => other.title(),
    }
}
