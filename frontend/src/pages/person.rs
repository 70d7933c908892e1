//! A person as a line of a list: picture, name, how they are, and what one can do.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Presence, User, UserId};

use crate::{
    route::{Route, Router},
    state::{Desk, display_name, use_desk},
    t,
    ui::{Avatar, Toaster},
};

/// How a presence is called.
pub fn presence_name(presence: Presence) -> String {
    match presence {
        Presence::Online => t!("presence-online"),
        Presence::Away => t!("presence-away"),
        Presence::Offline => t!("presence-offline"),
    }
}

/// A line about somebody; the children are its buttons, which `id` describes.
#[component]
pub fn PersonRow(
    user: UserId,
    /// What the line says below the name, behind the username.
    #[prop(optional, into)]
    note: Signal<Option<String>>,
    /// Small labels behind the name.
    #[prop(optional, into)]
    tags: ViewFn,
    /// Whether to show the presence.
    #[prop(default = true)]
    presence: bool,
    /// The id of the name, for `aria-describedby` of the buttons.
    #[prop(into)]
    id: String,
    children: Children,
) -> impl IntoView {
    let desk = use_desk();
    let person = Memo::new(move |_| desk.person(user));
    let name = move || person.with(|person| person.as_ref().map_or_else(|| "…".to_owned(), display_name));
    let below = move || {
        let handle = person.with(|person| {
            let person = person.as_ref().filter(|person| !person.deleted)?;
            Some(format!("@{}", person.username))
        });
        handle.into_iter().chain(note.get()).collect::<Vec<_>>().join(" · ")
    };
    view! {
        <li class="row person">
            {move || person.get().map(|user| view! { <Avatar user presence /> })}
            <span class="row-text">
                <span class="row-line">
                    <bdi class="row-title person-name" id=id>
                        {name}
                    </bdi>
                    {move || tags.run()}
                </span>
                <span class="row-sub">{below}</span>
            </span>
            <span class="row-actions">{children()}</span>
        </li>
    }
}

/// Opens the direct conversation with somebody, where there is or may be one.
pub fn write_to(desk: Desk, router: Router, toasts: Toaster, user: UserId) {
    if let Some(id) = desk.conversations.with_untracked(|conversations| conversations.with(user)) {
        router.go(Route::chat(id));
        return;
    }
    spawn_local(async move {
        match desk.api.open_conversation(user).await {
            Ok(conversation) => {
                let id = conversation.id;
                desk.take_conversation(conversation);
                router.go(Route::chat(id));
            }
            Err(error) => toasts.error(error.text()),
        }
    });
}

/// People by name.
pub fn by_name(desk: Desk, mut ids: Vec<UserId>) -> Vec<UserId> {
    let key =
        |id: &UserId| desk.people.with(|people| people.get(id).map(|user: &User| display_name(user).to_lowercase()));
    ids.sort_by_cached_key(|id| (key(id), *id));
    ids
}
