//! Signing in and creating an account.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire as wire;
use studyhall_wire::limits::DISPLAY_NAME_CHARS;
use wasm_bindgen::JsCast;

use crate::{
    api::Error,
    app::Entrance,
    route::{Route, use_router},
    t,
    ui::{Button, ButtonKind, DeskLamp, PasswordField, TextField, Wordmark, focus},
};

/// After signing in: to where one wanted to go.
fn go_on(next: Option<&str>) {
    let (path, query) = next.map_or(("/chats", ""), |next| next.split_once('?').unwrap_or((next, "")));
    let place = match Route::parse(path, query) {
        Route::SignIn { .. } | Route::Register { .. } => Route::Chats,
        // Who signs in for an invitation takes it.
        Route::Invite { code, .. } => Route::Invite { code, join: true },
        place => place,
    };
    use_router().replace(place);
}

/// The desk by the lamp: what both forms stand on.
#[component]
pub fn Desktop(children: Children) -> impl IntoView {
    view! {
        <div class="desk">
            <DeskLamp />
            <main class="sheet">
                <header class="sheet-head">
                    <h1>
                        <Wordmark />
                    </h1>
                    <p class="sheet-lead">{t!("door-line")}</p>
                </header>
                {children()}
            </main>
        </div>
    }
}

/// What is said beside a field that was left out.
fn missing(tried: bool, value: RwSignal<String>) -> Option<String> {
    (tried && value.with(|value| value.trim().is_empty())).then(|| t!("field-required"))
}

/// The form that is being submitted.
fn form_of(event: &web_sys::SubmitEvent) -> Option<web_sys::HtmlElement> {
    event.current_target()?.dyn_into().ok()
}

fn form_error(error: RwSignal<Option<Error>>) -> impl IntoView {
    move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
}

/// The form "Sign in".
#[component]
pub fn SignIn(
    /// Where to go afterwards.
    next: Option<String>,
    /// Whether the server ended the session before this one.
    ended: bool,
) -> impl IntoView {
    let entrance: Entrance = expect_context();
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let register = Route::Register { next: next.clone() }.href();
    let owner = Owner::current().unwrap_or_default();
    let tried = RwSignal::new(false);
    let missing = move |value: RwSignal<String>| Signal::derive(move || missing(tried.get(), value));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        tried.set(true);
        let body =
            wire::Login { username: username.get_untracked().trim().to_owned(), password: password.get_untracked() };
        let form = form_of(&event);
        if body.username.is_empty() || body.password.is_empty() {
            return focus::to_first_invalid(form.as_ref());
        }
        busy.set(true);
        error.set(None);
        let (next, owner) = (next.clone(), owner.clone());
        spawn_local(async move {
            match entrance.api.login(&body).await {
                Ok(me) => owner.with(|| {
                    go_on(next.as_deref());
                    entrance.enter(me);
                }),
                Err(problem) => {
                    error.set(Some(problem));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <Desktop>
            <form class="form" aria-label=t!("sign-in") on:submit=submit novalidate>
                {ended.then(|| view! { <p class="page-note" role="status">{t!("session-ended")}</p> })}
                <TextField
                    label=t!("username")
                    value=username
                    error=missing(username)
                    autocomplete="username"
                    verbatim=true
                    required=true
                    autofocus=true
                />
                <PasswordField label=t!("password") value=password error=missing(password) required=true />
                {form_error(error)}
                <Button kind=ButtonKind::Primary submit=true wide=true busy>
                    {t!("sign-in")}
                </Button>
            </form>
            <p class="sheet-foot">
                <a href=register>{t!("create-account-link")}</a>
            </p>
        </Desktop>
    }
}

/// The form "Create an account".
#[component]
pub fn Register(
    /// Where to go afterwards.
    next: Option<String>,
) -> impl IntoView {
    let entrance: Entrance = expect_context();
    let username = RwSignal::new(String::new());
    let display_name = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let sign_in = Route::SignIn { next: next.clone(), ended: false }.href();
    let owner = Owner::current().unwrap_or_default();
    let tried = RwSignal::new(false);
    let field = move |name: &'static str, value: Option<RwSignal<String>>| {
        Signal::derive(move || {
            let said = error.with(|error| error.as_ref()?.field(name));
            said.or_else(|| missing(tried.get(), value?))
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        tried.set(true);
        let name = display_name.get_untracked().trim().to_owned();
        let body = wire::Register {
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            display_name: (!name.is_empty()).then_some(name),
            email: None,
        };
        let form = form_of(&event);
        if body.username.is_empty() || body.password.is_empty() {
            error.set(None);
            return focus::to_first_invalid(form.as_ref());
        }
        busy.set(true);
        error.set(None);
        let (next, owner) = (next.clone(), owner.clone());
        spawn_local(async move {
            match entrance.api.register(&body).await {
                Ok(me) => owner.with(|| {
                    go_on(next.as_deref());
                    entrance.enter(me);
                }),
                Err(problem) => {
                    error.set(Some(problem));
                    busy.set(false);
                    focus::to_first_invalid(form.as_ref());
                }
            }
        });
    };
    // What is said beside a field is not said again below.
    let general = move || {
        let beside = ["username", "display_name", "password"];
        error
            .get()
            .filter(|error| !beside.iter().any(|name| error.field(name).is_some()))
            .map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
    };
    view! {
        <Desktop>
            <form class="form" aria-label=t!("create-account-title") on:submit=submit novalidate>
                <TextField
                    label=t!("username")
                    value=username
                    hint=t!("username-hint")
                    error=field("username", Some(username))
                    autocomplete="username"
                    verbatim=true
                    required=true
                    autofocus=true
                />
                <TextField
                    label=t!("display-name")
                    value=display_name
                    hint=t!("display-name-hint")
                    error=field("display_name", None)
                    autocomplete="name"
                    max_chars=DISPLAY_NAME_CHARS
                />
                <PasswordField
                    label=t!("password")
                    value=password
                    hint=t!("password-hint")
                    error=field("password", Some(password))
                    fresh=true
                    required=true
                />
                {general}
                <Button kind=ButtonKind::Primary submit=true wide=true busy>
                    {t!("create-account")}
                </Button>
            </form>
            <p class="sheet-foot">
                <a href=sign_in>{t!("have-account-link")}</a>
            </p>
        </Desktop>
    }
}
