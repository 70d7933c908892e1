//! Notifications: what somebody should hear of, wherever they are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{NotificationId, Timestamp};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a notification is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum NotificationKind { $($(#[$doc])* $variant,)* }

        impl NotificationKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

kinds! {
    Mention = "mention",
    DirectMessage = "direct_message",
    FriendRequest = "friend_request",
    FriendAccepted = "friend_accepted",
    GroupInvite = "group_invite",
    JoinRequest = "join_request",
    JoinApproved = "join_approved",
    JoinDenied = "join_denied",
    /// One's global role, or one's role in a group.
    RoleChanged = "role_changed",
    FileShared = "file_shared",
    ReportResolved = "report_resolved",
    Reminder = "reminder",
    /// Something happened to one's account.
    Security = "security",
}

/// Something that one should hear of. `title` and `body` are in the reader's language; a client may write its own from
/// `kind` and `data`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub title: String,
    pub body: String,
    /// Ids and words that depend on `kind`: `{"user_id"}` for a friend request.
    pub data: Value,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// What was read: one notification (`{"id"}`), or all there were (`{"all":true}`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationRead {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NotificationId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

impl NotificationRead {
    #[must_use]
    pub fn one(id: NotificationId) -> Self {
        Self { id: Some(id), all: false }
    }

    #[must_use]
    pub fn all() -> Self {
        Self { id: None, all: true }
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    pub count: u64,
}
