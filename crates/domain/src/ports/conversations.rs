use std::collections::HashMap;

use async_trait::async_trait;
use studyhall_wire::{
    ConversationId, ConversationKind, GroupId, GroupRole, NotifyLevel, Seq, StreamId, Timestamp, UserId,
};
use uuid::Uuid;

use super::OutboxFact;
use crate::Result;

/// A user's place in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub conversation: ConversationId,
    pub user: UserId,
    pub kind: ConversationKind,
    pub group: Option<GroupId>,
    /// In the group.
    pub role: Option<GroupRole>,
    /// Nobody writes in an archived group.
    pub archived: bool,
    /// The other one, in a direct conversation.
    pub peer: Option<UserId>,
    /// One of the two has blocked the other.
    pub blocked: bool,
    /// How many are in the conversation.
    pub members: u32,
    pub read_seq: Seq,
    pub notify: NotifyLevel,
}

/// What a relational change owes to a stream, written in its transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// The idempotency key in the log.
    pub id: Uuid,
    pub stream: StreamId,
    pub actor: Option<UserId>,
    pub fact: OutboxFact,
}

/// Given back when dropped.
pub struct OutboxLease {
    _held: Box<dyn Send>,
}

impl OutboxLease {
    /// `held` gives it back when it is dropped.
    pub fn new(held: impl Send + 'static) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl std::fmt::Debug for OutboxLease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboxLease").finish_non_exhaustive()
    }
}

/// Up to where a user has read a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadCursor {
    pub user: UserId,
    pub conversation: ConversationId,
    pub seq: Seq,
}

/// Conversations and memberships in the relational database. Every method is one transaction.
#[async_trait]
pub trait ConversationStore: Send + Sync {
    /// The direct conversation of two different users, and whether this call made it: then with an outbox row
    /// `conversation.added` for each of the two. Two simultaneous calls make one.
    async fn open_direct(&self, actor: UserId, peer: UserId, now: Timestamp) -> Result<(ConversationId, bool)>;

    async fn membership(&self, user: UserId, conversation: ConversationId) -> Result<Option<Membership>>;

    /// The memberships of those of `users` who are members, in no order.
    async fn memberships_in(&self, conversation: ConversationId, users: &[UserId]) -> Result<Vec<Membership>>;

    /// All of a user's memberships, in no order.
    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>>;

    async fn members(&self, conversation: ConversationId) -> Result<Vec<UserId>>;

    /// The names of those of these groups that there are.
    async fn group_names(&self, ids: &[GroupId]) -> Result<HashMap<GroupId, String>>;

    /// Moves cursors forward, in this order; false for one that stands there already, or is not there at all.
    async fn advance_reads(&self, cursors: &[ReadCursor]) -> Result<Vec<bool>>;

    /// Cursors that moved past what the user's other devices were told, at most `limit`.
    async fn unannounced_reads(&self, limit: u32) -> Result<Vec<ReadCursor>>;

    /// These were appended to their users' inboxes.
    async fn mark_announced(&self, cursors: &[ReadCursor]) -> Result<()>;

    /// False where there is no such membership.
    async fn set_notify(&self, user: UserId, conversation: ConversationId, level: NotifyLevel) -> Result<bool>;

    /// Waits for the right to append what is in the outbox, which one holder in all nodes has at a time: so rows of one
    /// stream are appended in their order. Lost with the connection that holds it, which does no harm: two holders append
    /// the same rows in the same order, each of them once by its key.
    async fn outbox_lease(&self) -> Result<OutboxLease>;

    /// Outbox rows in the order of their transactions, at most `limit`.
    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>>;

    /// These rows were appended.
    async fn outbox_done(&self, ids: &[Uuid]) -> Result<()>;
}
