//! From the domain's error to `application/problem+json` (RFC 9457).
//!
//! Which to use when: handlers and extractors return [`Result`] and `?` on what services give them. A failure leaves
//! here as an empty response that carries its [`Failure`]; the frame around every request fills in the request id,
//! logs what needs logging and writes the body. So what actix itself refuses (an unknown path, another method) gets
//! the same shape in the same place.

use std::fmt;

use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, http::StatusCode, http::header};
use studyhall_domain::{Error, Throttled};
use studyhall_wire::{ErrorCode, Problem};

pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// Seconds after which a dependency that was down is worth another try.
const UNAVAILABLE_RETRY_S: u64 = 5;

/// A domain error on its way out.
#[derive(Debug)]
pub struct ApiError(pub Error);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status(self.0.code())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match &self.0 {
            Error::RateLimited(throttled) => rate_limit_headers(&mut response, *throttled),
            Error::Unavailable { .. } => {
                response.insert_header((header::RETRY_AFTER, UNAVAILABLE_RETRY_S));
            }
            Error::Unauthorized(code) => {
                response.insert_header((header::WWW_AUTHENTICATE, challenge(*code)));
            }
            Error::Malformed(_)
            | Error::Forbidden(_)
            | Error::NotFound(_)
            | Error::Absent(_)
            | Error::Conflict(_)
            | Error::TooLarge { .. }
            | Error::UnsupportedMediaType(_)
            | Error::Invalid(_)
            | Error::Internal(_) => {}
        }
        let mut response = response.finish();
        let cause = self.status_code().is_server_error().then(|| self.0.to_string());
        response.extensions_mut().insert(Failure { problem: self.0.problem(), cause });
        response
    }
}

/// What went wrong, carried by a response until its body is written.
#[derive(Clone, Debug)]
pub struct Failure {
    pub problem: Problem,
    /// What the log is told and the client is not.
    pub cause: Option<String>,
}

impl Failure {
    /// For a response that carries no failure of ours: what actix itself refused.
    pub fn from_status(status: StatusCode, cause: Option<String>) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
            status if status.is_server_error() => ErrorCode::Internal,
            _ => ErrorCode::Malformed,
        };
        let detail = match code {
            ErrorCode::NotFound => "There is nothing at this path.",
            ErrorCode::MethodNotAllowed => "The Allow header names the methods that this path takes.",
            ErrorCode::Internal => "The request id helps the operator to find the cause.",
            other => other.title(),
        };
        Self { problem: Problem::new(code, detail), cause }
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The table in `wire` is the one place that says which status a code has.
fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// `Retry-After` (RFC 9110, section 10.2.3) and the `RateLimit-*` fields of draft-ietf-httpapi-ratelimit-headers-06.
fn rate_limit_headers(response: &mut HttpResponseBuilder, throttled: Throttled) {
    let wait = throttled.retry_after.as_secs() + u64::from(throttled.retry_after.subsec_nanos() > 0);
    let wait = wait.max(1);
    response
        .insert_header((header::RETRY_AFTER, wait))
        .insert_header(("RateLimit-Limit", throttled.limit.to_string()))
        .insert_header(("RateLimit-Remaining", "0"))
        .insert_header(("RateLimit-Reset", wait.to_string()));
}

/// RFC 6750, section 3: a token that was sent and does not count is named as the reason.
fn challenge(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::TokenInvalid | ErrorCode::TokenExpired | ErrorCode::TokenReused | ErrorCode::SessionEnded => {
            "Bearer realm=\"studyhall\", error=\"invalid_token\""
        }
        _ => "Bearer realm=\"studyhall\"",
    }
}
