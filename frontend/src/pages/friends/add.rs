//! People found by name, and asking them.

use leptos::prelude::*;
use studyhall_wire::{User, UserId};

use super::{deal, standing::relation_tag};
use crate::{
    pages::{found::FoundPeople, person::PersonRow},
    route::use_router,
    state::{Move, circle::Relation, use_desk},
    t,
    ui::{Button, ButtonKind, IconButton, IconName, element_id, use_toasts},
};

/// Who was found, each with what one can do about it.
#[component]
pub fn Results(query: RwSignal<String>) -> impl IntoView {
    view! {
        <section class="card people-found" aria-label=t!("search-results")>
            <FoundPeople query row=|user: User| view! { <Found user=user.id /> }.into_any() />
        </section>
    }
}

#[component]
fn Found(user: UserId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = element_id("person");
    let described = StoredValue::new(id.clone());
    let button = move |label: String, kind: ButtonKind, what: Move| {
        view! {
            <Button
                kind
                busy
                on_click=move |()| deal(desk, toasts, user, what, busy)
                attr:aria-describedby=described.get_value()
            >
                {label}
            </Button>
        }
        .into_any()
    };
    let relation = Memo::new(move |_| desk.relation(user));
    let action = move || match relation.get() {
        Relation::Stranger => button(t!("add-friend"), ButtonKind::Secondary, Move::Ask),
        Relation::Asked => button(t!("friend-take-back"), ButtonKind::Ghost, Move::TakeBack),
        Relation::AskedMe => button(t!("friend-accept"), ButtonKind::Primary, Move::Accept),
        Relation::Blocked => button(t!("friend-unblock"), ButtonKind::Ghost, Move::Unblock),
        Relation::Friend => view! {
            <IconButton
                icon=IconName::MessageSquare
                label=t!("write-to")
                on_click=move |()| crate::pages::person::write_to(desk, router, toasts, user)
            />
        }
        .into_any(),
    };
    let tags = move || relation_tag(relation.get());
    view! {
        <PersonRow user id tags>
            {action}
        </PersonRow>
    }
}
