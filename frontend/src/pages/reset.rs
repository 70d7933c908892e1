//! Setting a new password, by a link that an administrator made.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::ConfirmReset;

use super::door::Desktop;
use crate::{
    api::Error,
    app::Entrance,
    t,
    ui::{Button, ButtonKind, PasswordField},
};

/// The form "Set a new password". Every session of the account ends with it.
#[component]
pub fn Reset(token: String) -> impl IntoView {
    let entrance: Entrance = expect_context();
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let done = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let beside = Signal::derive(move || error.with(|error| error.as_ref()?.field("new_password")));
    let general = move || {
        error.get().filter(|_| beside.get().is_none()).map(|error| {
            let text = match &error {
                // Whatever is wrong with the link, a new one is needed.
                Error::Problem(problem) if matches!(problem.status, 401 | 403 | 404 | 409 | 422) => t!("reset-invalid"),
                _ => error.text(),
            };
            view! { <p class="form-error" role="alert">{text}</p> }
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || password.with_untracked(String::is_empty) {
            return;
        }
        busy.set(true);
        error.set(None);
        let body = ConfirmReset { token: token.clone(), new_password: password.get_untracked() };
        spawn_local(async move {
            let answer = entrance.api.confirm_reset(&body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => drop(done.try_set(true)),
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    // The form is gone by then, and the focus with it.
    let way_in = NodeRef::<html::A>::new();
    Effect::new(move || {
        if let Some(way_in) = way_in.get() {
            let _ = way_in.focus();
        }
    });
    view! {
        <Desktop>
            <form class="form" aria-label=t!("reset-title") on:submit=submit novalidate hidden=move || done.get()>
                <p class="page-note">{t!("reset-text")}</p>
                <PasswordField
                    label=t!("password-new")
                    value=password
                    hint=t!("password-hint")
                    error=beside
                    fresh=true
                    required=true
                />
                {general}
                <Button kind=ButtonKind::Primary submit=true wide=true busy>
                    {t!("reset-title")}
                </Button>
            </form>
            <Show when=move || done.get()>
                <p class="page-note" role="status">
                    {t!("reset-done")}
                </p>
                <a node_ref=way_in class="btn btn-primary btn-wide" href="/sign-in">
                    {t!("sign-in")}
                </a>
            </Show>
        </Desktop>
    }
}
