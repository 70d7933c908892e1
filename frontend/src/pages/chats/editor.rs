//! Editing a message in its place.

use std::sync::Arc;

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{Message, limits::MESSAGE_CHARS};

use super::{chat::ChatContext, composer::sends};
use crate::{
    api::Error,
    state::prefs::use_prefs,
    t,
    ui::{Button, ButtonKind},
};

/// The field, with its text, "Save" and "Cancel". An error keeps what was typed.
#[component]
pub fn Editor(chat: ChatContext, message: Arc<Message>) -> impl IntoView {
    let seq = message.seq;
    let before = message.text.clone();
    let text = RwSignal::new(before.clone());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let field = NodeRef::<html::Textarea>::new();
    let too_long = Memo::new(move |_| text.with(|text| text.chars().count() > MESSAGE_CHARS));

    Effect::new(move || {
        if let Some(field) = field.get() {
            drop(field.focus());
            let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
            drop(field.set_selection_range(end, end));
        }
    });
    let prefs = use_prefs();
    let done = move || {
        // The message may be gone by now, and the conversation with it.
        if chat.editing.try_set(None).is_none() {
            chat.back_to_writing();
        }
    };
    let save = move || {
        let wanted = text.with_untracked(|text| text.trim_end().to_owned());
        if wanted == before {
            return done();
        }
        if wanted.trim().is_empty() || too_long.get_untracked() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match chat.desk.api.edit_message(chat.id, seq, &wanted).await {
                Ok(()) => done(),
                Err(problem) => {
                    error.try_set(Some(problem));
                    busy.try_set(false);
                }
            }
        });
    };
    let by_key = save.clone();
    let on_key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() && sends(&event, prefs.get_untracked().send_with_modifier) => {
            event.prevent_default();
            by_key();
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            done();
        }
        _ => {}
    };
    view! {
        <form
            class="message-edit"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <div class="composer-box">
                <div class="composer-grow" data-value=text>
                    <textarea
                        node_ref=field
                        class="composer-input"
                        rows="1"
                        dir="auto"
                        aria-label=t!("edit-message")
                        prop:value=text
                        on:input=move |event| text.set(event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </div>
            </div>
            {move || too_long.get().then(|| view! { <p class="form-error">{t!("message-too-long", max = MESSAGE_CHARS)}</p> })}
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            <div class="btn-row">
                <Button kind=ButtonKind::Primary submit=true busy>
                    {t!("save")}
                </Button>
                <Button kind=ButtonKind::Ghost on_click=move |()| done()>
                    {t!("cancel")}
                </Button>
            </div>
        </form>
    }
}
