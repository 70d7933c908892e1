//! Reports: what somebody who can read a message brings to the moderators, and what they make of it.

use std::{collections::HashMap, sync::Arc};

use studyhall_wire::{
    CreateReport, ErrorCode, FieldError, Message, Page, Report, ReportId, ReportState, ResolveReport, Seq, StreamId,
    User, UserId, limits,
};

use crate::{
    Error, Result,
    admin::{HandlesReports, Staff},
    auth::Actor,
    member::{CanRead, Member},
    now,
    outbox::Outbox,
    people::People,
    permissions::{self, GlobalAction},
    ports::{EventLog, NewReport, ReportStore, Resolution, StoredReport},
    sessions::Sessions,
    validate,
};

pub struct Reports {
    pub(crate) store: Arc<dyn ReportStore>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) people: Arc<People>,
    pub(crate) sessions: Sessions,
    pub(crate) outbox: Arc<Outbox>,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

impl Reports {
    /// Reports a message of a conversation that the caller is in, and whether the report is new: one that is open stays
    /// the one. 404 where there is no such message, 409 `message_deleted`, or 422.
    pub async fn create(&self, actor: &Actor, member: &Member<CanRead>, form: CreateReport) -> Result<(Report, bool)> {
        permissions::require(actor.role, GlobalAction::Report)?;
        let reason = text("reason", &form.reason)?;
        if reason.is_empty() {
            return Err(Error::invalid("reason", "required", "Say what is wrong with the message."));
        }
        let message = self.log.messages(member.stream(), &[form.seq]).await?.pop().ok_or(Error::NotFound("message"))?;
        if message.deleted_at.is_some() {
            return Err(Error::Conflict(ErrorCode::MessageDeleted));
        }
        let report = NewReport {
            id: ReportId::new(),
            conversation: member.conversation(),
            seq: form.seq,
            author: message.author_id,
            reporter: actor.user,
            reason,
            created_at: now(),
        };
        let (stored, new) = self.store.create_report(report).await?;
        let report = self.write(actor.user, vec![stored]).await?.pop();
        Ok((report.ok_or_else(|| Error::internal("one report makes one report"))?, new))
    }

    /// The newest first, each with its message as it stands now, whether the moderator is in its conversation or not.
    pub async fn list(
        &self,
        staff: &Staff<HandlesReports>,
        state: Option<ReportState>,
        before: Option<ReportId>,
        limit: u32,
    ) -> Result<Page<Report>> {
        let mut found = self.store.reports(state, before, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(Page { items: self.write(staff.user(), found).await?, next_cursor })
    }

    /// Resolves an open report: 409 `report_resolved` where somebody else was first. The message's deletion is in its
    /// stream when this returns; a suspended author's sessions have ended.
    pub async fn resolve(&self, actor: &Actor, id: ReportId, form: ResolveReport) -> Result<()> {
        let note = form.note.map(|note| text("note", &note)).transpose()?.filter(|note| !note.is_empty());
        let resolution = Resolution { action: form.action, note };
        let resolved = self.store.resolve_report(actor.user, id, resolution, now()).await?;
        self.sessions.ended(&resolved.ended);
        self.sessions.changed(resolved.author);
        self.outbox.flush().await;
        tracing::info!(report.id = %id, action = form.action.as_str(), "report resolved");
        Ok(())
    }

    /// `stored` as `viewer` sees them, in the same order. One read of the log for each conversation among them.
    async fn write(&self, viewer: UserId, stored: Vec<StoredReport>) -> Result<Vec<Report>> {
        let mut seqs: HashMap<StreamId, Vec<Seq>> = HashMap::new();
        let mut people = Vec::new();
        for report in &stored {
            seqs.entry(report.conversation.into()).or_default().push(report.seq);
            people.extend([Some(report.author), Some(report.reporter), report.resolved_by].into_iter().flatten());
        }
        let mut messages = HashMap::new();
        for (stream, mut seqs) in seqs {
            seqs.sort_unstable();
            seqs.dedup();
            let found = self.log.messages(stream, &seqs).await?;
            messages.extend(found.into_iter().map(|message| ((message.conversation_id, message.seq), message)));
        }
        people.sort_unstable();
        people.dedup();
        let people = self.people.users(viewer, &people).await?;
        let reports = stored.into_iter().map(|stored| {
            let message = messages.get(&(stored.conversation, stored.seq)).cloned();
            let message = message.unwrap_or_else(|| gone(&stored));
            Ok(Report {
                id: stored.id,
                message,
                author: person(&people, stored.author)?,
                reporter: person(&people, stored.reporter)?,
                reason: stored.reason,
                state: stored.state,
                action: stored.action,
                note: stored.note,
                resolved_by: stored.resolved_by.map(|id| person(&people, id)).transpose()?,
                created_at: stored.created_at,
                resolved_at: stored.resolved_at,
            })
        });
        reports.collect()
    }
}

/// Accounts are never taken away, so that everybody who was named is there.
fn person(people: &HashMap<UserId, User>, id: UserId) -> Result<User> {
    people.get(&id).cloned().ok_or_else(|| Error::internal(format!("a report names {id}, who is not there")))
}

/// A message whose whole stream was erased: as a deleted one.
fn gone(report: &StoredReport) -> Message {
    Message {
        conversation_id: report.conversation,
        seq: report.seq,
        client_id: String::new(),
        author_id: report.author,
        text: String::new(),
        reply_to: None,
        attachments: Vec::new(),
        mentions: Vec::new(),
        mentions_everyone: false,
        reactions: Vec::new(),
        pinned: false,
        created_at: report.created_at,
        edited_at: None,
        deleted_at: Some(report.created_at),
    }
}

/// Trims; then at most 1,000 characters.
fn text(field: &'static str, value: &str) -> Result<String> {
    let text = value.trim();
    let mut errors = Vec::new();
    validate::no_nul(field, text, &mut errors);
    if text.chars().count() > limits::REPORT_CHARS {
        errors.push(FieldError::new(field, "too_long", format!("At most {} characters.", limits::REPORT_CHARS)));
    }
    validate::finish(errors)?;
    Ok(text.to_owned())
}
