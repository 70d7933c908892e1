//! Tabs (ARIA's tabs pattern, with automatic activation).

use leptos::{html, prelude::*};

use super::{
    Badge, element_id,
    focus::{self, Axis},
};

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
    let tab = move |TabItem { key, label, count }: TabItem| {
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=tab_id(key)
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
            {move || items.get().into_iter().map(tab).collect_view()}
        </div>
        <div class="tab-panel" role="tabpanel" id=panel_id() aria-labelledby=move || tab_id(selected.get())>
            {children()}
        </div>
    }
    .into_any()
}
