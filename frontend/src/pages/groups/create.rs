//! The dialogue "Create group".

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::CreateGroup;

use super::form::{Draft, Fields};
use crate::{
    api::Error,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{Button, ButtonKind, Dialog},
};

/// The dialogue. Who makes a group is then on its page.
#[component]
pub fn CreateDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t!("group-create")>
            <Form open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let draft = Draft::new();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let description = draft.description();
        let body = CreateGroup {
            name: draft.name(),
            description: (!description.is_empty()).then_some(description),
            visibility: Some(draft.visibility()),
            join_policy: Some(draft.policy()),
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.api.create_group(&body).await {
                Ok(group) => {
                    let id = group.id;
                    desk.take_group(group);
                    open.try_set(false);
                    router.go(Route::group(id));
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    view! {
        <form class="form" aria-label=t!("group-create") on:submit=submit novalidate>
            <Fields draft error autofocus=true />
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t!("cancel")}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy>
                    {t!("group-create")}
                </Button>
            </footer>
        </form>
    }
}
