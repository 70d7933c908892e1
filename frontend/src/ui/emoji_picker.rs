//! The emoji picker: a searchbox over a grid that moves by arrow keys, the last used ones first.

use leptos::{html, prelude::*, task::spawn_local};

use super::{
    SearchField,
    focus::{self, Axis},
};
use crate::{
    emoji::{self, Emoji},
    i18n, t,
};

/// How many stand in a row; the style sheet says the same.
const COLUMNS: usize = 8;
/// How many of the last used are kept.
const RECENT: usize = 16;
/// Where they are kept in `localStorage`.
const STORED: &str = "studyhall.emoji";
/// Offered until some have been used.
const FIRST: &str = "👍 ❤️ 😂 🎉 🤔 👀 🙏 ✅";

/// The last used emoji, newest first; a usual set before the first use.
#[must_use]
pub fn recent() -> Vec<Emoji> {
    #[cfg(target_arch = "wasm32")]
    let stored = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(STORED).ok().flatten());
    // On the host, where the tests run, nothing is stored.
    #[cfg(not(target_arch = "wasm32"))]
    let stored = Option::<String>::default();
    let stored = stored.unwrap_or_else(|| FIRST.to_owned());
    stored.split(' ').filter_map(|glyph| emoji::by_code(emoji::code_of(glyph)?)).take(RECENT).collect()
}

/// Puts an emoji first among the last used.
pub fn remember(glyph: &str) {
    let others = recent().into_iter().map(|emoji| emoji.glyph).filter(|other| *other != glyph);
    let list = std::iter::once(glyph).chain(others).take(RECENT).collect::<Vec<_>>().join(" ");
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(STORED, &list);
    }
}

/// Picks one emoji. Put it in a [`super::Popover`] with role `dialog`.
#[component]
pub fn EmojiPicker(
    /// Given the emoji; close the popover then.
    #[prop(into)]
    on_pick: Callback<&'static str>,
) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let grid = NodeRef::<html::Div>::new();
    spawn_local(async { drop(emoji::fetch().await) });
    let pick = move |glyph: &'static str| {
        remember(glyph);
        on_pick.run(glyph);
    };
    let cell = move |Emoji { glyph, code, .. }: Emoji| {
        view! {
            <button type="button" class="emoji" tabindex="-1" aria-label=code title=format!(":{code}:") on:click=move |_| pick(glyph)>
                {glyph}
            </button>
        }
    };
    let section = move |title: String, list: Vec<Emoji>| {
        view! {
            <section class="emoji-group" aria-label=title.clone()>
                <h3 aria-hidden="true">{title.clone()}</h3>
                <div class="emoji-grid">{list.into_iter().map(cell).collect_view()}</div>
            </section>
        }
    };
    let groups = move || {
        let query = query.get();
        if query.trim().is_empty() {
            let all = emoji::groups()
                .iter()
                .map(|group| (i18n::text(&format!("emoji-{}", group.key), &[]), group.emoji.clone()));
            std::iter::once((t!("emoji-recent"), recent()))
                .chain(all)
                .map(|(title, list)| section(title, list))
                .collect_view()
                .into_any()
        } else {
            let found = emoji::search(&query, 64);
            if found.is_empty() {
                view! { <p class="emoji-none">{t!("emoji-none")}</p> }.into_any()
            } else {
                section(t!("emoji-found"), found).into_any()
            }
        }
    };
    let on_search_key = move |event: web_sys::KeyboardEvent| {
        let Some(grid) = grid.get_untracked() else { return };
        let first = focus::matching(&grid, ".emoji").into_iter().next();
        match (event.key().as_str(), first) {
            ("ArrowDown", Some(first)) => {
                event.prevent_default();
                let _ = first.focus();
            }
            ("Enter", Some(first)) if !query.read_untracked().trim().is_empty() => {
                event.prevent_default();
                first.click();
            }
            _ => {}
        }
    };
    let search = NodeRef::<html::Input>::new();
    let on_grid_key = move |event: web_sys::KeyboardEvent| {
        let Some(grid) = grid.get_untracked() else { return };
        if !move_in_grid(&event, &grid) && event.key().chars().count() == 1 && event.key() != " " {
            // Typing goes on searching.
            if let Some(search) = search.get_untracked() {
                let _ = search.focus();
            }
        }
    };
    view! {
        <div class="emoji-picker">
            <div on:keydown=on_search_key>
                <SearchField label=t!("emoji-search") value=query autofocus=true input_ref=search />
            </div>
            <div node_ref=grid class="emoji-groups" on:keydown=on_grid_key>
                {groups}
            </div>
        </div>
    }
    .into_any()
}

/// Moves inside the group's grid, and from its edge into the next one's. Returns whether the key was one that moves.
fn move_in_grid(event: &web_sys::KeyboardEvent, root: &web_sys::Element) -> bool {
    let Some(current) = focus::focused() else { return false };
    let Ok(Some(group)) = current.closest(".emoji-grid") else { return false };
    if !focus::move_by_arrows(event, &group, ".emoji", Axis::Grid(COLUMNS)) {
        return false;
    }
    if focus::focused().as_ref() != Some(&current) {
        return true;
    }
    let grids = focus::matching(root, ".emoji-grid");
    let Some(at) = grids.iter().position(|grid| **grid == group) else { return true };
    let column = focus::matching(&group, ".emoji").iter().position(|cell| *cell == current).unwrap_or(0) % COLUMNS;
    let next = match event.key().as_str() {
        "ArrowDown" => grids.get(at + 1).map(|grid| (grid, column)),
        "ArrowUp" => at.checked_sub(1).and_then(|at| grids.get(at)).map(|grid| {
            let len = focus::matching(grid, ".emoji").len();
            let last_row = len.saturating_sub(1) / COLUMNS * COLUMNS;
            (grid, last_row + column)
        }),
        _ => None,
    };
    if let Some((grid, wanted)) = next {
        let cells = focus::matching(grid, ".emoji");
        if let Some(cell) = cells.get(wanted.min(cells.len().saturating_sub(1))) {
            let _ = cell.focus();
        }
    }
    true
}
