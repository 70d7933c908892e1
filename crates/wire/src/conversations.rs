//! Conversations and their messages.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Epoch, Event, FileId, GroupId, Seq, Timestamp, User, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ConversationKind {
    Direct,
    Group,
}

/// What of a conversation one wants to be told about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NotifyLevel {
    #[default]
    All,
    Mentions,
    None,
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    pub id: ConversationId,
    pub kind: ConversationKind,
    pub title: String,
    pub group_id: Option<GroupId>,
    /// The other one in a direct conversation.
    pub peer: Option<User>,
    pub epoch: Epoch,
    pub head_seq: Seq,
    pub read_seq: Seq,
    /// Others' undeleted messages after `read_seq`, at most 1,000.
    pub unread: u32,
    pub unread_mentions: u32,
    pub last_message: Option<Message>,
    pub notify: NotifyLevel,
}

/// A message as it stands now. A deleted one keeps its place with an empty text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    pub conversation_id: ConversationId,
    /// The seq of its `message.created` event.
    pub seq: Seq,
    pub client_id: String,
    pub author_id: UserId,
    /// Markdown, rendered by the client.
    pub text: String,
    pub reply_to: Option<Seq>,
    pub attachments: Vec<File>,
    pub mentions: Vec<UserId>,
    pub mentions_everyone: bool,
    pub reactions: Vec<Reaction>,
    pub pinned: bool,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

/// One emoji and who chose it, in the order in which they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reaction {
    pub emoji: String,
    pub user_ids: Vec<UserId>,
}

/// A stored file. What depends on the reader (`my_access`) is left out of conversation events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct File {
    pub id: FileId,
    pub name: String,
    /// Bytes.
    pub size: u64,
    pub media_type: String,
    pub sha256: String,
    pub owner_id: UserId,
    pub created_at: Timestamp,
    pub thumbnail_url: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenConversation {
    pub user_id: UserId,
}

/// A new message. The same `client_id` again from the same author gives the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostMessage {
    /// 1–64 characters, a UUID by custom.
    pub client_id: String,
    /// 1–8,000 characters; none with attachments.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileId>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditMessage {
    pub text: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvanceRead {
    pub seq: Seq,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetNotify {
    pub level: NotifyLevel,
}

/// A page of history, ascending by seq, in which every event up to `as_of` is included.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePage {
    pub items: Vec<Message>,
    /// The `member.*` and `group.updated` events in the page's span.
    pub system: Vec<Event>,
    /// Whether there is more in the asked direction (for `around`: in either).
    pub has_more: bool,
    pub epoch: Epoch,
    pub as_of: Seq,
}

/// Events of one stream, gapless and ascending.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage {
    pub items: Vec<Event>,
    pub head: Seq,
    pub epoch: Epoch,
}

/// The state of a conversation in one hash, for a client to prove that it agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Digest {
    pub at: Seq,
    /// Lower-case hex.
    pub sha256: String,
}

/// A message that a search found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchHit {
    pub message: Message,
    /// The part of its text around the first match.
    pub snippet: String,
}
