//! The reports of messages: those that wait, and what became of the others.

use leptos::prelude::*;
use studyhall_wire::{Report, ReportState};

use super::{paged::Paged, report::Card};
use crate::{
    state::use_desk,
    t,
    ui::{TabItem, Tabs},
};

/// The page.
#[component]
pub fn Reports() -> impl IntoView {
    let desk = use_desk();
    let selected = RwSignal::new("open");
    let list = Paged::<Report>::new();
    let fetch = move |cursor: Option<String>| {
        let state = if selected.get_untracked() == "open" { ReportState::Open } else { ReportState::Resolved };
        async move { desk.api.reports(state, cursor.as_deref()).await }
    };
    let ask = Callback::new(move |()| list.ask(fetch));
    Effect::new(move || {
        selected.track();
        list.update(Vec::clear);
        ask.run(());
    });
    let items = Signal::derive(|| {
        vec![TabItem::new("open", t!("reports-open")), TabItem::new("resolved", t!("reports-resolved"))]
    });
    let cards = move || {
        view! {
            <ul class="plain-list cards" aria-label=t!("admin-reports")>
                <For each=move || list.items() key=|report| report.id children=move |report| view! { <Card report list /> } />
            </ul>
        }
        .into_any()
    };
    let empty = move || if selected.get() == "open" { t!("reports-open-empty") } else { t!("reports-resolved-empty") };
    let more = Callback::new(move |()| list.more(fetch));
    view! {
        <Tabs label=t!("admin-reports") items selected>
            {list.show(empty, ask, more, cards)}
        </Tabs>
    }
}
