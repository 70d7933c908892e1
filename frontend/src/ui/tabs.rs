//! Tabs (ARIA's tabs pattern, with automatic activation).

use leptos::{html, prelude::*};

use super::{
    Badge, element_id,
    focus::{self, Axis},
};
use crate::t;

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabItem {
    /// What `selected` holds while it is the one.
    pub key: &'static str,
    pub label: String,
    /// A count beside the label; none at 0.
    pub count: u32,
}

impl TabItem {
    pub fn new(key: &'static str, label: impl Into<String>) -> Self {
        Self { key, label: label.into(), count: 0 }
    }

    #[must_use]
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }
}

/// A row of tabs and the panel of the selected one: `children` should show what `selected` says.
#[component]
pub fn Tabs(
    /// The name of the row.
    #[prop(into)]
    label: Signal<String>,
    #[prop(into)] items: Signal<Vec<TabItem>>,
    selected: RwSignal<&'static str>,
    children: Children,
) -> impl IntoView {
    let row = NodeRef::<html::Div>::new();
    let base = StoredValue::new(element_id("tabs"));
    let tab_id = move |key: &str| format!("{}-{key}", base.get_value());
    let panel_id = move || format!("{}-panel", base.get_value());
    // A tab stays the same element, and keeps the focus, while its count changes.
    let tab = move |TabItem { key, label, .. }: TabItem| {
        let count = Memo::new(move |_| {
            items.with(|items| items.iter().find(|item| item.key == key).map_or(0, |item| item.count))
        });
        let name = label.clone();
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=tab_id(key)
                aria-label=name
                aria-description=move || (count.get() > 0).then(|| t!("waiting-count", count = count.get()))
                aria-controls=panel_id()
                aria-selected=move || (selected.get() == key).to_string()
                tabindex=move || if selected.get() == key { "0" } else { "-1" }
                on:click=move |_| selected.set(key)
                on:focus=move |_| selected.set(key)
            >
                {label}
                <Badge count />
            </button>
        }
    };
    // Where the row is wider than its place, the one that is open is in sight.
    Effect::new(move || {
        selected.track();
        let Some(row) = row.get() else { return };
        request_animation_frame(move || {
            if let Some(tab) = focus::matching(&row, "[aria-selected=true]").first() {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
                tab.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    });
    view! {
        <div
            node_ref=row
            class="tabs"
            role="tablist"
            aria-label=move || label.get()
            on:keydown=move |event| {
                if let Some(row) = row.get_untracked() {
                    focus::move_by_arrows(&event, &row, "[role=tab]", Axis::Horizontal);
                }
            }
        >
            <For each=move || items.get() key=|item| item.key children=tab />
        </div>
        <div class="tab-panel" role="tabpanel" id=panel_id() aria-labelledby=move || tab_id(selected.get())>
            {children()}
        </div>
    }
    .into_any()
}
