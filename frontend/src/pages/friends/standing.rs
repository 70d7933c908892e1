//! How somebody stands to the reader, and what can be done about it: beside a direct conversation.

use leptos::prelude::*;
use studyhall_wire::UserId;

use super::{deal, lists::BlockDialog};
use crate::{
    state::{Move, circle::Relation, rights, use_desk},
    t,
    ui::{Button, ButtonKind, Tag, TagKind, use_toasts},
};

/// Says how somebody stands to the reader; nothing of strangers.
pub fn relation_tag(relation: Relation) -> AnyView {
    let (kind, text) = match relation {
        Relation::Stranger => return ().into_any(),
        Relation::Friend => (TagKind::Lamp, t!("relation-friend")),
        Relation::Asked => (TagKind::Plain, t!("relation-asked")),
        Relation::AskedMe => (TagKind::Marker, t!("relation-asked-me")),
        Relation::Blocked => (TagKind::Danger, t!("relation-blocked")),
    };
    view! { <Tag kind>{text}</Tag> }.into_any()
}

/// The buttons for somebody, by how they stand to the reader.
#[component]
pub fn Standing(user: UserId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let blocking = RwSignal::new(false);
    let may_ask = Memo::new(move |_| desk.me.with(|me| rights::reaches_out(me.user.role)));
    let relation = Memo::new(move |_| desk.relation(user));
    let button = move |label: String, kind: ButtonKind, what: Move| {
        view! {
            <Button kind busy on_click=move |()| deal(desk, toasts, user, what, busy)>
                {label}
            </Button>
        }
        .into_any()
    };
    let block = move || {
        view! {
            <Button kind=ButtonKind::Ghost on_click=move |()| blocking.set(true)>
                {t!("friend-block")}
            </Button>
        }
    };
    let buttons = move || match relation.get() {
        Relation::Blocked => button(t!("friend-unblock"), ButtonKind::Secondary, Move::Unblock),
        Relation::Asked => view! {
            {button(t!("friend-take-back"), ButtonKind::Secondary, Move::TakeBack)}
            {block()}
        }
        .into_any(),
        Relation::AskedMe => view! {
            {button(t!("friend-accept"), ButtonKind::Primary, Move::Accept)}
            {button(t!("friend-reject"), ButtonKind::Secondary, Move::Reject)}
            {block()}
        }
        .into_any(),
        Relation::Friend => block().into_any(),
        Relation::Stranger => view! {
            {may_ask.get().then(|| button(t!("add-friend"), ButtonKind::Secondary, Move::Ask))}
            {block()}
        }
        .into_any(),
    };
    let tag = move || relation_tag(relation.get());
    view! {
        <div class="standing">
            {tag} <div class="btn-row panel-buttons">{buttons}</div>
        </div>
        <BlockDialog user open=blocking />
    }
}
