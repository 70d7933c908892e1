//! The page of one group: what it is, and for its members who is in it and how it is run.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Group, GroupId, GroupRole};

use super::{about::About, asking::Requests, bans::Bans, members::Members, my_role, settings::Settings};
use crate::{
    api::Error,
    route::{GroupTab, Route, use_router},
    state::{
        Load,
        rights::{GroupAction, may},
        use_desk,
    },
    t,
    ui::{EmptyState, ErrorState, Icon, IconName, Skeleton, TabItem, Tabs},
};

/// A group that one is not in, as far as it came in.
#[derive(Clone, PartialEq)]
enum Other {
    Loading,
    There(Box<Group>),
    Failed(Error),
}

/// The page.
#[component]
pub fn Page(id: GroupId) -> impl IntoView {
    let desk = use_desk();
    let mine = Memo::new(move |_| desk.groups.with(|groups| groups.get(id).cloned()));
    let is_member = Memo::new(move |_| mine.with(Option::is_some));
    let other = RwSignal::new(Other::Loading);
    let load = move || {
        spawn_local(async move {
            let now = match desk.api.group(id).await {
                Ok(group) => Other::There(Box::new(group)),
                Err(error) => Other::Failed(error),
            };
            other.try_set(now);
        });
    };
    // A group of one's own comes with the list; any other is asked for.
    Effect::new(move || {
        if desk.groups_load.get() != Load::Loading && !is_member.get() {
            other.set(Other::Loading);
            load();
        }
    });
    let group = Memo::new(move |_| {
        mine.get().map(|group| Group::clone(&group)).or_else(|| match other.get() {
            Other::There(group) => Some(*group),
            _ => None,
        })
    });
    let there = Memo::new(move |_| group.with(Option::is_some));
    let name =
        move || group.with(|group| group.as_ref().map_or_else(|| t!("place-groups"), |group| group.name.clone()));
    let body = move || {
        if there.get() {
            return view! {
                <About id group reload=Callback::new(move |()| load()) />
                {move || is_member.get().then(|| view! { <Inside id /> })}
            }
            .into_any();
        }
        match other.get() {
            Other::Loading | Other::There(_) => view! { <Skeleton rows=4 /> }.into_any(),
            Other::Failed(error) if error.is(studyhall_wire::ErrorCode::NotFound) => view! {
                <EmptyState icon=IconName::UsersRound text=t!("group-unknown")>
                    <a class="btn btn-secondary" href="/groups">
                        {t!("group-unknown-back")}
                    </a>
                </EmptyState>
            }
            .into_any(),
            Other::Failed(error) => {
                view! { <ErrorState title=t!("group-failed") text=error.text() on_retry=move |()| load() /> }.into_any()
            }
        }
    };
    view! {
        <main class="pane pane-main pane-page" id="main" tabindex="-1">
            <header class="pane-head">
                <span class="back flip">
                    <a class="icon-btn" href="/groups" aria-label=t!("back")>
                        <Icon name=IconName::ArrowLeft size=20 />
                    </a>
                </span>
                <h1>
                    <bdi>{name}</bdi>
                </h1>
            </header>
            <div class="pane-body scroll">
                <div class="page">{body}</div>
            </div>
        </main>
    }
}

/// What the members see.
#[component]
fn Inside(id: GroupId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let role = my_role(id);
    let allowed = move |tab: GroupTab, role: Option<GroupRole>| {
        let needs = |action| role.is_some_and(|role| may(role, action));
        match tab {
            GroupTab::Members => true,
            GroupTab::Requests | GroupTab::Bans => needs(GroupAction::Moderate),
            GroupTab::Settings => needs(GroupAction::Manage),
        }
    };
    let place = Memo::new(move |_| {
        let wanted = match router.route() {
            Route::Group { tab, .. } => tab,
            _ => GroupTab::default(),
        };
        if allowed(wanted, role.get()) { wanted } else { GroupTab::default() }
    });
    let selected = RwSignal::new(place.get_untracked().slug());
    Effect::new(move || selected.set(place.get().slug()));
    Effect::new(move |before: Option<&'static str>| {
        let now = selected.get();
        let tab = GroupTab::ALL.into_iter().find(|tab| tab.slug() == now).unwrap_or_default();
        if before.is_some() && place.get_untracked() != tab && matches!(router.route_now(), Route::Group { .. }) {
            router.replace(Route::Group { id, tab });
        }
        now
    });
    let items = Signal::derive(move || {
        let name = |tab: GroupTab| match tab {
            GroupTab::Members => t!("members"),
            GroupTab::Requests => t!("group-requests"),
            GroupTab::Bans => t!("group-bans"),
            GroupTab::Settings => t!("settings"),
        };
        let tabs = GroupTab::ALL.into_iter().filter(|tab| allowed(*tab, role.get()));
        let waiting = |tab| if tab == GroupTab::Requests { desk.join_requests(id) } else { 0 };
        tabs.map(|tab| TabItem::new(tab.slug(), name(tab)).count(waiting(tab))).collect::<Vec<_>>()
    });
    view! {
        <Tabs label=t!("group-sections") items selected>
            {move || match place.get() {
                GroupTab::Members => view! { <Members group=id /> }.into_any(),
                GroupTab::Requests => view! { <Requests group=id /> }.into_any(),
                GroupTab::Bans => view! { <Bans group=id /> }.into_any(),
                GroupTab::Settings => view! { <Settings group=id /> }.into_any(),
            }}
        </Tabs>
    }
}
