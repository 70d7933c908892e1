use std::sync::Arc;

use async_trait::async_trait;
use studyhall_wire::{
    ConversationId, ConversationRemoved, Digest, Epoch, Event, EventBody, GroupUpdated, MemberChange, Message,
    NotificationId, NotificationRead, ReadAdvanced, Seq, StreamId, Timestamp, UserId,
};

use crate::{Error, Result};

/// An event as it lies in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEvent {
    pub stream: StreamId,
    pub seq: Seq,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    /// Makes a repeat recognisable: unique with stream and actor.
    pub key: Option<IdempotencyKey>,
    pub body: LogBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// A message's `client_id`, or an outbox row's id.
    pub client_id: String,
    /// Of the body as it was first sent, so that another body under the same key is noticed after an edit, too.
    pub fingerprint: i64,
}

/// Conversation events are stored as they travel; inbox events store ids and are filled in when sent.
#[derive(Clone, Debug, PartialEq)]
pub enum LogBody {
    Conversation(EventBody),
    Inbox(InboxFact),
}

/// An inbox event by its ids.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum InboxFact {
    #[serde(rename = "conversation.added")]
    ConversationAdded { conversation_id: ConversationId },
    #[serde(rename = "conversation.removed")]
    ConversationRemoved(ConversationRemoved),
    #[serde(rename = "read.advanced")]
    ReadAdvanced(ReadAdvanced),
    #[serde(rename = "notification.created")]
    NotificationCreated { id: NotificationId },
    #[serde(rename = "notification.read")]
    NotificationRead(NotificationRead),
    #[serde(rename = "friend.requested")]
    FriendRequested(Related),
    #[serde(rename = "friend.accepted")]
    FriendAccepted(Related),
    #[serde(rename = "friend.declined")]
    FriendDeclined(Related),
    #[serde(rename = "friend.removed")]
    FriendRemoved(Related),
}

/// The other one of a friendship, or of a request for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Related {
    pub user_id: UserId,
}

/// What a moderator, who need not be a member, brings about in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum ModerationFact {
    /// Of a message that was deleted before, it changes nothing.
    #[serde(rename = "message.deleted")]
    MessageDeleted { seq: Seq },
}

impl InboxFact {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConversationAdded { .. } => "conversation.added",
            Self::ConversationRemoved(_) => "conversation.removed",
            Self::ReadAdvanced(_) => "read.advanced",
            Self::NotificationCreated { .. } => "notification.created",
            Self::NotificationRead(_) => "notification.read",
            Self::FriendRequested(_) => "friend.requested",
            Self::FriendAccepted(_) => "friend.accepted",
            Self::FriendDeclined(_) => "friend.declined",
            Self::FriendRemoved(_) => "friend.removed",
        }
    }
}

/// What happens to a group, as its conversation tells it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum GroupFact {
    #[serde(rename = "member.joined")]
    MemberJoined(MemberChange),
    #[serde(rename = "member.left")]
    MemberLeft(MemberChange),
    #[serde(rename = "member.role_changed")]
    MemberRoleChanged(MemberChange),
    #[serde(rename = "group.updated")]
    GroupUpdated(Box<GroupUpdated>),
}

impl From<GroupFact> for EventBody {
    fn from(fact: GroupFact) -> Self {
        match fact {
            GroupFact::MemberJoined(member) => Self::MemberJoined(member),
            GroupFact::MemberLeft(member) => Self::MemberLeft(member),
            GroupFact::MemberRoleChanged(member) => Self::MemberRoleChanged(member),
            GroupFact::GroupUpdated(group) => Self::GroupUpdated(group),
        }
    }
}

/// What a relational change owes to a stream.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum OutboxFact {
    /// To somebody's inbox.
    Inbox(InboxFact),
    /// To a group's conversation.
    Group(GroupFact),
    /// To a conversation of either kind.
    Moderation(ModerationFact),
}

impl From<InboxFact> for OutboxFact {
    fn from(fact: InboxFact) -> Self {
        Self::Inbox(fact)
    }
}

impl From<GroupFact> for OutboxFact {
    fn from(fact: GroupFact) -> Self {
        Self::Group(fact)
    }
}

impl From<ModerationFact> for OutboxFact {
    fn from(fact: ModerationFact) -> Self {
        Self::Moderation(fact)
    }
}

