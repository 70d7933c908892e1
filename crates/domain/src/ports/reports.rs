use async_trait::async_trait;
use studyhall_wire::{ConversationId, ReportAction, ReportId, ReportState, Seq, SessionId, Timestamp, UserId};

use crate::Result;

/// A report as it is stored. The message is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    pub id: ReportId,
    pub conversation: ConversationId,
    pub seq: Seq,
    /// Who wrote the message.
    pub author: UserId,
    pub reporter: UserId,
    pub reason: String,
    pub state: ReportState,
    pub action: Option<ReportAction>,
    pub note: Option<String>,
    pub resolved_by: Option<UserId>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct NewReport {
    pub id: ReportId,
    pub conversation: ConversationId,
    pub seq: Seq,
    pub author: UserId,
    pub reporter: UserId,
    pub reason: String,
    pub created_at: Timestamp,
}

/// How a moderator resolves a report.
#[derive(Clone, Debug)]
pub struct Resolution {
    pub action: ReportAction,
    pub note: Option<String>,
}

/// What a resolution led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub author: UserId,
    /// Sessions of the author that ended.
    pub ended: Vec<SessionId>,
}

/// Reports in the relational database. Every method is one transaction.
#[async_trait]
pub trait ReportStore: Send + Sync {
    /// Stores a report, and whether it is new: while one of the same message by the same reporter is open, that one is
    /// given.
    async fn create_report(&self, report: NewReport) -> Result<(StoredReport, bool)>;

    /// The newest first, before `before`, at most `limit`.
    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<ReportId>,
        limit: u32,
    ) -> Result<Vec<StoredReport>>;

    /// Resolves an open report and tells its reporter. Deleting the message is owed to its stream by an outbox row;
    /// suspending its author happens in the same transaction. `Conflict(ReportResolved)` where it was resolved before.
    ///
    /// Whether `actor` may is decided and recorded as [`AdminStore`](super::AdminStore) does.
    async fn resolve_report(
        &self,
        actor: UserId,
        id: ReportId,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Resolved>;
}
