//! Places and their URLs. Reading and writing them is pure; the [`Router`] keeps the address bar and the page together.
//!
//! Links are plain `<a href>`: one listener turns a click on one of ours into a change of place, so that "open in a new
//! tab" and "copy link" work as everywhere.

use std::fmt::Write as _;

use leptos::{ev, prelude::*};
use studyhall_wire::{ConversationId, Seq};
use wasm_bindgen::{JsCast, JsValue};

/// A page of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Section {
    #[default]
    Profile,
    Appearance,
    Language,
    Password,
    Sessions,
    Account,
}

impl Section {
    pub const ALL: [Self; 6] =
        [Self::Profile, Self::Appearance, Self::Language, Self::Password, Self::Sessions, Self::Account];

    const fn slug(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Appearance => "appearance",
            Self::Language => "language",
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::Account => "account",
        }
    }
}

/// Where one is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    Chats,
    /// A conversation, at its end or at a message.
    Chat {
        id: ConversationId,
        at: Option<Seq>,
    },
    /// The list of settings, or one page of it.
    Settings(Option<Section>),
    /// `next` is where to go afterwards; `ended`: the server ended the session before this one.
    SignIn {
        next: Option<String>,
        ended: bool,
    },
    Register {
        next: Option<String>,
    },
    NotFound,
}

impl Route {
    pub fn chat(id: ConversationId) -> Self {
        Self::Chat { id, at: None }
    }

    /// The place of a path and its query (without `?`).
    pub fn parse(path: &str, query: &str) -> Self {
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
        };
        // Only a path of this site: never `//elsewhere` or `https:`.
        let next = || {
            let next = unescape(value("next")?)?;
            (next.starts_with('/') && !next.starts_with("//") && !next.contains('\\')).then_some(next)
        };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments[..] {
            [] | ["chats"] => Self::Chats,
            ["chats", id] => match id.parse() {
                Ok(id) => Self::Chat { id, at: value("at").and_then(|at| at.parse().ok()) },
                Err(_) => Self::NotFound,
            },
            ["settings"] => Self::Settings(None),
            ["settings", slug] => match Section::ALL.into_iter().find(|section| section.slug() == slug) {
                Some(section) => Self::Settings(Some(section)),
                None => Self::NotFound,
            },
            ["sign-in"] => Self::SignIn { next: next(), ended: value("ended").is_some() },
            ["register"] => Self::Register { next: next() },
            _ => Self::NotFound,
        }
    }

    /// The URL of a place.
    pub fn href(&self) -> String {
        let next = |path: &str, next: &Option<String>| match next {
            Some(next) => format!("{path}?next={}", escape(next)),
            None => path.to_owned(),
        };
        match self {
            Self::Chats | Self::NotFound => "/chats".to_owned(),
            Self::Chat { id, at: None } => format!("/chats/{id}"),
            Self::Chat { id, at: Some(seq) } => format!("/chats/{id}?at={seq}"),
            Self::Settings(None) => "/settings".to_owned(),
            Self::Settings(Some(section)) => format!("/settings/{}", section.slug()),
            Self::SignIn { next: to, ended } => {
                let url = next("/sign-in", to);
                match (ended, to) {
                    (false, _) => url,
                    (true, Some(_)) => format!("{url}&ended=1"),
                    (true, None) => format!("{url}?ended=1"),
                }
            }
            Self::Register { next: to } => next("/register", to),
        }
    }
}

/// Percent-encodes what is not unreserved (RFC 3986, 2.3) nor a slash.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(bytes.next()?)? * 16 + digit(bytes.next()?)?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// The place that the page shows. A handle: copies share it.
#[derive(Clone, Copy)]
pub struct Router {
    route: RwSignal<Route>,
}

impl Router {
    /// Reads the address bar, listens for back and for clicks on links, and provides itself to the page.
    pub fn provide() -> Self {
        let router = Self { route: RwSignal::new(current()) };
        // Both live as long as the page.
        let _ = window_event_listener_untyped("popstate", move |_| router.route.set(current()));
        let _ = window_event_listener(ev::click, move |event| router.follow(&event));
        provide_context(router);
        router
    }

    /// The place, tracked.
    pub fn route(self) -> Route {
        self.route.get()
    }

    pub fn route_now(self) -> Route {
        self.route.get_untracked()
    }

    /// Goes to a place, as a new step in the history.
    pub fn go(self, route: Route) {
        if self.route_now() != route {
            if let Ok(history) = window().history() {
                // Refused only for another origin.
                drop(history.push_state_with_url(&JsValue::NULL, "", Some(&route.href())));
            }
            self.route.set(route);
        }
    }

    /// Goes to a place, in place of this one.
    pub fn replace(self, route: Route) {
        if let Ok(history) = window().history() {
            drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&route.href())));
        }
        self.route.set(route);
    }

    fn follow(self, event: &web_sys::MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(link) = target.and_then(|target| target.closest("a[href]").ok().flatten()) else { return };
        let href = link.get_attribute("href").unwrap_or_default();
        let ours = href.starts_with('/') && !["//", "/api/", "/docs"].iter().any(|prefix| href.starts_with(prefix));
        if ours && !link.has_attribute("target") && !link.has_attribute("download") {
            event.prevent_default();
            let (path, query) = href.split_once('?').unwrap_or((&href, ""));
            self.go(Route::parse(path, query));
        }
    }
}

/// The router of the page.
pub fn use_router() -> Router {
    expect_context()
}

fn current() -> Route {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    Route::parse(&path, query.trim_start_matches('?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Route {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Route::parse(path, query)
    }

    #[test]
    fn each_place_is_found_again_by_its_url() {
        let id = ConversationId::new();
        let mut places = vec![
            Route::Chats,
            Route::chat(id),
            Route::Chat { id, at: Some(42) },
            Route::Settings(None),
            Route::SignIn { next: None, ended: false },
            Route::SignIn { next: None, ended: true },
            Route::SignIn { next: Some(format!("/chats/{id}?at=42")), ended: true },
            Route::Register { next: Some("/settings/profile".into()) },
        ];
        places.extend(Section::ALL.map(|section| Route::Settings(Some(section))));
        for place in places {
            assert_eq!(parse(&place.href()), place);
        }
    }

    #[test]
    fn what_is_no_place_is_not_found_and_next_stays_on_this_site() {
        assert_eq!(parse("/chats/7"), Route::NotFound);
        assert_eq!(parse("/settings/secret"), Route::NotFound);
        assert_eq!(parse("/nowhere"), Route::NotFound);
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "%2F%2Fevil.example", "%zz"] {
            assert_eq!(parse(&format!("/sign-in?next={next}")), Route::SignIn { next: None, ended: false });
        }
    }
}