/// Consecutive events of one stream, to be written in one durable write.
#[derive(Clone, Debug)]
pub struct Batch {
    pub stream: StreamId,
    /// The head that the writer knows: `events[0].seq == after + 1`.
    pub after: Seq,
    /// Shared with who publishes them afterwards.
    pub events: Vec<Arc<LogEvent>>,
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream's head is another one, or a key is there already: what is left must be numbered again.
    #[error("the stream moved on, or a key is there already")]
    Conflict {
        /// So many of the batch's first events are in the log, durably. The others are not, and will not be.
        stored: usize,
        /// The head where it is another one than the writer knew, if the log says so. Without it, a key may be there.
        head: Option<Seq>,
    },
    #[error(transparent)]
    Failed(#[from] Error),
}

/// An event that an idempotency key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub actor: UserId,
    pub key: IdempotencyKey,
    pub seq: Seq,
}

/// Which part of a history; bounds are exclusive, `Around` includes its seq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Newest,
    Before(Seq),
    After(Seq),
    Around(Seq),
}

#[derive(Clone, Copy, Debug)]
pub struct HistoryQuery {
    pub anchor: Anchor,
    /// Pinned ones alone.
    pub pinned: bool,
    pub limit: u32,
}

/// A page of history, read in one snapshot that includes every event up to `as_of`.
#[derive(Clone, Debug)]
pub struct History {
    /// Ascending by seq.
    pub items: Vec<Message>,
    /// `member.*` and `group.updated` in the page's span; the newest page's reaches to the head, the first one's from
    /// the start.
    pub system: Vec<Event>,
    pub has_more: bool,
    pub as_of: Seq,
}

/// What a conversation list shows of one stream.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    pub head: Seq,
    pub last_message: Option<Message>,
    /// Others' undeleted messages after the cursor, at most 1,000.
    pub unread: u32,
    /// Of these, the ones that mention the reader or everyone.
    pub unread_mentions: u32,
}

/// The event log: the history of every conversation and inbox, and the state that is folded from it.
///
/// Appending an event also folds it into the message that it concerns, in the same durable write. A message's text
/// is kept once, in its document: what reads events gives texts and mentions as they stand now.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// One for the whole log.
    async fn epoch(&self) -> Result<Epoch>;

    /// Durable when it returns. Concurrent batches share one durable write.
    async fn append(&self, batch: Batch) -> Result<(), AppendError>;

    /// The heads of `streams`, in that order; 0 for one without events.
    async fn heads(&self, streams: &[StreamId]) -> Result<Vec<Seq>>;

    /// Events with a greater seq, ascending, at most `limit`.
    async fn events(&self, stream: StreamId, after: Seq, limit: u32) -> Result<Vec<LogEvent>>;

    /// Which of these `(actor, client_id)` the stream has.
    async fn known(&self, stream: StreamId, keys: &[(UserId, String)]) -> Result<Vec<Known>>;

    /// The messages at these seqs as they stand now, ascending; a seq that is no message is left out.
    async fn messages(&self, stream: StreamId, seqs: &[Seq]) -> Result<Vec<Message>>;

    async fn history(&self, stream: StreamId, query: HistoryQuery) -> Result<History>;

    /// One overview for each `(stream, read_seq)`, in that order, as `reader` sees it.
    async fn overviews(&self, reader: UserId, streams: &[(StreamId, Seq)]) -> Result<Vec<Overview>>;

    /// SHA-256 over the visible state, as API.md defines it.
    async fn digest(&self, stream: StreamId) -> Result<Digest>;

    /// Streams with a greater id, ascending, at most `limit`, each with its head.
    async fn streams_after(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, Seq)>>;

    /// Forgets every stream and begins `epoch`, durably: before an archive is read into it. Clients of before drop what
    /// they have. Nobody else may append meanwhile.
    async fn start_over(&self, epoch: Epoch) -> Result<()>;

    /// Forgets a stream that nobody appends to any more: events, texts and keys. In pieces, so that other streams need
    /// not wait; where it fails half-way, it is called again. A stream that is not there is forgotten already.
    async fn erase(&self, stream: StreamId) -> Result<()>;

    /// Waits until everything handed over is written, then stops writing.
    async fn close(&self);
}
