//! Administration: accounts as an administrator sees them, the audit log, figures.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AuditId, Role, Timestamp, User, UserId};

/// An account as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminUser {
    #[serde(flatten)]
    pub user: User,
    /// A verified address.
    pub email: Option<String>,
    pub suspended: bool,
    pub suspended_at: Option<Timestamp>,
    /// When a session of theirs was refreshed last; none where there is no session.
    pub last_used_at: Option<Timestamp>,
}

/// What is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateUser {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// A link by which somebody sets a new password, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetLink {
    /// The token is its last segment.
    pub url: String,
    pub expires_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmReset {
    /// The last segment of the link.
    pub token: String,
    pub new_password: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AuditOutcome {
    Done,
    Denied,
}

impl AuditOutcome {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
        }
    }
}

/// One entry of the audit log. `hash` is the SHA-256, in hex, of the UTF-8 of the JSON array, without spaces,
/// `[number,id,at,actor_id,action,target,detail,outcome,prev_hash]`, the keys of `detail` sorted by bytes and non-ASCII
/// text unescaped; `prev_hash` is the `hash` of the entry before, or 64 zeros.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditId,
    /// From 1, without holes.
    pub number: i64,
    pub at: Timestamp,
    /// None for what an operator did on the command line.
    pub actor_id: Option<UserId>,
    /// A stable word such as `user.set_role`.
    pub action: String,
    /// The id of what it was done to; a message is `conversation_id/seq`.
    pub target: Option<String>,
    /// Ids and words that say more; `{}` where there is no more to say.
    pub detail: Value,
    pub outcome: AuditOutcome,
    pub prev_hash: String,
    pub hash: String,
}

/// Figures of this instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    /// Accounts, deleted ones not counted.
    pub users: u64,
    pub users_by_role: Vec<RoleCount>,
    pub suspended_users: u64,
    /// Accounts with a session that was refreshed within a day.
    pub active_users: u64,
    pub sessions: u64,
    pub direct_conversations: u64,
    pub group_conversations: u64,
    pub open_reports: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleCount {
    pub role: Role,
    pub count: u64,
}
