//! Ids are UUIDv7 newtypes, so that one kind cannot be passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new, time-ordered id (UUIDv7, RFC 9562).
            #[must_use]
            #[expect(clippy::new_without_default, reason = "an id that appears by default would be a surprise")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

id! {
    UserId,
    /// One sign-in on one device. It keeps its id through every refresh of its tokens.
    SessionId,
    ConversationId,
    GroupId,
    FileId,
    TaskId,
    NotificationId,
    ReportId,
    /// An entry of the audit log.
    AuditId,
    /// A conversation's events, or a user's inbox.
    StreamId,
}

impl From<ConversationId> for StreamId {
    fn from(id: ConversationId) -> Self {
        Self(id.0)
    }
}

impl From<UserId> for StreamId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}
