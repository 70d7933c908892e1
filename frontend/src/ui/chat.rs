//! The lines that stand between messages.

use leptos::prelude::*;
use studyhall_wire::Timestamp;

use super::time;
use crate::t;

/// Where a day begins: "Today", "Yesterday", else the date.
#[component]
pub fn DayDivider(#[prop(into)] at: Timestamp) -> impl IntoView {
    view! {
        <div class="day-divider" role="separator">
            <span class="day-divider-label">{move || {
                time::track_day();
                time::day_label(at)
            }}</span>
        </div>
    }
    .into_any()
}

/// Where one left off.
#[component]
pub fn NewLine() -> impl IntoView {
    view! {
        <div class="new-line" role="separator">
            <span class="new-line-label">{t!("chat-new")}</span>
        </div>
    }
    .into_any()
}
