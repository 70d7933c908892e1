//! Reports of messages, and their resolution.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Action},
    notifications::Notice,
    permissions::{AccountAct, GlobalAction, can},
    ports::{ModerationFact, NewReport, ReportStore, Resolution, Resolved, StoredReport},
};
use studyhall_wire::{ConversationId, ErrorCode, ReportAction, ReportId, ReportState, Seq, Timestamp, UserId};

use super::{
    SqlStore,
    admin::{AdminSteps as _, forbidden},
    audit::AuditSteps as _,
    conversations::ConversationSteps as _,
    notifications::NotificationSteps as _,
    transaction::with_conn,
    types::Bind,
};
use crate::schema::reports;

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports)]
struct ReportRow {
    id: ReportId,
    conversation_id: ConversationId,
    seq: Seq,
    author_id: UserId,
    reporter_id: UserId,
    reason: String,
    state: ReportState,
    action: Option<ReportAction>,
    note: Option<String>,
    resolved_by: Option<UserId>,
    created_at: Timestamp,
    resolved_at: Option<Timestamp>,
}

impl From<ReportRow> for StoredReport {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.id,
            conversation: row.conversation_id,
            seq: row.seq,
            author: row.author_id,
            reporter: row.reporter_id,
            reason: row.reason,
            state: row.state,
            action: row.action,
            note: row.note,
            resolved_by: row.resolved_by,
            created_at: row.created_at,
            resolved_at: row.resolved_at,
        }
    }
}

#[async_trait]
impl ReportStore for SqlStore {
    async fn create_report(&self, report: NewReport) -> Result<(StoredReport, bool)> {
        with_conn!(self, Write, |conn| {
            let open: Option<ReportRow> = reports::table
                .filter(reports::conversation_id.eq(Bind(report.conversation)))
                .filter(reports::seq.eq(report.seq))
                .filter(reports::reporter_id.eq(Bind(report.reporter)))
                .filter(reports::state.eq(Bind(ReportState::Open)))
                .select(ReportRow::as_select())
                .first(conn)
                .await
                .optional()?;
            if let Some(open) = open {
                return Ok((open.into(), false));
            }
            let row: ReportRow = diesel::insert_into(reports::table)
                .values((
                    reports::id.eq(Bind(report.id)),
                    reports::conversation_id.eq(Bind(report.conversation)),
                    reports::seq.eq(report.seq),
                    reports::author_id.eq(Bind(report.author)),
                    reports::reporter_id.eq(Bind(report.reporter)),
                    reports::reason.eq(&report.reason),
                    reports::state.eq(Bind(ReportState::Open)),
                    reports::created_at.eq(Bind(report.created_at)),
                ))
                .returning(ReportRow::as_returning())
                .get_result(conn)
                .await?;
            Ok((row.into(), true))
        })
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<ReportId>,
        limit: u32,
    ) -> Result<Vec<StoredReport>> {
        with_conn!(self, Read, |conn| {
            let mut newest = reports::table
                .order(reports::id.desc())
                .limit(i64::from(limit))
                .select(ReportRow::as_select())
                .into_boxed();
            if let Some(state) = state {
                newest = newest.filter(reports::state.eq(Bind(state)));
            }
            if let Some(before) = before {
                newest = newest.filter(reports::id.lt(Bind(before)));
            }
            let rows: Vec<ReportRow> = newest.load(conn).await?;
            Ok(rows.into_iter().map(StoredReport::from).collect())
        })
    }

    async fn resolve_report(
        &self,
        actor: UserId,
        id: ReportId,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Resolved> {
        let Resolution { action, note } = resolution;
        let ruling: Result<Resolved> = with_conn!(self, Write, |conn| {
            let detail = json!({ "resolution": action });
            let role = conn.role_of(actor).await?;
            if !role.is_some_and(|role| can(role, GlobalAction::HandleReports)) {
                conn.audit(&Act::denied(Some(actor), Action::ResolveReport, id).with(detail), now).await?;
                return Ok(Err(forbidden()));
            }
            // Changed by nothing, but held from here on: whoever else resolves it waits before they hold anything else.
            let row: Option<ReportRow> = diesel::update(reports::table.find(Bind(id)))
                .set(reports::state.eq(reports::state))
                .returning(ReportRow::as_returning())
                .get_result(conn)
                .await
                .optional()?;
            let row = row.ok_or(Error::NotFound("report"))?;
            if row.state == ReportState::Resolved {
                return Err(Error::Conflict(ErrorCode::ReportResolved).into());
            }
            let mut ended = Vec::new();
            match action {
                ReportAction::Dismiss => {}
                ReportAction::DeleteMessage => {
                    let fact = ModerationFact::MessageDeleted { seq: row.seq };
                    conn.owe(row.conversation_id.into(), Some(actor), fact, now).await?;
                    let message = format!("{}/{}", row.conversation_id, row.seq);
                    let detail = json!({ "report_id": id });
                    conn.audit(&Act::done(Some(actor), Action::DeleteMessage, message).with(detail), now).await?;
                }
                ReportAction::SuspendUser => {
                    let author = match conn.rule(actor, row.author_id, &[AccountAct::Suspend], now).await? {
                        Ok(author) => author,
                        Err(refused) => return Ok(Err(refused)),
                    };
                    if author.suspended_at.is_none() {
                        ended = conn.suspend(actor, author.id, now).await?;
                    }
                }
            }
            diesel::update(reports::table.find(Bind(id)))
                .set((
                    reports::state.eq(Bind(ReportState::Resolved)),
                    reports::action.eq(Some(Bind(action))),
                    reports::note.eq(note.as_deref()),
                    reports::resolved_by.eq(Some(Bind(actor))),
                    reports::resolved_at.eq(Some(Bind(now))),
                ))
                .execute(conn)
                .await?;
            conn.notify(row.reporter_id, &Notice::ReportResolved { report_id: id, action }, now).await?;
            conn.audit(&Act::done(Some(actor), Action::ResolveReport, id).with(detail), now).await?;
            Ok(Ok(Resolved { author: row.author_id, ended }))
        })?;
        ruling
    }
}
