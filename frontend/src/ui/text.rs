//! Small pieces of text with a meaning: counts, labels, keys, and what only assistive technology reads.

use leptos::prelude::*;

/// A count in a pill; nothing at 0, `99+` past 99. The number is drawn by the style sheet from an attribute, so that it
/// is no part of the visible label of a link around it.
#[component]
pub fn Badge(
    #[prop(into)] count: Signal<u32>,
    /// What assistive technology reads instead of the number, such as "3 unread messages".
    #[prop(optional, into)]
    label: Signal<String>,
    /// In the marker's colour: for mentions.
    #[prop(optional)]
    strong: bool,
) -> impl IntoView {
    let shown = move || if count.get() > 99 { "99+".to_owned() } else { count.get().to_string() };
    view! {
        <Show when=move || { count.get() > 0 }>
            <span class="badge" class:badge-strong=strong>
                <span class="badge-count" aria-hidden=move || (!label.read().is_empty()).then_some("true") data-count=shown></span>
                <span class="visually-hidden">{move || label.get()}</span>
            </span>
        </Show>
    }
    .into_any()
}

/// What a [`Tag`] says beyond its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagKind {
    #[default]
    Plain,
    Lamp,
    Marker,
    Danger,
}

/// A small label, such as a role.
#[component]
pub fn Tag(#[prop(optional)] kind: TagKind, children: Children) -> impl IntoView {
    let class = match kind {
        TagKind::Plain => "tag",
        TagKind::Lamp => "tag tag-lamp",
        TagKind::Marker => "tag tag-marker",
        TagKind::Danger => "tag tag-danger",
    };
    view! { <span class=class>{children()}</span> }
}

/// Keys to press together, such as `Mod+K`, `Alt+ArrowUp` or `?`. `Mod` is Ctrl, and Command on Apple's machines.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    let apple = is_apple();
    let keys = keys.split('+').map(|key| view! { <kbd>{key_name(key, apple)}</kbd> }).collect_view();
    view! { <span class="keys">{keys}</span> }
}

/// What is printed on the key.
fn key_name(key: &str, apple: bool) -> String {
    match (key, apple) {
        ("Mod", true) => "⌘",
        ("Mod", false) => "Ctrl",
        ("Alt", true) => "⌥",
        ("Shift", _) => "⇧",
        ("Enter", _) => "↵",
        ("ArrowUp", _) => "↑",
        ("ArrowDown", _) => "↓",
        ("ArrowLeft", _) => "←",
        ("ArrowRight", _) => "→",
        ("Escape", _) => "Esc",
        (other, _) => other,
    }
    .to_owned()
}

fn is_apple() -> bool {
    #[cfg(target_arch = "wasm32")]
    {
        let agent = window().navigator().user_agent().unwrap_or_default();
        agent.contains("Mac OS") || agent.contains("iPhone") || agent.contains("iPad")
    }
    #[cfg(not(target_arch = "wasm32"))]
    false
}

/// Words for assistive technology alone.
#[component]
pub fn VisuallyHidden(children: Children) -> impl IntoView {
    view! { <span class="visually-hidden">{children()}</span> }
}

#[cfg(test)]
mod tests {
    use super::key_name;

    #[test]
    fn keys_are_named_as_they_are_printed() {
        assert_eq!(key_name("Mod", true), "⌘");
        assert_eq!(key_name("Mod", false), "Ctrl");
        assert_eq!(key_name("ArrowUp", false), "↑");
        assert_eq!(key_name("K", false), "K");
    }
}
