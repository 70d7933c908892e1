//! The address bar and the page, kept together.
//!
//! Links are plain `<a href>`: one listener turns a click on one of ours into a change of place, so that "open in a new
//! tab" and "copy link" work as everywhere.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};

use super::Route;

/// The place that the page shows. A handle: copies share it.
#[derive(Clone, Copy)]
pub struct Router {
    route: RwSignal<Route>,
    /// Counts the wishes to be where one is already: a link to the message on the page leads to it again.
    again: RwSignal<u32>,
}

impl Router {
    /// Reads the address bar, listens for back and for clicks on links, and provides itself to the page.
    pub fn provide() -> Self {
        let router = Self { route: RwSignal::new(current()), again: RwSignal::new(0) };
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

    /// Changes with each wish to go where one is already, tracked.
    pub fn again(self) -> u32 {
        self.again.get()
    }

    /// Goes to a place, as a new step in the history.
    pub fn go(self, route: Route) {
        if self.route_now() == route {
            self.again.update(|count| *count = count.wrapping_add(1));
        } else {
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
            let mark = history.state().unwrap_or_default();
            drop(history.replace_state_with_url(&mark, "", Some(&route.href())));
        }
        self.route.set(route);
    }

    /// Goes to a place that covers this one: [`Self::uncover`] comes back, and so does the browser's "back".
    pub fn cover(self, route: Route) {
        if let Ok(history) = window().history() {
            drop(history.push_state_with_url(&JsValue::from_str(COVERS), "", Some(&route.href())));
        }
        self.route.set(route);
    }

    /// Leaves a place that covers another one for that one: a step back where it was [`Self::cover`] that led here.
    pub fn uncover(self, route: Route) {
        let covers = window()
            .history()
            .ok()
            .filter(|history| history.state().ok().and_then(|state| state.as_string()).as_deref() == Some(COVERS));
        match covers {
            Some(history) => drop(history.back()),
            None => self.replace(route),
        }
    }

    fn follow(self, event: &web_sys::MouseEvent) {
        if !is_plain(event) {
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

/// What the history's state says of a step that covers the one before.
const COVERS: &str = "covers";

/// Whether a click asks for nothing but what was clicked: no new tab, no menu, and nobody has seen to it yet.
pub fn is_plain(event: &web_sys::MouseEvent) -> bool {
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    !event.default_prevented() && event.button() == 0 && !modified
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
