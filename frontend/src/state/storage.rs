//! What outlives a reload: small JSON values in the browser's local storage. A browser that keeps none (private modes,
//! a full disk) costs persistence and nothing else.

use leptos::{ev, prelude::window_event_listener};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::Storage;

use crate::json;

const PREFIX: &str = "studyhall.";

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The value under a key; none where there is none or where it is not of this shape any more.
pub fn get<T: DeserializeOwned>(key: &str) -> Option<T> {
    let text = local()?.get_item(&format!("{PREFIX}{key}")).ok().flatten()?;
    json::read(&text).ok()
}

/// Keeps a value; answers whether it was kept.
pub fn set<T: Serialize>(key: &str, value: &T) -> bool {
    let (Some(local), Ok(text)) = (local(), serde_json::to_string(value)) else { return false };
    local.set_item(&format!("{PREFIX}{key}"), &text).is_ok()
}

pub fn remove(key: &str) {
    if let Some(local) = local() {
        // A key that is not there is as good as removed.
        drop(local.remove_item(&format!("{PREFIX}{key}")));
    }
}

/// The keys that begin so.
pub fn keys(prefix: &str) -> Vec<String> {
    let Some(local) = local() else { return Vec::new() };
    let length = local.length().unwrap_or_default();
    (0..length)
        .filter_map(|at| local.key(at).ok().flatten())
        .filter_map(|key| Some(key.strip_prefix(PREFIX)?.to_owned()))
        .filter(|key| key.starts_with(prefix))
        .collect()
}

/// Tells of the keys that other tabs change, for as long as the page lives.
pub fn watch(run: impl Fn(&str) + 'static) {
    let _ = window_event_listener(ev::storage, move |event| {
        if let Some(key) = event.key().as_deref().and_then(|key| key.strip_prefix(PREFIX)) {
            run(key);
        }
    });
}
