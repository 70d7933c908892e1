//! Problem details (RFC 9457) and the one table of error codes.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, as a stable word that clients may match on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable `snake_case` word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// A short summary that does not change from occurrence to occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    Malformed, "malformed", 400, "The request could not be understood";
    UnknownOp, "unknown_op", 400, "The operation is not known";
    Unauthenticated, "unauthenticated", 401, "Sign in first";
    TokenInvalid, "token_invalid", 401, "The token is not valid";
    TokenExpired, "token_expired", 401, "The token has expired";
    TokenReused, "token_reused", 401, "The refresh token was used before";
    SessionEnded, "session_ended", 401, "The session has ended";
    InvalidCredentials, "invalid_credentials", 401, "The username or password is wrong";
    Forbidden, "forbidden", 403, "This is not allowed";
    AccountSuspended, "account_suspended", 403, "The account is suspended";
    WrongPassword, "wrong_password", 403, "The password is wrong";
    DmNotAllowed, "dm_not_allowed", 403, "This person does not take direct messages from you";
    Blocked, "blocked", 403, "One of you has blocked the other";
    Banned, "banned", 403, "You are banned from this group";
    InviteOnly, "invite_only", 403, "This group takes people by invitation";
    GroupArchived, "group_archived", 403, "Nobody writes in an archived group";
    RegistrationClosed, "registration_closed", 403, "Registration is closed";
    NotFound, "not_found", 404, "Not found";
    InviteInvalid, "invite_invalid", 404, "The invitation is spent, expired or withdrawn";
    ResetInvalid, "reset_invalid", 404, "The link for a new password is spent, expired or withdrawn";
    MethodNotAllowed, "method_not_allowed", 405, "The method is not allowed here";
    UsernameTaken, "username_taken", 409, "The username is taken";
    EmailTaken, "email_taken", 409, "The e-mail address is taken";
    ClientIdReused, "client_id_reused", 409, "The client_id was used for another message";
    MessageDeleted, "message_deleted", 409, "The message was deleted";
    AlreadyFriends, "already_friends", 409, "You are friends already";
    AlreadyRequested, "already_requested", 409, "You have asked already";
    TooManyRequests, "too_many_requests", 409, "Too many of your requests wait for an answer";
    OwnerMustTransfer, "owner_must_transfer", 409, "Transfer the groups you own first";
    ReportResolved, "report_resolved", 409, "The report was resolved already";
    LastSuperuser, "last_superuser", 409, "The last superuser must stay";
    TaskNotRetryable, "task_not_retryable", 409, "The task is running or done";
    TooLarge, "too_large", 413, "The content is too large";
    UnsupportedMediaType, "unsupported_media_type", 415, "The media type is not supported";
    ValidationFailed, "validation_failed", 422, "Some fields are not valid";
    RateLimited, "rate_limited", 429, "Too many requests";
    Internal, "internal", 500, "Something went wrong on our side";
    Unavailable, "unavailable", 503, "A part of the service is not available";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `application/problem+json`. `errors` is there for 422 only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    pub title: Cow<'static, str>,
    pub status: u16,
    /// One of [`ErrorCode`], kept as text so that a client understands newer servers.
    pub code: Cow<'static, str>,
    /// What happened this time, and what to do.
    pub detail: Cow<'static, str>,
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of this code; `detail` says what to do.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: Cow::Owned(format!("urn:studyhall:problem:{code}")),
            title: Cow::Borrowed(code.title()),
            status: code.status(),
            code: Cow::Borrowed(code.as_str()),
            detail: detail.into(),
            request_id: String::new(),
            errors: Vec::new(),
        }
    }
}

/// One field that fails validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    pub field: Cow<'static, str>,
    /// A stable word: `required`, `too_short`, `too_long`, `out_of_range`, `invalid`, `nul`, `exclusive`.
    pub code: Cow<'static, str>,
    pub message: Cow<'static, str>,
}

impl FieldError {
    pub fn new(field: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}
