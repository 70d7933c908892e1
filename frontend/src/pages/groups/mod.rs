//! Groups: one's own, those that everybody finds, and the page of each.

mod about;
mod asking;
mod bans;
mod create;
mod discover;
mod form;
mod invite;
mod leave;
mod list;
mod member;
mod members;
mod page;
mod settings;

use leptos::prelude::*;
use studyhall_wire::{Group, GroupId, GroupRole, JoinPolicy, Visibility};

use self::{create::CreateDialog, discover::Discover, list::List, page::Page};
pub use self::{invite::InviteButton, leave::LeaveButton, members::Members};
use crate::{
    route::{Route, use_router},
    state::{rights, use_desk},
    t,
    ui::{AvatarSize, Button, EmptyState, IconName, Monogram},
};

/// The page: the groups that one is in, and beside them one of them, or those to find.
#[component]
pub fn Groups() -> impl IntoView {
    let router = use_router();
    let creating = RwSignal::new(false);
    let open = Memo::new(move |_| match router.route() {
        Route::Group { id, .. } => (Some(id), false),
        Route::Discover => (None, true),
        _ => (None, false),
    });
    view! {
        <List creating />
        {move || match open.get() {
            (Some(id), _) => view! { <Page id /> }.into_any(),
            (None, true) => view! { <Discover /> }.into_any(),
            (None, false) => view! { <Nothing creating /> }.into_any(),
        }}
        <CreateDialog open=creating />
    }
}

/// No group is open.
#[component]
fn Nothing(creating: RwSignal<bool>) -> impl IntoView {
    let may_create = may_reach_out();
    let text = if may_create.get_untracked() { t!("group-none-open") } else { t!("guest-no-discover") };
    view! {
        <main class="pane pane-main" id="main" tabindex="-1">
            <EmptyState icon=IconName::UsersRound text=text>
                {may_create
                    .get_untracked()
                    .then(|| {
                        view! {
                            <div class="btn-row">
                                <a class="btn btn-secondary" href=Route::Discover.href()>
                                    {t!("groups-discover")}
                                </a>
                                <Button icon=IconName::Plus on_click=move |()| creating.set(true)>
                                    {t!("group-new")}
                                </Button>
                            </div>
                        }
                    })}
            </EmptyState>
        </main>
    }
}

/// Whether one may make groups and look for them: guests may not.
fn may_reach_out() -> Memo<bool> {
    let desk = use_desk();
    Memo::new(move |_| desk.me.with(|me| rights::reaches_out(me.user.role)))
}

/// The role that one has in a group, tracked.
fn my_role(group: GroupId) -> Memo<Option<GroupRole>> {
    let desk = use_desk();
    Memo::new(move |_| desk.groups.with(|groups| groups.get(group)?.my_role))
}

/// A group's picture, or the initials of its name.
#[component]
pub fn GroupFace(#[prop(into)] group: Signal<Group>, #[prop(optional)] size: AvatarSize) -> impl IntoView {
    let seed = Memo::new(move |_| group.with(|group| group.id.to_string()));
    let name = Memo::new(move |_| group.with(|group| group.name.clone()));
    let photo = Memo::new(move |_| group.with(|group| group.avatar_url.clone()));
    view! { <Monogram seed name photo size /> }
}

/// How a role in a group is called.
pub fn role_name(role: GroupRole) -> String {
    match role {
        GroupRole::Owner => t!("role-owner"),
        GroupRole::Admin => t!("role-admin"),
        GroupRole::Moderator => t!("role-moderator"),
        GroupRole::Member => t!("role-member"),
    }
}

/// Who finds a group and how one comes in, in a few words.
fn openness(group: &Group) -> String {
    let visibility = match group.visibility {
        Visibility::Public => t!("group-public"),
        Visibility::Private => t!("group-private"),
    };
    let policy = match group.join_policy {
        JoinPolicy::Open => t!("group-open"),
        JoinPolicy::Approval => t!("group-approval"),
        JoinPolicy::Invite => t!("group-by-invite"),
    };
    format!("{visibility} · {policy}")
}
