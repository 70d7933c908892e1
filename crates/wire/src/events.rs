//! Events: everything durable that a client shows, in streams.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::{
    Conversation, ConversationId, GroupRole, GroupUpdated, Message, Notification, NotificationRead, Seq, StreamId,
    Timestamp, User, UserId,
};

/// One step in a stream. Its place is `(stream, seq)`, its meaning `body`.
///
/// Travels as `{"stream","seq","at","actor_id","kind","data"}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub stream: StreamId,
    pub seq: Seq,
    pub at: Timestamp,
    /// Who did it; none for what happens by itself.
    pub actor_id: Option<UserId>,
    pub body: EventBody,
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $kind:literal,)*) => {
        /// What happened: the event's `kind` and its `data`.
        #[derive(Clone, Debug, PartialEq)]
        pub enum EventBody {
            $($(#[$doc])* $variant($data),)*
            /// A kind that this version does not know; clients skip it.
            Other { kind: String, data: Value },
        }

        impl EventBody {
            /// The kinds that this version knows.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    Self::Other { kind, .. } => kind,
                }
            }

            /// From an event's `kind` and `data`.
            pub fn parse(kind: String, data: Value) -> serde_json::Result<Self> {
                Ok(match kind.as_str() {
                    $($kind => Self::$variant(serde_json::from_value(data)?),)*
                    _ => Self::Other { kind, data },
                })
            }
        }

        /// Writes the `data` alone.
        impl Serialize for EventBody {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(data) => data.serialize(serializer),)*
                    Self::Other { data, .. } => data.serialize(serializer),
                }
            }
        }
    };
}

bodies! {
    MessageCreated(Arc<Message>) = "message.created",
    MessageEdited(MessageEdited) = "message.edited",
    MessageDeleted(MessageDeleted) = "message.deleted",
    ReactionAdded(ReactionChange) = "reaction.added",
    ReactionRemoved(ReactionChange) = "reaction.removed",
    MessagePinned(MessageRef) = "message.pinned",
    MessageUnpinned(MessageRef) = "message.unpinned",
    MemberJoined(MemberChange) = "member.joined",
    MemberLeft(MemberChange) = "member.left",
    MemberRoleChanged(MemberChange) = "member.role_changed",
    GroupUpdated(Box<GroupUpdated>) = "group.updated",
    FriendRequested(Box<FriendChange>) = "friend.requested",
    FriendAccepted(Box<FriendChange>) = "friend.accepted",
    FriendDeclined(Box<FriendChange>) = "friend.declined",
    FriendRemoved(Box<FriendChange>) = "friend.removed",
    ConversationAdded(Box<Conversation>) = "conversation.added",
    ConversationRemoved(ConversationRemoved) = "conversation.removed",
    ReadAdvanced(ReadAdvanced) = "read.advanced",
    NotificationCreated(Box<Notification>) = "notification.created",
    NotificationRead(NotificationRead) = "notification.read",
}

/// The text and the mentions of a message as they stand now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageEdited {
    pub seq: Seq,
    pub text: String,
    pub mentions: Vec<UserId>,
    #[serde(default)]
    pub mentions_everyone: bool,
    pub edited_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageDeleted {
    pub seq: Seq,
    pub deleted_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionChange {
    pub seq: Seq,
    pub emoji: String,
    pub user_id: UserId,
}

/// The message that was pinned or unpinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageRef {
    pub seq: Seq,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberChange {
    pub user_id: UserId,
    /// In the group from then on; of who left, until then.
    pub role: GroupRole,
}

/// The other one of a friendship, or of a request for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FriendChange {
    pub user: User,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationRemoved {
    pub conversation_id: ConversationId,
    /// `left`, `removed`, `banned`, or `deleted` with the whole group.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadAdvanced {
    pub conversation_id: ConversationId,
    pub seq: Seq,
}

/// The JSON of an event; with `op` it is a socket frame.
#[derive(Serialize)]
struct EventRef<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'static str>,
    stream: StreamId,
    seq: Seq,
    at: Timestamp,
    actor_id: Option<UserId>,
    kind: &'a str,
    data: &'a EventBody,
}

impl Event {
    fn json(&self, op: Option<&'static str>) -> EventRef<'_> {
        let Self { stream, seq, at, actor_id, body } = self;
        EventRef { op, stream: *stream, seq: *seq, at: *at, actor_id: *actor_id, kind: body.kind(), data: body }
    }

    /// The text of the socket frame `{"op":"event", …}`.
    #[must_use]
    pub fn to_frame(&self) -> String {
        let Self { stream, seq, at, actor_id, body } = self;
        event_frame(*stream, *seq, *at, *actor_id, body)
    }
}

/// The text of the socket frame of an [`Event`] by its parts, none of which is copied for it.
#[must_use]
pub fn event_frame(stream: StreamId, seq: Seq, at: Timestamp, actor_id: Option<UserId>, body: &EventBody) -> String {
    let event = EventRef { op: Some("event"), stream, seq, at, actor_id, kind: body.kind(), data: body };
    let text = if let EventBody::MessageCreated(message) = body { message.text.len() } else { 0 };
    let mut json = Vec::with_capacity(FRAME_BYTES + text);
    let written = serde_json::to_writer(&mut json, &event);
    written.ok().and_then(|()| String::from_utf8(json).ok()).unwrap_or_default()
}

/// About what an event's frame takes without a message's text.
const FRAME_BYTES: usize = 640;

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json(None).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Envelope {
            stream: StreamId,
            seq: Seq,
            at: Timestamp,
            actor_id: Option<UserId>,
            kind: String,
            data: Value,
        }
        let Envelope { stream, seq, at, actor_id, kind, data } = Envelope::deserialize(deserializer)?;
        let body = EventBody::parse(kind, data).map_err(D::Error::custom)?;
        Ok(Self { stream, seq, at, actor_id, body })
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
    };

    use super::{Event, EventBody};
    use crate::{StreamId, Timestamp, UserId};

    impl PartialSchema for Event {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .description(Some("One step in a stream; `data` depends on `kind`, see asyncapi.yaml"))
                .property("stream", StreamId::schema())
                .property("seq", i64::schema())
                .property("at", Timestamp::schema())
                .property("actor_id", Option::<UserId>::schema())
                .property(
                    "kind",
                    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(EventBody::KINDS.to_vec())),
                )
                .property("data", ObjectBuilder::new())
                .required("stream")
                .required("seq")
                .required("at")
                .required("kind")
                .required("data")
                .into()
        }
    }

    impl ToSchema for Event {}
}
