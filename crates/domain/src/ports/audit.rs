use async_trait::async_trait;
use studyhall_wire::{Timestamp, UserId};

use crate::{
    Result,
    audit::{Act, Head, Record},
};

/// Which entries of the audit log.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<UserId>,
    /// An action's word.
    pub action: Option<String>,
    /// Entries with a smaller number alone.
    pub before: Option<i64>,
}

/// The audit log in the relational database: appended to, never changed. What is done is recorded in the transaction
/// that does it; a refusal, which changes nothing else, in one of its own.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Records `act` by itself, after the last entry.
    async fn record(&self, act: &Act, now: Timestamp) -> Result<()>;

    /// The newest first, at most `limit`.
    async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<Record>>;

    /// Entries with a greater number, ascending, at most `limit`.
    async fn audit_after(&self, number: i64, limit: u32) -> Result<Vec<Record>>;

    /// The last number and hash that were given, kept apart from the entries.
    async fn audit_head(&self) -> Result<Head>;
}
