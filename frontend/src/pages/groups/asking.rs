//! Requests to come into a group, and answering them.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{GroupId, UserId};

use crate::{
    pages::person::PersonRow,
    state::{Load, use_desk},
    t,
    ui::{Button, ButtonKind, EmptyState, ErrorState, IconName, Skeleton, SkeletonKind, element_id, time, use_toasts},
};

/// The requests that wait.
#[component]
pub fn Requests(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    // Another moderator may have denied one meanwhile.
    spawn_local(desk.refresh_joining(group));
    let joining = Memo::new(move |_| desk.joining(group));
    let order =
        move || joining.with(|joining| joining.requests.iter().map(|request| request.user.id).collect::<Vec<_>>());
    let state = Memo::new(move |_| joining.with(|joining| (joining.load.clone(), joining.requests.is_empty())));
    move || match state.get() {
        (Load::Loading, true) => view! { <Skeleton kind=SkeletonKind::List rows=3 /> }.into_any(),
        (Load::Failed(error), true) => {
            let again = move |()| spawn_local(desk.refresh_joining(group));
            view! { <ErrorState title=t!("requests-failed") text=error.text() on_retry=again /> }.into_any()
        }
        (Load::Ready, true) => {
            view! { <EmptyState icon=IconName::UserCheck text=t!("group-requests-empty") /> }.into_any()
        }
        (_, false) => view! {
            <ul class="rows plain-list" aria-label=t!("group-requests")>
                <For each=order key=|user| *user children=move |user| view! { <Asking group user /> } />
            </ul>
        }
        .into_any(),
    }
}

#[component]
fn Asking(group: GroupId, user: UserId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = element_id("person");
    let (one, other) = (id.clone(), id.clone());
    let since = Memo::new(move |_| {
        let requests = desk.joining(group).requests;
        requests.iter().find(|request| request.user.id == user).map(|request| request.created_at)
    });
    let answer = move |welcome: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = desk.answer_join_request(group, user, welcome).await;
            busy.try_set(false);
            if let Err(error) = answer {
                toasts.error(error.text());
                // What was shown was not what is.
                desk.refresh_joining(group).await;
            }
        });
    };
    view! {
        <PersonRow user note=Signal::derive(move || since.get().map(time::relative)) presence=false id>
            <Button kind=ButtonKind::Primary busy on_click=move |()| answer(true) attr:aria-describedby=one>
                {t!("group-approve")}
            </Button>
            <Button kind=ButtonKind::Ghost busy on_click=move |()| answer(false) attr:aria-describedby=other>
                {t!("group-deny")}
            </Button>
        </PersonRow>
    }
}
