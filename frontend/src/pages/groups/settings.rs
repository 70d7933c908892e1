//! A group's settings: what it says of itself, its picture, archiving, and its end.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Group, GroupId, UpdateGroup};

use super::{
    GroupFace,
    form::{Draft, Fields},
    my_role,
};
use crate::{
    api::Error,
    pages::picture::Picture,
    route::{Route, use_router},
    state::{
        rights::{GroupAction, may},
        use_desk,
    },
    t,
    ui::{AvatarSize, Button, ButtonKind, ConfirmDialog, IconName, use_toasts},
};

/// The settings, for who may change them.
#[component]
pub fn Settings(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let role = my_role(group);
    let now = Memo::new(move |_| desk.groups.with(|groups| groups.get(group).map(|group| Group::clone(group))));
    let owns = Memo::new(move |_| role.get().is_some_and(|role| may(role, GroupAction::Own)));
    view! {
        <div class="cards">
            <Basics id=group />
            <GroupPicture id=group group=now />
            <Archive id=group group=now />
            {move || owns.get().then(|| view! { <Delete id=group group=now /> })}
        </div>
    }
}

/// Name, description, who finds it and how one comes in.
#[component]
fn Basics(id: GroupId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let draft = desk.groups.with_untracked(|groups| groups.get(id).map_or_else(Draft::new, |group| Draft::of(group)));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let body = UpdateGroup {
            name: Some(draft.name()),
            description: Some(draft.description()),
            visibility: Some(draft.visibility()),
            join_policy: Some(draft.policy()),
            archived: None,
        };
        spawn_local(async move {
            let answer = desk.api.update_group(id, &body).await;
            busy.try_set(false);
            match answer {
                Ok(group) => {
                    desk.take_group(group);
                    toasts.info(t!("saved"));
                }
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="group-basics">
            <header class="card-head">
                <h2 id="group-basics">{t!("group-about")}</h2>
            </header>
            <form class="form" aria-labelledby="group-basics" on:submit=submit novalidate>
                <Fields draft error />
                <footer class="form-actions">
                    <Button kind=ButtonKind::Primary submit=true busy>
                        {t!("save")}
                    </Button>
                </footer>
            </form>
        </section>
    }
}

#[component]
fn GroupPicture(id: GroupId, group: Memo<Option<Group>>) -> impl IntoView {
    let desk = use_desk();
    let has_one =
        Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.avatar_url.is_some())));
    let save = move |file: Option<web_sys::File>| async move {
        match file {
            Some(file) => desk.api.set_group_avatar(id, file).await?,
            None => desk.api.remove_group_avatar(id).await?,
        }
        desk.api.group(id).await.map(|group| desk.take_group(group))
    };
    view! {
        <Picture has_one save>
            {move || group.get().map(|group| view! { <GroupFace group size=AvatarSize::Large /> })}
        </Picture>
    }
}

/// An archived group stays readable, and nobody writes in it.
#[component]
fn Archive(id: GroupId, group: Memo<Option<Group>>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let archived = Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.archived)));
    let change = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let body = UpdateGroup { archived: Some(!archived.get_untracked()), ..UpdateGroup::default() };
        spawn_local(async move {
            let answer = desk.api.update_group(id, &body).await;
            busy.try_set(false);
            match answer {
                Ok(group) => {
                    desk.take_group(group);
                    toasts.info(t!("saved"));
                }
                Err(error) => toasts.error(error.text()),
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="group-archive">
            <header class="card-head">
                <h2 id="group-archive">{t!("group-archive-title")}</h2>
                <p class="meta">{t!("group-archive-text")}</p>
            </header>
            <footer class="form-actions">
                <Button icon=IconName::Folder busy on_click=change>
                    {move || if archived.get() { t!("group-unarchive") } else { t!("group-archive") }}
                </Button>
            </footer>
        </section>
    }
}

/// The end of a group.
#[component]
fn Delete(id: GroupId, group: Memo<Option<Group>>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let name = move || group.with(|group| group.as_ref().map(|group| group.name.clone()).unwrap_or_default());
    let confirm = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.api.delete_group(id).await {
                Ok(()) => {
                    open.try_set(false);
                    desk.forget_group(id);
                    router.go(Route::Groups);
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    view! {
        <section class="card card-danger" aria-labelledby="group-delete">
            <header class="card-head">
                <h2 id="group-delete">{t!("group-delete")}</h2>
                <p class="meta">{t!("group-delete-hint")}</p>
            </header>
            <footer class="form-actions">
                <Button kind=ButtonKind::Danger icon=IconName::Trash2 on_click=move |()| open.set(true)>
                    {t!("group-delete")}
                </Button>
            </footer>
        </section>
        <ConfirmDialog
            open
            title=Signal::derive(move || t!("group-delete-title", name = name()))
            text=t!("group-delete-text")
            confirm=t!("group-delete")
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=confirm
        />
    }
}
