//! The dialogue "New chat": finds people and opens a conversation with one.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::User;

use crate::{
    api::Error,
    pages::found::FoundPeople,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{
        Avatar, SearchField,
        focus::{self, Axis},
    },
};

/// What the dialogue holds.
#[component]
pub fn NewChat(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let query = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Error>);
    let body = NodeRef::<html::Div>::new();

    let choose = move |person: User| {
        failure.set(None);
        if let Some(id) = desk.conversations.with_untracked(|conversations| conversations.with(person.id)) {
            open.set(false);
            router.go(Route::chat(id));
            return;
        }
        spawn_local(async move {
            match desk.api.open_conversation(person.id).await {
                Ok(conversation) => {
                    let id = conversation.id;
                    desk.take_conversation(conversation);
                    open.set(false);
                    router.go(Route::chat(id));
                }
                Err(error) => drop(failure.try_set(Some(error))),
            }
        });
    };
    let person = move |person: User| {
        let chosen = person.clone();
        view! {
            <li>
                <button
                    type="button"
                    class="row"
                    on:click=move |_| choose(chosen.clone())
                >
                    <Avatar user=person.clone() presence=true />
                    <span class="row-text">
                        <bdi class="row-title">{person.display_name.clone()}</bdi>
                        <span class="row-sub">"@" {person.username.clone()}</span>
                    </span>
                </button>
            </li>
        }
        .into_any()
    };
    view! {
        <div
            node_ref=body
            class="people-picker"
            on:keydown=move |event| {
                // Home and End are the field's.
                if event.key().starts_with("Arrow")
                    && let Some(body) = body.get_untracked()
                {
                    focus::move_by_arrows(&event, &body, "input,button.row", Axis::Vertical);
                }
            }
        >
            <SearchField label=t!("find-people") value=query autofocus=true />
            {move || failure.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            <FoundPeople query row=person />
        </div>
    }
}
