//! The root: who is signed in, which page that gives, and what every page needs.

use leptos::{ev, prelude::*, task::spawn_local};

use crate::{
    api::{Api, End, Error, Probe},
    clock, i18n,
    pages::{Loading, Shell, Unreachable},
    parts,
    route::{Route, Router},
    state::{Desk, leaving, prefs::provide_prefs},
    t,
    ui::{Toasts, TooltipLayer, keep_above_keyboard, later_page, provide_narrow, provide_toasts, time},
};

/// Between attempts to find out who is signed in, in milliseconds.
const PROBE_AGAIN_MS: u32 = 4_000;

/// Who is here.
#[derive(Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, and a box would not be Copy")]
enum Who {
    /// Not found out yet.
    Unknown,
    /// The server cannot be reached to find out.
    Unreachable,
    Nobody,
    Someone(Desk),
}

/// Makes a desk of what signing in gave.
#[derive(Clone, Copy)]
pub struct Entrance {
    pub api: Api,
    who: RwSignal<Who>,
    owner: StoredValue<Owner>,
}

impl Entrance {
    /// Someone has signed in.
    pub fn enter(self, me: studyhall_wire::Me) {
        // What the desk holds lives as long as the page, whoever happens to call this.
        let desk = self.owner.with_value(|owner| owner.with(|| Desk::start(self.api, me)));
        self.who.set(Who::Someone(desk));
    }

    async fn find_out(self) {
        loop {
            let probe = match leaving::finish(self.api).await {
                Ok(()) => self.api.probe().await,
                Err(error) => Err(error),
            };
            match probe {
                Ok(Probe::SignedIn(me)) => return self.enter(*me),
                Ok(Probe::SignedOut) | Err(Error::SignedOut) => return self.who.set(Who::Nobody),
                Err(_) => self.who.set(Who::Unreachable),
            }
            clock::sleep(PROBE_AGAIN_MS).await;
        }
    }
}

/// The whole client.
#[component]
pub fn App() -> impl IntoView {
    // What index.html shows until here.
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    provide_prefs();
    provide_toasts();
    provide_narrow();
    keep_above_keyboard();
    time::watch_midnight();
    refuse_dropped_files();
    i18n::tell_page();
    let router = Router::provide();
    let api = Api::new();
    let owner = Owner::current().unwrap_or_default();
    let entrance = Entrance { api, who: RwSignal::new(Who::Unknown), owner: StoredValue::new(owner) };
    provide_context(entrance);
    spawn_local(entrance.find_out());

    // The end of a session loads the page anew: nothing of one person is left for the next.
    Effect::new(move || {
        let to = match api.ended().get() {
            None => return,
            Some(End::Replaced) => return drop(window().location().reload()),
            Some(End::Left) => Route::SignIn { next: None, ended: false },
            Some(End::Revoked) => Route::SignIn { next: Some(router.route_now().href()), ended: true },
        };
        drop(window().location().replace(&to.href()));
    });

    let page = move || {
        // A switch of the language draws everything anew.
        let _language = i18n::language();
        match entrance.who.get() {
            Who::Unknown => view! { <Loading /> }.into_any(),
            Who::Unreachable => view! { <Unreachable /> }.into_any(),
            Who::Nobody => view! { <Door /> }.into_any(),
            Who::Someone(desk) => {
                provide_context(desk);
                view! { <Shell /> }.into_any()
            }
        }
    };
    view! {
        {page}
        <Toasts />
        <TooltipLayer />
    }
}

/// A file that is dropped beside what takes files must not make the browser leave for it. Both listeners live as long
/// as the page.
fn refuse_dropped_files() {
    let refuse = |event: web_sys::DragEvent| {
        let Some(data) = event.data_transfer().filter(|_| !event.default_prevented()) else { return };
        if data.types().iter().any(|kind| kind == "Files") {
            event.prevent_default();
            data.set_drop_effect("none");
        }
    };
    let _ = window_event_listener(ev::dragover, refuse);
    let _ = window_event_listener(ev::drop, refuse);
}

/// What there is for who is not signed in. Every other place asks to sign in first, and is where one is afterwards.
#[component]
fn Door() -> impl IntoView {
    let router = crate::route::use_router();
    Effect::new(|| document().set_title(&t!("app-name")));
    move || match router.route() {
        Route::Register { next } => later_page(parts::register, move |draw| draw(next.clone())),
        Route::Reset { token } => later_page(parts::reset, move |draw| draw(token.clone())),
        Route::Invite { code, .. } => later_page(parts::invite_door, move |draw| draw(code.clone())),
        Route::SignIn { next, ended } => sign_in(next, ended),
        Route::Chats => sign_in(None, false),
        place => sign_in(Some(place.href()), false),
    }
}

fn sign_in(next: Option<String>, ended: bool) -> AnyView {
    later_page(parts::sign_in, move |draw| draw(next.clone(), ended))
}
