//! What of a conversation one wants to be told about.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, NotifyLevel};

use crate::{state::use_desk, t, ui::Select};

/// The choice, kept on the server.
#[component]
pub fn Notify(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let error = RwSignal::new(None::<String>);
    let word = |level: NotifyLevel| match level {
        NotifyLevel::All => "all",
        NotifyLevel::Mentions => "mentions",
        NotifyLevel::None => "none",
    };
    let now =
        Memo::new(move |_| desk.conversations.with(|known| known.get(id).map_or("all", |known| word(known.notify))));
    let value = RwSignal::new(now.get_untracked().to_owned());
    Effect::new(move || value.set(now.get().to_owned()));
    Effect::new(move |before: Option<String>| {
        let wanted = value.get();
        if before.is_some_and(|before| before != wanted) && wanted != now.get_untracked() {
            let level = match wanted.as_str() {
                "mentions" => NotifyLevel::Mentions,
                "none" => NotifyLevel::None,
                _ => NotifyLevel::All,
            };
            error.set(None);
            spawn_local(async move {
                match desk.api.set_notify(id, level).await {
                    Ok(()) => desk.conversations.update(|known| known.update(id, |known| known.notify = level)),
                    Err(problem) => {
                        error.try_set(Some(problem.text()));
                        value.try_set(now.get_untracked().to_owned());
                    }
                }
            });
        }
        wanted
    });
    let options = Signal::derive(|| {
        vec![
            ("all".to_owned(), t!("notify-all")),
            ("mentions".to_owned(), t!("notify-mentions")),
            ("none".to_owned(), t!("notify-none")),
        ]
    });
    view! { <Select label=t!("notify") value options error /> }
}
