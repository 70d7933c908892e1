//! Changing the password. Every other session ends with it.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ChangePassword, ErrorCode};

use crate::{
    api::Error,
    state::use_desk,
    t,
    ui::{Button, ButtonKind, PasswordField, use_toasts},
};

/// The page.
#[component]
pub fn Password() -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let wrong = Signal::derive(move || {
        error.with(|error| {
            let error = error.as_ref()?;
            error.is(ErrorCode::WrongPassword).then(|| error.text()).or_else(|| error.field("current_password"))
        })
    });
    let weak = Signal::derive(move || error.with(|error| error.as_ref()?.field("new_password")));
    let general = move || {
        error
            .get()
            .filter(|_| wrong.get().is_none() && weak.get().is_none())
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let body = ChangePassword { current_password: current.get_untracked(), new_password: new.get_untracked() };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = desk.api.change_password(&body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    current.try_set(String::new());
                    new.try_set(String::new());
                    toasts.info(t!("password-changed"));
                }
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="password-title">
            <header class="card-head">
                <h2 id="password-title">{t!("settings-password")}</h2>
                <p class="meta">{t!("password-change-hint")}</p>
            </header>
            <form class="form" aria-labelledby="password-title" on:submit=submit novalidate>
                <PasswordField label=t!("password-current") value=current error=wrong required=true />
                <PasswordField label=t!("password-new") value=new error=weak hint=t!("password-hint") fresh=true required=true />
                {general}
                <footer class="form-actions">
                    <Button kind=ButtonKind::Primary submit=true busy>
                        {t!("password-change")}
                    </Button>
                </footer>
            </form>
        </section>
    }
}
