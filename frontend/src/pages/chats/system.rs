//! The lines between messages about members and the group.

use leptos::prelude::*;
use studyhall_wire::{Event, EventBody, Seq};

use super::chat::ChatContext;
use crate::{pages::groups::role_name, state::Desk, t};

/// A member came, went, or has another role; the group is called something else, or archived.
#[component]
pub fn SystemLine(chat: ChatContext, seq: Seq) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let event = desk.history_now(id, |history| history.window.system().get(&seq).cloned()).flatten();
    let text = move || event.as_ref().map(|event| words(desk, event)).unwrap_or_default();
    view! { <p class="system-line">{text}</p> }
}

/// What an event says in a sentence. Who did something to somebody else is named.
fn words(desk: Desk, event: &Event) -> String {
    let actor = |other| event.actor_id.filter(|actor| *actor != other).map(|actor| desk.name(actor));
    match &event.body {
        EventBody::MemberJoined(member) => match actor(member.user_id) {
            Some(actor) => t!("member-joined-by", name = desk.name(member.user_id), actor = actor),
            None => t!("member-joined", name = desk.name(member.user_id)),
        },
        EventBody::MemberLeft(member) => match actor(member.user_id) {
            Some(actor) => t!("member-left-by", name = desk.name(member.user_id), actor = actor),
            None => t!("member-left", name = desk.name(member.user_id)),
        },
        EventBody::MemberRoleChanged(member) => {
            t!("member-role", name = desk.name(member.user_id), role = role_name(member.role))
        }
        EventBody::GroupUpdated(group) => {
            let actor = event.actor_id.map(|actor| desk.name(actor)).unwrap_or_default();
            if group.archived { t!("group-was-archived", name = actor) } else { t!("group-was-updated", name = actor) }
        }
        _ => String::new(),
    }
}
