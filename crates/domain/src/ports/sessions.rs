use async_trait::async_trait;
use studyhall_wire::{Role, SessionId, Timestamp, UserId};

use crate::Result;

/// SHA-256 of a refresh token: the token itself is never stored.
pub type TokenHash = [u8; 32];

#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub user: UserId,
    pub token: TokenHash,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
}

/// A sign-in, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: SessionId,
    pub user: UserId,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
}

/// What every request must know of a session; cached until a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub user: UserId,
    pub role: Role,
    /// Ended, or its account is deleted.
    pub ended: bool,
    pub suspended: bool,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was the current one and is spent now; its successor is current.
    Rotated(StoredSession),
    /// It was spent at most 30 s ago and its successor is unused: that successor still holds.
    Repeated(StoredSession),
    /// It was spent before. The session has been ended by this call.
    Reused(SessionId),
    /// Never given out, or the session ended or expired.
    Unknown,
}

/// Numbered, so that each node can read what came after what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub number: i64,
    pub what: Revoked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// This session ended: its sockets close with 4403.
    Session(SessionId),
    /// This user's role or standing changed: what is cached of the user's sessions is void.
    User(UserId),
}

/// Which sessions of a user to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSessions {
    One(SessionId),
    AllBut(SessionId),
    All,
}

/// Sessions in the relational database. Every method is one transaction.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// `Forbidden(AccountSuspended)` where the account is suspended by then.
    async fn create_session(&self, session: NewSession) -> Result<()>;

    /// Spends `presented` for `successor` by the rules of [`Rotation`]. A session unused for 30 days is `Unknown`.
    async fn rotate(&self, presented: TokenHash, successor: TokenHash, now: Timestamp) -> Result<Rotation>;

    /// Sessions that have not ended, the last used first.
    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>>;

    async fn standing(&self, session: SessionId) -> Result<Option<Standing>>;

    /// Ends sessions of `user`, writes a [`Revocation`] for each, and gives those that it ended.
    async fn end_sessions(&self, user: UserId, which: EndSessions, now: Timestamp) -> Result<Vec<SessionId>>;

    /// Revocations with a greater number, ascending, at most 1,000.
    async fn revocations_after(&self, number: i64) -> Result<Vec<Revocation>>;

    /// The greatest number given so far, 0 where there is none.
    async fn last_revocation(&self) -> Result<i64>;

    /// Forgets tokens and ended sessions of before `before`, and addresses and user agents older than 90 days.
    async fn prune_sessions(&self, before: Timestamp) -> Result<()>;
}
