//! Who may not come back into a group.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Ban, GroupId};

use super::my_role;
use crate::{
    api::Error,
    pages::person::PersonRow,
    state::{
        display_name,
        rights::{GroupAction, may},
        use_desk,
    },
    t,
    ui::{Button, EmptyState, ErrorState, IconName, Skeleton, SkeletonKind, element_id, use_toasts},
};

/// How the bans stand.
#[derive(Clone)]
enum List {
    Loading,
    There(Vec<Ban>),
    Failed(Error),
}

/// The bans, each with its reason.
#[component]
pub fn Bans(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let list = RwSignal::new(List::Loading);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            let now = match desk.api.bans(group).await {
                Ok(bans) => {
                    let people: Vec<_> = bans.iter().map(|ban| ban.user.clone()).collect();
                    desk.remember(&people);
                    List::There(bans)
                }
                Err(error) => List::Failed(error),
            };
            list.try_set(now);
        });
    });
    load.run(());
    move || match list.get() {
        List::Loading => view! { <Skeleton kind=SkeletonKind::List rows=3 /> }.into_any(),
        List::Failed(error) => {
            view! { <ErrorState title=t!("bans-failed") text=error.text() on_retry=load /> }.into_any()
        }
        List::There(bans) if bans.is_empty() => {
            view! { <EmptyState icon=IconName::Ban text=t!("bans-empty") /> }.into_any()
        }
        List::There(bans) => view! {
            <ul class="rows plain-list" aria-label=t!("group-bans")>
                {bans.into_iter().map(|ban| view! { <Banned group ban load /> }).collect_view()}
            </ul>
        }
        .into_any(),
    }
}

#[component]
fn Banned(group: GroupId, ban: Ban, load: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let role = my_role(group);
    let user = ban.user.id;
    let by = t!("ban-by", name = display_name(&ban.banned_by));
    let note = if ban.reason.is_empty() { by } else { format!("{by}: {}", ban.reason) };
    let id = element_id("person");
    let described = StoredValue::new(id.clone());
    let lift = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Err(error) = desk.api.unban(group, user).await {
                toasts.error(error.text());
            }
            busy.try_set(false);
            load.try_run(());
        });
    };
    let action = move || {
        role.get().is_some_and(|role| may(role, GroupAction::Manage)).then(|| {
            view! {
                <Button busy on_click=lift attr:aria-describedby=described.get_value()>
                    {t!("ban-lift")}
                </Button>
            }
        })
    };
    view! {
        <PersonRow user note=Signal::derive(move || Some(note.clone())) presence=false id>
            {action}
        </PersonRow>
    }
}
