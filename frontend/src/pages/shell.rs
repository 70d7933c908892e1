//! What stands around every page of who is signed in: the rail, the keys that work everywhere, the title.

use leptos::{ev, prelude::*, task::spawn_local};
use web_sys::KeyboardEvent;

use super::{chats::Chats, notifications::NotificationsButton, states::NotFound};
use crate::{
    clock, markdown, parts,
    route::{Route, use_router},
    socket::Status,
    state::{
        Desk, Load,
        list::Conversations,
        prefs::{Theme, use_prefs},
        rights, title_of, use_desk,
    },
    t,
    ui::{
        Avatar, AvatarSize, Badge, ConfirmDialog, Dialog, Icon, IconName, Later, LinkState, Logo, Menu, MenuItem,
        OfflineBar, Side, focus, is_narrow, later_page, modal_is_open,
    },
};

/// How long a connection may be gone before anybody is told, in milliseconds.
const PATIENCE_MS: u32 = 1_500;

/// A place in the rail: its name, icon, URL, whether a route lies within it, and what waits there.
struct Place {
    name: fn() -> String,
    icon: IconName,
    href: &'static str,
    holds: fn(&Route) -> bool,
    waiting: fn(Desk) -> u32,
}

/// The places of the rail. A feature that comes later adds its line here.
static PLACES: &[Place] = &[
    Place {
        name: || t!("place-chats"),
        icon: IconName::MessagesSquare,
        href: "/chats",
        holds: |route| matches!(route, Route::Chats | Route::Chat { .. }),
        waiting: |desk| desk.conversations.with(Conversations::unread),
    },
    Place {
        name: || t!("place-friends"),
        icon: IconName::Users,
        href: "/friends",
        holds: |route| matches!(route, Route::Friends(_)),
        waiting: |desk| desk.circle.with(|circle| u32::try_from(circle.incoming().len()).unwrap_or(u32::MAX)),
    },
    Place {
        name: || t!("place-groups"),
        icon: IconName::UsersRound,
        href: "/groups",
        holds: |route| matches!(route, Route::Groups | Route::Discover | Route::Group { .. }),
        waiting: Desk::all_join_requests,
    },
];

/// The place of who moderates or administers, below the others.
static ADMIN: Place = Place {
    name: || t!("place-admin"),
    icon: IconName::Shield,
    href: "/admin",
    holds: |route| matches!(route, Route::Admin(_)),
    waiting: |_| 0,
};

/// What the panes show. A change within one of them draws nothing anew.
#[derive(Clone, PartialEq, Eq)]
enum Area {
    Chats,
    Friends,
    Groups,
    Invite { code: String, join: bool },
    Reset { token: String },
    Admin,
    Settings,
    NotFound,
}

