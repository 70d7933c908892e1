//! One report, and deciding about it.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Report, ReportAction, ReportState, ResolveReport, limits::REPORT_CHARS};

use super::paged::Paged;
use crate::{
    api::Error,
    markdown::Markdown,
    state::{display_name, rights, use_desk},
    t,
    ui::{Avatar, AvatarSize, Button, ButtonKind, ConfirmDialog, RelativeTime, Tag, TagKind, TextArea, use_toasts},
};

/// What was reported, by whom and why, and what can be done or was.
#[component]
pub fn Card(report: Report, list: Paged<Report>) -> impl IntoView {
    let open = report.state == ReportState::Open;
    let text = StoredValue::new(report.message.text.clone());
    let author = report.author.clone();
    let deleted = report.message.deleted_at.is_some();
    let said = if deleted {
        view! { <p class="meta">{t!("message-deleted")}</p> }.into_any()
    } else {
        view! { <Markdown text=Signal::derive(move || text.get_value()) /> }.into_any()
    };
    let by = t!("report-by", name = display_name(&report.reporter));
    let decided = (!open).then(|| view! { <Decided report=report.clone() /> });
    let deciding = open.then(|| view! { <Decide report=report.clone() list /> });
    view! {
        <li class="card report">
            <blockquote class="report-message">
                <header class="report-author">
                    <Avatar user=author.clone() size=AvatarSize::Small />
                    <bdi class="message-author">{display_name(&author)}</bdi>
                    <span class="meta">
                        <RelativeTime at=report.message.created_at />
                    </span>
                </header>
                {said}
            </blockquote>
            <div class="report-reason">
                <p class="meta">{by} " · " <RelativeTime at=report.created_at /></p>
                <p dir="auto">{report.reason.clone()}</p>
            </div>
            {decided}
            {deciding}
        </li>
    }
}

fn action_name(action: ReportAction) -> String {
    match action {
        ReportAction::Dismiss => t!("report-dismissed"),
        ReportAction::DeleteMessage => t!("report-deleted"),
        ReportAction::SuspendUser => t!("report-suspended"),
    }
}

/// What became of it.
#[component]
fn Decided(report: Report) -> impl IntoView {
    let kind = match report.action {
        Some(ReportAction::SuspendUser) => TagKind::Danger,
        Some(ReportAction::DeleteMessage) => TagKind::Marker,
        Some(ReportAction::Dismiss) | None => TagKind::Plain,
    };
    let by = report.resolved_by.map(|user| t!("report-resolved-by", name = display_name(&user)));
    let note = report.note.filter(|note| !note.is_empty()).map(|note| view! { <p dir="auto">{note}</p> });
    view! {
        <div class="report-outcome">
            <p>
                {report.action.map(|action| view! { <Tag kind>{action_name(action)}</Tag> })} " "
                <span class="meta">{by} {report.resolved_at.map(|at| view! { " · " <RelativeTime at /> })}</span>
            </p>
            {note}
        </div>
    }
}

/// The ways to decide, with a note for the other moderators.
#[component]
fn Decide(report: Report, list: Paged<Report>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let note = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let id = report.id;
    let deleted = report.message.deleted_at.is_some();
    let author = report.author.role;
    // What cannot be undone is asked about first.
    let (deleting, suspending) = (RwSignal::new(false), RwSignal::new(false));
    let may_suspend = Memo::new(move |_| desk.me.with(|me| rights::commands(me.user.role, author)));
    let name = display_name(&report.author);
    let reason = Signal::derive(move || error.get().map(|error| error.text()));
    let decide = move |action: ReportAction| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let words = note.get_untracked().trim().to_owned();
        let body = ResolveReport { action, note: (!words.is_empty()).then_some(words) };
        spawn_local(async move {
            match desk.api.resolve_report(id, &body).await {
                Ok(()) => {
                    deleting.try_set(false);
                    suspending.try_set(false);
                    toasts.info(action_name(action));
                    list.update(|reports| reports.retain(|known| known.id != id));
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    view! {
        <TextArea label=t!("report-note") value=note hint=t!("report-note-hint") rows=2 max_chars=REPORT_CHARS />
        {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
        <footer class="form-actions">
            <Button busy on_click=move |()| decide(ReportAction::Dismiss)>
                {t!("report-dismiss")}
            </Button>
            {(!deleted)
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Danger
                            busy
                            on_click=move |()| deleting.set(true)
                        >
                            {t!("report-delete")}
                        </Button>
                    }
                })}
            <Show when=move || may_suspend.get()>
                <Button kind=ButtonKind::Danger busy on_click=move |()| suspending.set(true)>
                    {t!("report-suspend")}
                </Button>
            </Show>
        </footer>
        <ConfirmDialog
            open=deleting
            title=t!("delete-title")
            text=t!("delete-text")
            confirm=t!("report-delete")
            busy
            error=reason
            on_confirm=move |()| decide(ReportAction::DeleteMessage)
        />
        <ConfirmDialog
            open=suspending
            title=t!("admin-suspend-title", name = name)
            text=t!("admin-suspend-text")
            confirm=t!("report-suspend")
            busy
            error=reason
            on_confirm=move |()| decide(ReportAction::SuspendUser)
        />
    }
}
