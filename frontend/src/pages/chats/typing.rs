//! Who is typing.

use leptos::prelude::*;

use super::chat::ChatContext;
use crate::t;

/// One line over the end of the list, in the room that the list leaves there anyway.
#[component]
pub fn TypingLine(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let text = move || {
        let who = desk.typing_in(id);
        match who[..] {
            [] => None,
            [one] => Some(t!("typing-one", name = desk.name(one))),
            [one, two] => Some(t!("typing-two", first = desk.name(one), second = desk.name(two))),
            _ => Some(t!("typing-many")),
        }
    };
    move || {
        text().map(|text| {
            view! {
                <div class="typing" aria-live="off">
                    <span class="typing-dots" aria-hidden="true">
                        <i></i>
                        <i></i>
                        <i></i>
                    </span>
                    <span class="truncate">{text}</span>
                </div>
            }
        })
    }
}