/// The frame of every page.
#[component]
pub fn Shell() -> impl IntoView {
    let router = use_router();
    let desk = use_desk();
    let palette = RwSignal::new(false);
    let shortcuts = RwSignal::new(false);
    let link = link_state();
    let prefs = use_prefs();

    // The account's time zone, where one is set, is the reader's.
    Effect::new(move || {
        let zone = desk.me.with(|me| me.timezone.clone());
        crate::ui::time::use_zone((!zone.is_empty()).then_some(zone));
    });
    Effect::new(move || document().set_title(&title()));
    let keys = window_event_listener(ev::keydown, move |event| global_key(&event, palette, shortcuts));
    on_cleanup(move || keys.remove());

    let place = Memo::new(move |_| match router.route() {
        Route::Chats | Route::Chat { .. } | Route::SignIn { .. } | Route::Register { .. } => Area::Chats,
        Route::Friends(_) => Area::Friends,
        Route::Groups | Route::Discover | Route::Group { .. } => Area::Groups,
        Route::Invite { code, join } => Area::Invite { code, join },
        Route::Reset { token } => Area::Reset { token },
        Route::Admin(_) => Area::Admin,
        Route::Settings(_) => Area::Settings,
        Route::NotFound => Area::NotFound,
    });
    // What shows messages, beside the first ones; and with the first view shown, there is time to fetch the rest.
    spawn_local(async { drop(markdown::fetch().await) });
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or_default();
        if !begun && matches!(desk.list.get(), Load::Ready) {
            spawn_local(parts::fetch_ahead());
            return true;
        }
        begun
    });
    // Signed in, the door leads to the chats.
    Effect::new(move || {
        if let Route::SignIn { next, .. } | Route::Register { next } = router.route() {
            let next = next.unwrap_or_default();
            let (path, query) = next.split_once('?').unwrap_or((&next, ""));
            router.replace(match Route::parse(path, query) {
                Route::SignIn { .. } | Route::Register { .. } => Route::Chats,
                place => place,
            });
        }
    });
    // On a narrow screen one pane is shown at a time.
    let pane = move || match router.route() {
        Route::Chat { panel: Some(_), .. } => "details",
        Route::Chat { .. }
        | Route::Discover
        | Route::Group { .. }
        | Route::Admin(Some(_))
        | Route::Settings(Some(_))
        | Route::NotFound => "main",
        // One pane that is all there is: the rail stays.
        Route::Friends(_) | Route::Invite { .. } | Route::Reset { .. } => "page",
        _ => "list",
    };
    let pane = Memo::new(move |_| pane());
    Effect::new(move |before: Option<&'static str>| {
        let now = pane.get();
        if before.is_some_and(|before| before != now) && is_narrow() {
            keep_focus();
        }
        now
    });
    view! {
        <div class="app" data-pane=pane>
            <a class="skip-link" href="#main">
                {t!("skip")}
            </a>
            <OfflineBar state=link />
            <div class="places">
                <Rail />
                {move || match place.get() {
                    Area::Chats => view! { <Chats /> }.into_any(),
                    Area::Friends => later_page(parts::friends, |draw| draw()),
                    Area::Groups => later_page(parts::groups, |draw| draw()),
                    Area::Invite { code, join } => later_page(parts::invite, move |draw| draw(code.clone(), join)),
                    Area::Reset { token } => later_page(parts::reset, move |draw| draw(token.clone())),
                    Area::Admin => later_page(parts::admin, |draw| draw()),
                    Area::Settings => later_page(parts::settings, |draw| draw()),
                    Area::NotFound => view! { <NotFound /> }.into_any(),
                }}
            </div>
        </div>
        <Dialog open=palette title=t!("jump-to") plain=true>
            <Later code=parts::palette draw=move |draw| draw(palette) />
        </Dialog>
        <Dialog open=shortcuts title=t!("keys-title") wide=true>
            <Later
                code=parts::shortcuts
                draw=move |draw| draw(Signal::derive(move || prefs.get().send_with_modifier))
            />
        </Dialog>
        <div class="visually-hidden" aria-live="polite">
            {move || desk.announcement.get()}
        </div>
    }
}

#[component]
fn Rail() -> impl IntoView {
    let router = use_router();
    let desk = use_desk();
    let prefs = use_prefs();
    let link = move |place: &'static Place| {
        let is_here = move || (place.holds)(&router.route()).then_some("page");
        let waiting = Memo::new(move |_| (place.waiting)(desk));
        view! {
            <a
                class="rail-item"
                href=place.href
                aria-label=(place.name)()
                aria-description=move || (waiting.get() > 0).then(|| t!("waiting-count", count = waiting.get()))
                aria-current=is_here
                data-tip=(place.name)()
            >
                <Icon name=place.icon size=22 />
                <span class="rail-label" aria-hidden="true">
                    {(place.name)()}
                </span>
                <Badge count=waiting />
            </a>
        }
    };
    let links = PLACES.iter().map(link).collect_view();
    let moderates = Memo::new(move |_| desk.me.with(|me| rights::sees_reports(me.user.role)));
    let theme_icon = Signal::derive(move || match prefs.get().theme {
        Theme::System => IconName::SunMoon,
        Theme::Light => IconName::Sun,
        Theme::Dark => IconName::Moon,
    });
    let themes = Signal::derive(move || {
        let item = |theme: Theme| {
            MenuItem::new(theme_name(theme), move || prefs.update(|prefs| prefs.theme = theme))
                .checked(prefs.get().theme == theme)
        };
        Theme::ALL.map(item).to_vec()
    });
    let (asking, leaving) = (RwSignal::new(false), RwSignal::new(false));
    let leave = move |()| {
        leaving.set(true);
        spawn_local(desk.sign_out());
    };
    let sign_out = move || {
        if untrack(|| desk.unsent()) > 0 {
            asking.set(true);
        } else {
            leave(());
        }
    };
    let account = Signal::derive(move || {
        vec![
            MenuItem::link(t!("settings"), Route::Settings(None).href()).icon(IconName::Settings),
            MenuItem::new(t!("sign-out"), sign_out).icon(IconName::LogOut).group(),
        ]
    });
    let me = Signal::derive(move || desk.me.with(|me| me.user.clone()));
    view! {
        <nav class="rail" aria-label=t!("main-navigation")>
            <span class="rail-logo">
                <Logo />
            </span>
            {links}
            <span class="rail-gap"></span>
            {move || moderates.get().then(|| link(&ADMIN))}
            <NotificationsButton />
            <Menu label=t!("theme") items=themes side=Side::Beside class="rail-item rail-theme">
                <Icon name=theme_icon size=20 />
            </Menu>
            <Menu label=t!("account") items=account side=Side::Beside class="rail-me">
                <Avatar user=me size=AvatarSize::Small />
            </Menu>
        </nav>
        <ConfirmDialog
            open=asking
            title=t!("sign-out-title")
            text=t!("sign-out-unsent")
            confirm=t!("sign-out")
            busy=leaving
            on_confirm=leave
        />
    }
}

