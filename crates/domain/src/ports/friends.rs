use std::collections::HashSet;

use async_trait::async_trait;
use studyhall_wire::{ConversationId, FriendshipState, Timestamp, UserId};

use super::Account;
use crate::Result;

/// How two people stand to each other, from either side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    pub friends: bool,
    /// One of them has blocked the other, or each the other.
    pub blocked: bool,
}

/// A request for friendship and the other one of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    pub other: Account,
    pub created_at: Timestamp,
}

/// Who hears of somebody's presence and profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Conversations that the user is in, and how many members each has.
    pub conversations: Vec<(ConversationId, u32)>,
    pub friends: Vec<UserId>,
    /// Whom the user has blocked, and who has blocked the user: they hear nothing.
    pub blocked: HashSet<UserId>,
}

/// Friends, requests and blocks in the relational database. Every method is one transaction, with the outbox rows of what
/// the inboxes are told.
#[async_trait]
pub trait FriendStore: Send + Sync {
    /// `asker` asks `asked`. Who was asked by that one already becomes a friend. `Conflict(AlreadyFriends)`,
    /// `Conflict(AlreadyRequested)`, `Conflict(TooManyRequests)` beyond [`OPEN_REQUESTS`](studyhall_wire::limits),
    /// `Forbidden(Blocked)`, `NotFound` for who is not there. Of two simultaneous calls, one from each, the second
    /// gives `Friends`.
    async fn request_friendship(&self, asker: UserId, asked: UserId, now: Timestamp) -> Result<FriendshipState>;

    /// `user` accepts the request of `asker`; `NotFound` without one.
    async fn accept_friendship(&self, user: UserId, asker: UserId, now: Timestamp) -> Result<()>;

    /// `user` declines the request of `asker`; `NotFound` without one.
    async fn decline_friendship(&self, user: UserId, asker: UserId, now: Timestamp) -> Result<()>;

    /// `asker` takes the request to `asked` back; `NotFound` without one.
    async fn take_request_back(&self, asker: UserId, asked: UserId, now: Timestamp) -> Result<()>;

    /// `NotFound` where the two are not friends.
    async fn end_friendship(&self, user: UserId, friend: UserId, now: Timestamp) -> Result<()>;

    /// Friends ascending by username, after `after`.
    async fn friends(&self, user: UserId, after: Option<&str>, limit: u32) -> Result<Vec<Account>>;

    /// What `user` was asked, the newest first.
    async fn incoming_requests(&self, user: UserId, limit: u32) -> Result<Vec<OpenRequest>>;

    /// What `user` has asked, the newest first.
    async fn outgoing_requests(&self, user: UserId, limit: u32) -> Result<Vec<OpenRequest>>;

    /// Ends friendship and requests between the two, with a revocation row for each, so that every node forgets what it
    /// remembered of them. Blocking twice changes nothing. `NotFound` for who is not there.
    async fn block(&self, user: UserId, other: UserId, now: Timestamp) -> Result<()>;

    /// Takes a block away, with revocation rows as [`block`](Self::block) does. Nothing happens where there is none.
    async fn unblock(&self, user: UserId, other: UserId, now: Timestamp) -> Result<()>;

    /// Whom `user` has blocked, ascending by username, after `after`.
    async fn blocks(&self, user: UserId, after: Option<&str>, limit: u32) -> Result<Vec<Account>>;

    async fn relation(&self, one: UserId, other: UserId) -> Result<Relation>;

    /// Those of `others` whose presence `viewer` may see: friends, and who shares a conversation of at most
    /// [`PRESENCE_MEMBERS`](studyhall_wire::limits); but nobody who blocked the viewer or was blocked.
    async fn acquainted(&self, viewer: UserId, others: &[UserId]) -> Result<HashSet<UserId>>;

    async fn audience(&self, user: UserId) -> Result<Audience>;
}
