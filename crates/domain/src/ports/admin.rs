use async_trait::async_trait;
use studyhall_wire::{Role, SessionId, Stats, Timestamp, UserId};

use super::{Account, TokenHash};
use crate::Result;

/// Which accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Undeleted accounts whose username, or a word of whose display name, begins with this (case folded).
    pub prefix: Option<String>,
    pub role: Option<Role>,
    /// After this username.
    pub after: Option<String>,
}

/// An account in an administrator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    pub account: Account,
    /// When a session that has not ended was refreshed last.
    pub last_used_at: Option<Timestamp>,
}

/// What is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    pub role: Option<Role>,
    pub suspended: Option<bool>,
}

/// An account that an administrator changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedAccount {
    pub account: Account,
    /// Sessions that ended with it.
    pub ended: Vec<SessionId>,
}

/// A reset link to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewResetLink {
    pub token: TokenHash,
    pub expires_at: Timestamp,
}

/// What administrators do to accounts. Every method is one transaction.
///
/// Where a method names an actor, whether they may is decided in the transaction, by the roles that hold in it and the
/// rules in [`permissions`](crate::permissions); what is done, and what is refused with `Forbidden` or
/// `Conflict(LastSuperuser)`, is in the audit log when the method returns.
#[async_trait]
pub trait AdminStore: Send + Sync {
    /// Accounts that are not deleted, ascending by username, at most `limit`.
    async fn list_accounts(&self, filter: &AccountFilter, limit: u32) -> Result<Vec<ListedAccount>>;

    /// Changes an account, tells its owner, and writes the revocations by which every node hears of it: suspending ends
    /// every session. A part that changes nothing is allowed or not all the same.
    async fn change_account(
        &self,
        actor: UserId,
        target: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Result<ChangedAccount>;

    /// Stores a link by which the account's owner sets a new password, in place of any that was there.
    async fn make_reset_link(&self, actor: UserId, target: UserId, link: NewResetLink, now: Timestamp) -> Result<()>;

    /// Whose link this is, if it holds.
    async fn reset_link(&self, token: TokenHash, now: Timestamp) -> Result<Option<UserId>>;

    /// Spends a link that holds: sets the hash, ends every session and tells the owner. Gives the sessions that ended;
    /// `None` where the link does not hold.
    async fn spend_reset_link(&self, token: TokenHash, hash: &str, now: Timestamp) -> Result<Option<Vec<SessionId>>>;

    /// What an operator does on the command line: sets the hash, ends every session and tells the owner.
    async fn reset_password(&self, target: UserId, hash: &str, now: Timestamp) -> Result<()>;

    async fn stats(&self, now: Timestamp) -> Result<Stats>;

    /// Forgets links that expired before `before`.
    async fn prune_reset_links(&self, before: Timestamp) -> Result<()>;
}