/// What a theme is called.
pub(super) fn theme_name(theme: Theme) -> String {
    match theme {
        Theme::System => t!("theme-system"),
        Theme::Light => t!("theme-light"),
        Theme::Dark => t!("theme-dark"),
    }
}

/// Where one pane is shown at a time, the one that had the focus may be gone: then the new one has it.
fn keep_focus() {
    request_animation_frame(|| {
        if focus::focused().is_none_or(|focused| focused.offset_width() == 0) {
            let panes = document().body().map(|body| focus::matching(&body, ".pane[tabindex]")).unwrap_or_default();
            if let Some(pane) = panes.iter().find(|pane| pane.offset_width() > 0) {
                drop(pane.focus());
            }
        }
    });
}

/// How the connection is, as the bar tells it: what mends itself at once is not worth a word.
fn link_state() -> Signal<LinkState> {
    let desk = use_desk();
    let shown = RwSignal::new(LinkState::Online);
    let status = desk.socket.status();
    Effect::new(move || match status.get() {
        Status::Online | Status::Ended => shown.set(LinkState::Online),
        Status::Offline if !clock::is_online() => shown.set(LinkState::Offline),
        Status::Connecting | Status::Offline => spawn_local(async move {
            clock::sleep(PATIENCE_MS).await;
            let now = status.try_get_untracked();
            if matches!(now, Some(Status::Connecting | Status::Offline)) {
                let state = if now == Some(Status::Connecting) { LinkState::Reconnecting } else { LinkState::Offline };
                shown.try_set(state);
            }
        }),
    });
    shown.into()
}

/// The document's title: unread messages, the conversation, the name of it all.
fn title() -> String {
    let desk = use_desk();
    let open = desk.open.get();
    desk.conversations.with(|conversations| {
        let unread = conversations.unread();
        let count = if unread > 0 { format!("({unread}) ") } else { String::new() };
        let name = t!("app-name");
        match open.and_then(|id| conversations.get(id)) {
            Some(conversation) => format!("{count}{} · {name}", title_of(conversation)),
            None => match place_name(&use_router().route()) {
                Some(place) => format!("{count}{place} · {name}"),
                None => format!("{count}{name}"),
            },
        }
    })
}

/// What the place of a route is called, where it is no conversation.
fn place_name(route: &Route) -> Option<String> {
    if matches!(route, Route::Settings(_)) {
        return Some(t!("settings"));
    }
    PLACES.iter().chain([&ADMIN]).find(|place| (place.holds)(route)).map(|place| (place.name)())
}

fn global_key(event: &KeyboardEvent, palette: RwSignal<bool>, shortcuts: RwSignal<bool>) {
    let command = event.ctrl_key() || event.meta_key();
    if command && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
        event.prevent_default();
        palette.update(|open| *open = !*open);
    } else if event.key() == "?" && !command && !is_writing(event) && !modal_is_open() {
        event.prevent_default();
        shortcuts.set(true);
    }
}

/// Whether a key goes into a field.
pub(super) fn is_writing(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest("input,textarea,select,[contenteditable]").ok().flatten().is_some())
}
