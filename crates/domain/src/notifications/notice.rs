//! What a notification tells of: ids and words, from which a text is written for each reader.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studyhall_wire::{ConversationId, FileId, GroupId, NotificationKind, ReportAction, ReportId, Seq, UserId};

use crate::{Error, Result};

/// A kind of notification with its `data`. People are ids; groups and files have their name as it was, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum Notice {
    Mention {
        conversation_id: ConversationId,
        seq: Seq,
        user_id: UserId,
    },
    DirectMessage {
        conversation_id: ConversationId,
        seq: Seq,
        user_id: UserId,
    },
    FriendRequest {
        user_id: UserId,
    },
    FriendAccepted {
        user_id: UserId,
    },
    /// `code` is taken by `POST /invites/{code}/accept`.
    GroupInvite {
        group_id: GroupId,
        group_name: String,
        code: String,
        user_id: UserId,
    },
    JoinRequest {
        group_id: GroupId,
        group_name: String,
        user_id: UserId,
    },
    JoinApproved {
        group_id: GroupId,
        group_name: String,
    },
    JoinDenied {
        group_id: GroupId,
        group_name: String,
    },
    /// Without a group, it is the global role.
    RoleChanged {
        role: String,
        #[serde(flatten)]
        group: Option<NamedGroup>,
    },
    FileShared {
        file_id: FileId,
        file_name: String,
        user_id: UserId,
    },
    ReportResolved {
        report_id: ReportId,
        action: ReportAction,
    },
    Security {
        event: SecurityEvent,
    },
}

/// A group with its name as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedGroup {
    pub group_id: GroupId,
    pub group_name: String,
}

/// What happened to an account without its owner's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEvent {
    /// Somebody with a reset link, or an operator, set another password.
    PasswordReset,
    /// An administrator let the account in again.
    Restored,
}

impl Notice {
    #[must_use]
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::Mention { .. } => NotificationKind::Mention,
            Self::DirectMessage { .. } => NotificationKind::DirectMessage,
            Self::FriendRequest { .. } => NotificationKind::FriendRequest,
            Self::FriendAccepted { .. } => NotificationKind::FriendAccepted,
            Self::GroupInvite { .. } => NotificationKind::GroupInvite,
            Self::JoinRequest { .. } => NotificationKind::JoinRequest,
            Self::JoinApproved { .. } => NotificationKind::JoinApproved,
            Self::JoinDenied { .. } => NotificationKind::JoinDenied,
            Self::RoleChanged { .. } => NotificationKind::RoleChanged,
            Self::FileShared { .. } => NotificationKind::FileShared,
            Self::ReportResolved { .. } => NotificationKind::ReportResolved,
            Self::Security { .. } => NotificationKind::Security,
        }
    }

    /// What is stored, and what travels.
    pub fn data(&self) -> Result<Value> {
        let mut tagged = serde_json::to_value(self).map_err(Error::internal)?;
        Ok(tagged["data"].take())
    }

    /// From what was stored.
    pub fn parse(kind: NotificationKind, data: Value) -> Result<Self> {
        let kind = serde_json::to_value(kind).map_err(Error::internal)?;
        let tagged = serde_json::Map::from_iter([("kind".to_owned(), kind), ("data".to_owned(), data)]);
        serde_json::from_value(tagged.into()).map_err(Error::internal)
    }

    /// Whose name stands in the text.
    #[must_use]
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::Mention { user_id, .. }
            | Self::DirectMessage { user_id, .. }
            | Self::FriendRequest { user_id }
            | Self::FriendAccepted { user_id }
            | Self::GroupInvite { user_id, .. }
            | Self::JoinRequest { user_id, .. }
            | Self::FileShared { user_id, .. } => Some(*user_id),
            Self::JoinApproved { .. }
            | Self::JoinDenied { .. }
            | Self::RoleChanged { .. }
            | Self::ReportResolved { .. }
            | Self::Security { .. } => None,
        }
    }
}
