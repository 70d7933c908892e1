//! What a group is, and what one can do about it as a whole.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Group, GroupId, JoinPolicy};

use super::{GroupFace, InviteButton, LeaveButton, openness};
use crate::{
    api::{Error, Joining},
    pages::notify::Notify,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{AvatarSize, Button, ButtonKind, Icon, IconName, Tag},
};

/// The head of a group's page.
#[component]
pub fn About(
    id: GroupId,
    group: Memo<Option<Group>>,
    /// Asks for the group again, where one is not in it.
    reload: Callback<()>,
) -> impl IntoView {
    let is_member = Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.my_role.is_some())));
    let face = move || group.get().map(|group| view! { <GroupFace group size=AvatarSize::Large /> });
    let conversation = Memo::new(move |_| group.with(|group| group.as_ref().map(|group| group.conversation_id)));
    let words = move || {
        group.get().map(|group| {
            let archived = group.archived.then(|| view! { <Tag>{t!("group-archived")}</Tag> });
            let text = (!group.description.is_empty())
                .then(|| view! { <p class="group-text" dir="auto">{group.description.clone()}</p> });
            view! {
                <div class="group-words">
                    <h2>
                        <bdi>{group.name.clone()}</bdi>
                        {archived}
                    </h2>
                    <p class="meta">{openness(&group)} " · " {t!("member-count", count = group.member_count)}</p>
                    {text}
                </div>
            }
        })
    };
    let actions = move || {
        if !is_member.get() {
            return view! { <Join group reload /> }.into_any();
        }
        view! {
            <div class="btn-row">
                {move || {
                    conversation
                        .get()
                        .map(|id| {
                            view! {
                                <a class="btn btn-primary" href=Route::chat(id).href()>
                                    <Icon name=IconName::MessagesSquare size=16 />
                                    <span class="btn-label">{t!("group-open-chat")}</span>
                                </a>
                            }
                        })
                }}
                <InviteButton group=id />
                <LeaveButton group=id />
            </div>
            {move || conversation.get().map(|id| view! { <div class="group-notify"><Notify id /></div> })}
        }
        .into_any()
    };
    view! {
        <div class="card group-about">
            <div class="group-top">{face} {words}</div>
            {actions}
        </div>
    }
}

/// The way into a group that one is not in.
#[component]
pub fn Join(group: Memo<Option<Group>>, reload: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let busy = RwSignal::new(false);
    let waiting = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let join = move |()| {
        let Some(group) = group.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.api.join_group(group.id).await {
                Ok(Joining::Joined) => {
                    // The list follows by itself; who joins wants to be there now.
                    desk.refresh_list().await;
                    desk.refresh_groups().await;
                    router.go(Route::chat(group.conversation_id));
                }
                Ok(Joining::Waiting) => {
                    busy.try_set(false);
                    waiting.try_set(true);
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                    reload.try_run(());
                }
            }
        });
    };
    let policy =
        Memo::new(move |_| group.with(|group| group.as_ref().map(|group| (group.join_policy, group.archived))));
    move || {
        let button = |label: String| {
            view! {
                <div class="btn-row">
                    <Button kind=ButtonKind::Primary busy on_click=join>
                        {label}
                    </Button>
                </div>
            }
            .into_any()
        };
        let way = match policy.get() {
            None => ().into_any(),
            Some((_, true)) => view! { <p class="page-note">{t!("group-archived-join")}</p> }.into_any(),
            _ if waiting.get() => view! { <p class="page-note" role="status">{t!("group-waiting")}</p> }.into_any(),
            Some((JoinPolicy::Open, _)) => button(t!("group-join")),
            Some((JoinPolicy::Approval, _)) => button(t!("group-ask")),
            Some((JoinPolicy::Invite, _)) => view! { <p class="page-note">{t!("group-invite-only")}</p> }.into_any(),
        };
        view! {
            {way}
            {error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
        }
    }
}
