//! Reports of messages, and what a moderator makes of them.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Message, ReportId, Seq, Timestamp, User};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportState {
    Open,
    Resolved,
}

/// What a report led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportAction {
    /// Nothing was done.
    Dismiss,
    DeleteMessage,
    /// The message's author was suspended.
    SuspendUser,
}

impl ReportAction {
    pub const ALL: [Self; 3] = [Self::Dismiss, Self::DeleteMessage, Self::SuspendUser];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::DeleteMessage => "delete_message",
            Self::SuspendUser => "suspend_user",
        }
    }
}

/// A report as moderators see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    pub id: ReportId,
    /// As it stands now: a deleted one has no text.
    pub message: Message,
    /// Who wrote it.
    pub author: User,
    pub reporter: User,
    pub reason: String,
    pub state: ReportState,
    pub action: Option<ReportAction>,
    /// For the moderators among themselves.
    pub note: Option<String>,
    pub resolved_by: Option<User>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateReport {
    pub conversation_id: ConversationId,
    pub seq: Seq,
    /// 1–1,000 characters.
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolveReport {
    pub action: ReportAction,
    /// At most 1,000 characters, for the moderators among themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
