//! A group's conversation: its picture, and what its details show: the group, who is in it, and what one can do about it.

use leptos::prelude::*;
use studyhall_wire::{ConversationId, Group};

use crate::{
    pages::groups::{GroupFace, InviteButton, LeaveButton, Members},
    route::Route,
    state::use_desk,
    t,
    ui::{AvatarSize, Icon, IconName, Monogram, Tag},
};

/// The picture of a conversation that is not with one person: its group's, else the initials of its title.
#[component]
pub fn ConversationFace(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let group = Memo::new(move |_| desk.groups.with(|groups| groups.of(id).cloned()));
    let seed =
        Memo::new(move |_| group.with(|group| group.as_ref().map_or(id.to_string(), |group| group.id.to_string())));
    let name = Memo::new(move |_| {
        desk.conversations.with(|known| known.get(id).map(|known| known.title.clone()).unwrap_or_default())
    });
    let photo = Memo::new(move |_| group.with(|group| group.as_ref().and_then(|group| group.avatar_url.clone())));
    view! { <Monogram seed name photo /> }
}

/// The group of a conversation, its members and its buttons.
#[component]
pub fn GroupDetails(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let group = Memo::new(move |_| desk.groups.with(|groups| groups.of(id).map(|group| Group::clone(group))));
    let group_id = Memo::new(move |_| group.with(|group| group.as_ref().map(|group| group.id)));
    let profile = move || {
        group.get().map(|group| {
            let text = (!group.description.is_empty())
                .then(|| view! { <p class="profile-bio" dir="auto">{group.description.clone()}</p> });
            let archived = group.archived.then(|| view! { <Tag>{t!("group-archived")}</Tag> });
            view! {
                <div class="profile">
                    <GroupFace group=group.clone() size=AvatarSize::Large />
                    <h2>
                        <bdi>{group.name.clone()}</bdi>
                    </h2>
                    <p class="meta">{t!("member-count", count = group.member_count)} " " {archived}</p>
                    {text}
                </div>
            }
        })
    };
    let rest = move || {
        group_id.get().map(|group| {
            view! {
                <div class="btn-row panel-buttons">
                    <a class="btn btn-secondary" href=Route::group(group).href()>
                        <Icon name=IconName::Settings size=16 />
                        <span class="btn-label">{t!("group-page")}</span>
                    </a>
                    <InviteButton group />
                    <LeaveButton group />
                </div>
                <section class="panel">
                    <Members group />
                </section>
            }
        })
    };
    view! {
        {profile}
        {rest}
    }
}
