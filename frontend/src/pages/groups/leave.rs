//! Leaving a group.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{GroupId, GroupRole};

use super::my_role;
use crate::{
    api::Error,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{Button, ButtonKind, ConfirmDialog, IconName},
};

/// "Leave group", with a question before. The owner is told what to do first instead.
#[component]
pub fn LeaveButton(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let role = my_role(group);
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let name = move || desk.groups.with(|groups| groups.get(group).map(|group| group.name.clone()).unwrap_or_default());
    let confirm = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.leave_group(group).await {
                Ok(()) => {
                    open.try_set(false);
                    router.go(if matches!(router.route_now(), Route::Chat { .. }) {
                        Route::Chats
                    } else {
                        Route::Groups
                    });
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    let button = move || match role.get() {
        None => ().into_any(),
        Some(GroupRole::Owner) => view! { <p class="meta group-owner-note">{t!("group-owner-stays")}</p> }.into_any(),
        Some(_) => view! {
            <Button kind=ButtonKind::Ghost icon=IconName::LogOut on_click=move |()| open.set(true)>
                {t!("group-leave")}
            </Button>
        }
        .into_any(),
    };
    view! {
        {button}
        <ConfirmDialog
            open
            title=Signal::derive(move || t!("group-leave-title", name = name()))
            text=t!("group-leave-text")
            confirm=t!("group-leave")
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=confirm
        />
    }
}
