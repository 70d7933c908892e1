//! The members of a group, and adding more.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{GroupId, GroupRole, User, UserId};

use super::{member::Member, my_role};
use crate::{
    api::Adding,
    pages::{found::FoundPeople, person::PersonRow},
    state::{
        Desk, Load, display_name,
        rights::{self, GroupAction, may},
        use_desk,
    },
    t,
    ui::{Button, Dialog, ErrorState, IconName, SearchField, Skeleton, SkeletonKind, Tag, element_id, use_toasts},
};

/// Members from which on a list can be narrowed down by name.
const SEARCH_FROM: usize = 12;

/// The members, the highest roles first, and a way to add people for who may.
#[component]
pub fn Members(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    desk.open_roster(group);
    let role = my_role(group);
    let adding = RwSignal::new(false);
    let query = RwSignal::new(String::new());
    let may_add = Memo::new(move |_| {
        let manages = role.get().is_some_and(|role| may(role, GroupAction::Manage));
        manages && desk.me.with(|me| rights::reaches_out(me.user.role))
    });
    let all = Memo::new(move |_| in_order(desk, group));
    let shown = Memo::new(move |_| {
        let wanted = query.with(|query| query.trim().to_lowercase());
        all.with(|all| all.iter().copied().filter(|user| fits(desk, *user, &wanted)).collect::<Vec<_>>())
    });
    let many = Memo::new(move |_| all.with(Vec::len) >= SEARCH_FROM);
    let load = Memo::new(move |_| desk.roster(group, |roster| roster.load.clone()).unwrap_or_default());
    let more = Memo::new(move |_| desk.roster(group, |roster| roster.next().is_some()).unwrap_or_default());
    let busy = Signal::derive(move || desk.roster(group, |roster| roster.busy).unwrap_or_default());
    let list = move || match load.get() {
        Load::Loading => view! { <Skeleton kind=SkeletonKind::List rows=5 /> }.into_any(),
        Load::Failed(error) => {
            let again = move |()| desk.open_roster(group);
            view! { <ErrorState title=t!("members-failed") text=error.text() on_retry=again /> }.into_any()
        }
        Load::Ready => view! {
            <ul class="rows plain-list" aria-label=t!("members")>
                <For each=move || shown.get() key=|user| *user children=move |user| view! { <Member group user /> } />
            </ul>
            {move || {
                more.get()
                    .then(|| {
                        view! {
                            <div class="rows-more">
                                <Button busy on_click=move |()| desk.more_members(group)>
                                    {t!("members-more")}
                                </Button>
                            </div>
                        }
                    })
            }}
        }
        .into_any(),
    };
    view! {
        <Show when=move || may_add.get() || many.get()>
            <div class="list-tools">
                {move || many.get().then(|| view! { <SearchField label=t!("members-search") value=query /> })}
                {move || {
                    may_add
                        .get()
                        .then(|| {
                            view! {
                                <Button icon=IconName::UserPlus on_click=move |()| adding.set(true)>
                                    {t!("members-add")}
                                </Button>
                            }
                        })
                }}
            </div>
        </Show>
        {list}
        <Dialog open=adding title=t!("members-add")>
            <Adder group />
        </Dialog>
    }
}

/// The members that are known, by role and then by name.
fn in_order(desk: Desk, group: GroupId) -> Vec<UserId> {
    let mut members: Vec<(UserId, GroupRole)> =
        desk.roster(group, |roster| roster.members().collect()).unwrap_or_default();
    desk.people.with(|people| {
        members.sort_by_cached_key(|(user, role)| {
            (*role, people.get(user).map(|user| display_name(user).to_lowercase()), *user)
        });
    });
    members.into_iter().map(|(user, _)| user).collect()
}

fn fits(desk: Desk, user: UserId, wanted: &str) -> bool {
    wanted.is_empty()
        || desk.people.with(|people| {
            people.get(&user).is_some_and(|user| {
                user.username.starts_with(wanted)
                    || user.display_name.to_lowercase().split_whitespace().any(|word| word.starts_with(wanted))
            })
        })
}

/// Finds people and adds them; before anything is typed, one's friends.
#[component]
fn Adder(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let query = RwSignal::new(String::new());
    let searching = Memo::new(move |_| query.with(|query| !query.trim().is_empty()));
    let friends = Memo::new(move |_| {
        let is_in = |user: &UserId| desk.roster_now(group, |roster| roster.role(*user).is_some()) == Some(true);
        let friends: Vec<UserId> = desk.circle.with(|circle| circle.friends().collect());
        friends.into_iter().filter(|user| !is_in(user)).collect::<Vec<_>>()
    });
    view! {
        <div class="people-picker">
            <SearchField label=t!("find-people") value=query autofocus=true />
            {move || {
                if searching.get() || friends.with(Vec::is_empty) {
                    view! { <FoundPeople query row=move |user: User| view! { <Candidate group user=user.id /> }.into_any() /> }
                        .into_any()
                } else {
                    view! {
                        <ul class="rows plain-list" aria-label=t!("place-friends")>
                            {friends.get().into_iter().map(|user| view! { <Candidate group user /> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

#[component]
fn Candidate(group: GroupId, user: UserId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let invited = RwSignal::new(false);
    let id = element_id("person");
    let described = StoredValue::new(id.clone());
    let is_in = Memo::new(move |_| desk.roster(group, |roster| roster.role(user).is_some()).unwrap_or_default());
    let add = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = desk.api.set_member(group, user, GroupRole::Member).await;
            busy.try_set(false);
            match answer {
                Ok(Adding::Added) => {}
                Ok(Adding::Invited) => {
                    invited.try_set(true);
                    toasts.info(t!("member-invited", name = desk.name_now(user)));
                }
                Err(error) => toasts.error(error.text()),
            }
        });
    };
    let action = move || {
        if is_in.get() {
            view! { <Tag>{t!("member-there")}</Tag> }.into_any()
        } else if invited.get() {
            view! { <Tag>{t!("member-asked")}</Tag> }.into_any()
        } else {
            view! {
                <Button busy on_click=add attr:aria-describedby=described.get_value()>
                    {t!("member-add")}
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <PersonRow user id>
            {action}
        </PersonRow>
    }
}
