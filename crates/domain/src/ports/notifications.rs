use async_trait::async_trait;
use studyhall_wire::{NotificationId, Timestamp, UserId};

use crate::{Result, notifications::Notice};

/// A notification as it is stored: what it says is written when it is read, in the reader's language.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredNotification {
    pub id: NotificationId,
    pub user: UserId,
    pub notice: Notice,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// Notifications in the relational database, each of which is made in the transaction of what it tells of. Every
/// method is one transaction.
#[async_trait]
pub trait NotificationStore: Send + Sync {
    /// A user's notifications, the newest first, before `before`, at most `limit`.
    async fn notifications(
        &self,
        user: UserId,
        unread: bool,
        before: Option<NotificationId>,
        limit: u32,
    ) -> Result<Vec<StoredNotification>>;

    /// `None` where this user has none with this id.
    async fn notification(&self, user: UserId, id: NotificationId) -> Result<Option<StoredNotification>>;

    async fn count_unread(&self, user: UserId) -> Result<u64>;

    /// Marks one as read, with an outbox row `notification.read` for the user's devices where it was not. False where
    /// this user has none with this id.
    async fn mark_notification_read(&self, user: UserId, id: NotificationId, now: Timestamp) -> Result<bool>;

    /// Marks all as read, with an outbox row `notification.read` where one was not.
    async fn mark_notifications_read(&self, user: UserId, now: Timestamp) -> Result<()>;

    /// Tells one user of something that no other transaction causes, with an outbox row `notification.created`.
    async fn notify(&self, user: UserId, notice: &Notice, now: Timestamp) -> Result<NotificationId>;

    /// Forgets those that were made before `before`.
    async fn prune_notifications(&self, before: Timestamp) -> Result<()>;
}
