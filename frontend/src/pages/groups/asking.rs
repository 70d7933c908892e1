//! Requests to come into a group, and answering them.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{GroupId, JoinRequest, NotificationKind};

use crate::{
    api::Error,
    pages::person::PersonRow,
    state::use_desk,
    t,
    ui::{Button, ButtonKind, EmptyState, ErrorState, IconName, Skeleton, SkeletonKind, element_id, time, use_toasts},
};

/// How the requests stand.
#[derive(Clone)]
enum List {
    Loading,
    There(Vec<JoinRequest>),
    Failed(Error),
}

/// The requests that wait.
#[component]
pub fn Requests(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let list = RwSignal::new(List::Loading);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            let now = match desk.api.join_requests(group).await {
                Ok(requests) => {
                    let people: Vec<_> = requests.iter().map(|request| request.user.clone()).collect();
                    desk.remember(&people);
                    List::There(requests)
                }
                Err(error) => List::Failed(error),
            };
            list.try_set(now);
        });
    });
    // Whoever may answer is notified of each request; a notification is the sign to look again.
    let asked = Memo::new(move |_| {
        let asks = |kind| kind == NotificationKind::JoinRequest;
        desk.notices.with(|notices| notices.items().iter().filter(|item| asks(item.kind)).count())
    });
    Effect::new(move || {
        asked.track();
        load.run(());
    });
    move || match list.get() {
        List::Loading => view! { <Skeleton kind=SkeletonKind::List rows=3 /> }.into_any(),
        List::Failed(error) => {
            view! { <ErrorState title=t!("requests-failed") text=error.text() on_retry=load /> }.into_any()
        }
        List::There(requests) if requests.is_empty() => {
            view! { <EmptyState icon=IconName::UserCheck text=t!("group-requests-empty") /> }.into_any()
        }
        List::There(requests) => view! {
            <ul class="rows plain-list" aria-label=t!("group-requests")>
                {requests.into_iter().map(|request| view! { <Asking group request load /> }).collect_view()}
            </ul>
        }
        .into_any(),
    }
}

#[component]
fn Asking(group: GroupId, request: JoinRequest, load: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let JoinRequest { user, created_at } = request;
    let user = user.id;
    let id = element_id("person");
    let (one, other) = (id.clone(), id.clone());
    let answer = move |welcome: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Err(error) = desk.api.answer_join_request(group, user, welcome).await {
                toasts.error(error.text());
            }
            busy.try_set(false);
            load.try_run(());
        });
    };
    view! {
        <PersonRow user note=Signal::derive(move || Some(time::relative(created_at))) presence=false id>
            <Button kind=ButtonKind::Primary busy on_click=move |()| answer(true) attr:aria-describedby=one>
                {t!("group-approve")}
            </Button>
            <Button kind=ButtonKind::Ghost busy on_click=move |()| answer(false) attr:aria-describedby=other>
                {t!("group-deny")}
            </Button>
        </PersonRow>
    }
}
