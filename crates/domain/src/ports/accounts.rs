use async_trait::async_trait;
use studyhall_wire::{DmPolicy, Role, SessionId, Timestamp, UserId};

use super::{BlobId, NewSession};
use crate::Result;

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: UserId,
    /// Case folded; kept after deletion, so that it is never given again.
    pub username: String,
    pub display_name: String,
    pub bio: String,
    pub role: Role,
    pub avatar: Option<BlobId>,
    /// A verified address.
    pub email: Option<String>,
    /// An address that waits for its verification.
    pub pending_email: Option<String>,
    pub dm_policy: DmPolicy,
    pub locale: String,
    pub timezone: String,
    pub suspended_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub password_hash: String,
    pub role: Role,
    pub pending_email: Option<String>,
    pub created_at: Timestamp,
}

/// What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub bio: Option<String>,
    pub dm_policy: Option<DmPolicy>,
    pub locale: Option<String>,
    pub timezone: Option<String>,
    /// `Some(None)` takes both the pending and the verified address away.
    pub pending_email: Option<Option<String>>,
}

#[derive(Clone, Debug)]
pub struct Credentials {
    pub account: Account,
    pub password_hash: String,
}

/// Accounts in the relational database. Every method is one transaction.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Makes an account and, with it, its first session. Without one it is an operator who makes it, which is recorded in
    /// the audit log. A name that was ever given: `Conflict(UsernameTaken)`.
    async fn register(&self, account: NewAccount, session: Option<NewSession>) -> Result<Account>;

    /// Deleted ones are found too.
    async fn account(&self, id: UserId) -> Result<Option<Account>>;

    /// Those of `ids` that exist, in no order.
    async fn accounts(&self, ids: &[UserId]) -> Result<Vec<Account>>;

    /// Undeleted accounts with these (folded) usernames, in no order.
    async fn accounts_named(&self, usernames: &[String]) -> Result<Vec<Account>>;

    /// By folded username, or by verified e-mail address (compared without case). Deleted ones are not found.
    async fn credentials(&self, login: &str) -> Result<Option<Credentials>>;

    async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>>;

    /// Undeleted, unsuspended accounts whose username, or a word of whose display name, begins with `prefix`
    /// (case folded, never a pattern), ascending by username, after `after`.
    async fn search_people(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<Account>>;

    /// Gives the account as it is then; `NotFound` for a deleted one.
    async fn update_profile(&self, id: UserId, change: ProfileChange) -> Result<Account>;

    /// Gives the account as it is then. The blob before is owed an [`EraseBlob`](super::Job::EraseBlob).
    async fn set_avatar(&self, id: UserId, avatar: Option<BlobId>, now: Timestamp) -> Result<Account>;

    /// Sets the hash and ends every session but `keep`, each with its revocation.
    async fn set_password(&self, id: UserId, hash: &str, keep: Option<SessionId>, now: Timestamp) -> Result<()>;

    /// Sets the role as an operator does, which is recorded in the audit log, tells the owner, and writes a revocation
    /// row so that every node forgets what it cached. `Conflict(LastSuperuser)`.
    async fn set_role(&self, id: UserId, role: Role) -> Result<Account>;

    /// Deactivates the account, erases its personal data (names, bio, address, avatar, password, sessions' address and
    /// user agent), takes it out of groups and friendships, and ends its sessions. `Conflict(OwnerMustTransfer)` while
    /// it owns groups, `Conflict(LastSuperuser)`. What is elsewhere, its picture, is owed an [`EraseBlob`](super::Job::EraseBlob).
    async fn delete_account(&self, id: UserId, now: Timestamp) -> Result<()>;

    /// How many accounts there are, deleted ones not counted.
    async fn count_accounts(&self) -> Result<u64>;
}
