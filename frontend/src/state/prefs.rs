//! What the reader chose on this device: theme, and which key sends. Kept in local storage.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::storage;

const KEY: &str = "prefs";

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of `data-theme`; empty leaves it to the system.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    pub theme: Theme,
    /// Ctrl or ⌘ with Enter sends, and Enter alone breaks the line.
    pub send_with_modifier: bool,
}

/// Reads what was kept, applies it, and keeps every change.
pub fn provide_prefs() -> RwSignal<Prefs> {
    let prefs = RwSignal::new(storage::get::<Prefs>(KEY).unwrap_or_default());
    Effect::new(move |before: Option<Prefs>| {
        let now = prefs.get();
        if before.is_some_and(|before| before != now) {
            storage::set(KEY, &now);
        }
        apply(now.theme);
        now
    });
    storage::watch(move |key| {
        if key == KEY {
            prefs.set(storage::get(KEY).unwrap_or_default());
        }
    });
    provide_context(prefs);
    prefs
}

/// The preferences of this device.
pub fn use_prefs() -> RwSignal<Prefs> {
    expect_context()
}

fn apply(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // Neither call can fail for a name that is well-formed.
    drop(match theme.attribute() {
        "" => root.remove_attribute("data-theme"),
        value => root.set_attribute("data-theme", value),
    });
}
