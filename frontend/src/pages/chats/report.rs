//! The dialogue "Report message".

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{CreateReport, Seq, limits::REPORT_CHARS};

use super::chat::ChatContext;
use crate::{
    api::Error,
    t,
    ui::{Button, ButtonKind, TextArea, use_toasts},
};

/// Tells the moderators about a message.
#[component]
pub fn ReportForm(chat: ChatContext, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let reason = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let beside = Signal::derive(move || error.with(|error| error.as_ref()?.field("reason")));
    let general = move || {
        error
            .get()
            .filter(|_| beside.get().is_none())
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let body = CreateReport { conversation_id: chat.id, seq, reason: reason.get_untracked().trim().to_owned() };
        spawn_local(async move {
            match chat.desk.api.report(&body).await {
                Ok(()) => {
                    open.try_set(false);
                    toasts.info(t!("report-sent"));
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    view! {
        <form class="form" aria-label=t!("report-title") on:submit=submit novalidate>
            <p class="dialog-text">{t!("report-text")}</p>
            <TextArea
                label=t!("report-reason")
                value=reason
                hint=t!("report-reason-hint")
                error=beside
                max_chars=REPORT_CHARS
            />
            {general}
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t!("cancel")}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy>
                    {t!("report-send")}
                </Button>
            </footer>
        </form>
    }
}
