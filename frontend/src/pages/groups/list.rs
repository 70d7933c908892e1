//! The list of the groups that one is in, and the ways to more.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{Group, GroupId};

use super::{GroupFace, may_reach_out};
use crate::{
    route::{Route, use_router},
    state::{Load, use_desk},
    t,
    ui::{
        Badge, Button, ButtonKind, EmptyState, ErrorState, Icon, IconName, Skeleton, SkeletonKind, Tag,
        focus::{self, Axis},
        use_narrow,
    },
};

/// The pane with the list.
#[component]
pub fn List(creating: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let narrow = use_narrow();
    let may_create = may_reach_out();
    let state = Memo::new(move |_| (desk.groups_load.get(), desk.groups.with(crate::state::groups::Groups::is_empty)));
    let body = move || match state.get() {
        (Load::Loading, true) => view! { <Skeleton kind=SkeletonKind::List rows=5 /> }.into_any(),
        (Load::Failed(error), true) => {
            let again = move |()| {
                desk.groups_load.set(Load::Loading);
                spawn_local(desk.refresh_groups());
            };
            view! { <ErrorState title=t!("groups-failed") text=error.text() on_retry=again /> }.into_any()
        }
        (Load::Ready, true) => {
            let text = if may_create.get() { t!("groups-empty") } else { t!("groups-empty-guest") };
            view! { <EmptyState icon=IconName::UsersRound text=text /> }.into_any()
        }
        (_, false) => view! { <Items /> }.into_any(),
    };
    let discovering = move || matches!(router.route(), Route::Discover).then_some("page");
    view! {
        <section
            class="pane pane-list"
            role=move || narrow.get().then_some("main")
            aria-label=t!("place-groups")
            tabindex="-1"
        >
            <header class="pane-head">
                <h1>{t!("place-groups")}</h1>
                {move || {
                    may_create
                        .get()
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Ghost icon=IconName::Plus on_click=move |()| creating.set(true)>
                                    {t!("group-create")}
                                </Button>
                            }
                        })
                }}
            </header>
            <div class="pane-body scroll">
                {move || {
                    may_create
                        .get()
                        .then(|| {
                            view! {
                                <div class="rows rows-lead">
                                    <a class="row" href=Route::Discover.href() aria-current=discovering>
                                        <span class="row-icon">
                                            <Icon name=IconName::Globe size=20 />
                                        </span>
                                        <span class="row-title">{t!("groups-discover")}</span>
                                    </a>
                                </div>
                            }
                        })
                }}
                {body}
            </div>
        </section>
    }
}

#[component]
fn Items() -> impl IntoView {
    let desk = use_desk();
    let list = NodeRef::<html::Ul>::new();
    let order = Memo::new(move |_| desk.groups.with(crate::state::groups::Groups::by_name));
    view! {
        <ul
            node_ref=list
            class="rows plain-list"
            aria-label=t!("groups-mine")
            on:keydown=move |event| {
                if let Some(list) = list.get_untracked() {
                    focus::move_by_arrows(&event, &list, "a.row-link", Axis::Vertical);
                }
            }
        >
            <For each=move || order.get() key=|id| *id children=|id| view! { <Item id /> } />
        </ul>
    }
}

#[component]
fn Item(id: GroupId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let group = Memo::new(move |before: Option<&Option<std::sync::Arc<Group>>>| {
        desk.groups.with(|groups| groups.get(id).cloned()).or_else(|| before.cloned().flatten())
    });
    let read =
        move |part: fn(&Group) -> String| move || group.with(|group| group.as_deref().map(part).unwrap_or_default());
    let archived = Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.archived)));
    let here = move || matches!(router.route(), Route::Group { id: open, .. } if open == id).then_some("page");
    let waiting = Memo::new(move |_| desk.join_requests(id));
    view! {
        <li class="row">
            {move || group.get().map(|group| view! { <GroupFace group=Group::clone(&group) /> })}
            <span class="row-text">
                <span class="row-line">
                    <a class="row-title row-link" href=Route::group(id).href() aria-current=here>
                        <bdi>{read(|group| group.name.clone())}</bdi>
                    </a>
                    {move || archived.get().then(|| view! { <Tag>{t!("group-archived")}</Tag> })}
                </span>
                <span class="row-sub">{read(|group| t!("member-count", count = group.member_count))}</span>
            </span>
            <Badge count=waiting label=Signal::derive(move || t!("group-requests-count", count = waiting.get())) />
        </li>
    }
}
