//! Leaving for good.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{DeleteAccount, ErrorCode};

use crate::{
    api::Error,
    state::use_desk,
    t,
    ui::{Button, ButtonKind, Dialog, IconName, PasswordField},
};

/// The page.
#[component]
pub fn Account() -> impl IntoView {
    let asking = RwSignal::new(false);
    view! {
        <section class="card card-danger" aria-labelledby="leave-title">
            <header class="card-head">
                <h2 id="leave-title">{t!("delete-account")}</h2>
                <p class="meta">{t!("delete-account-hint")}</p>
            </header>
            <footer class="form-actions">
                <Button kind=ButtonKind::Danger icon=IconName::Trash2 on_click=move |()| asking.set(true)>
                    {t!("delete-account")}
                </Button>
            </footer>
        </section>
        <Dialog open=asking title=t!("delete-account")>
            <Leave open=asking />
        </Dialog>
    }
}

#[component]
fn Leave(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let wrong = Signal::derive(move || {
        error.with(|error| error.as_ref().filter(|error| error.is(ErrorCode::WrongPassword)).map(Error::text))
    });
    let general = move || {
        error
            .get()
            .filter(|_| wrong.get().is_none())
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || password.with_untracked(String::is_empty) {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let body = DeleteAccount { password: password.get_untracked() };
            // Whatever comes over the socket meanwhile, this end of the session is meant.
            desk.api.leave();
            match desk.api.delete_account(&body).await {
                Ok(()) => desk.api.end(),
                Err(problem) => {
                    desk.api.stay();
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    view! {
        <form class="form" aria-label=t!("delete-account") on:submit=submit novalidate>
            <p class="dialog-text">{t!("delete-account-text")}</p>
            <PasswordField label=t!("password") value=password error=wrong required=true />
            {general}
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t!("cancel")}
                </Button>
                <Button kind=ButtonKind::Danger submit=true busy>
                    {t!("delete-account")}
                </Button>
            </footer>
        </form>
    }
}
