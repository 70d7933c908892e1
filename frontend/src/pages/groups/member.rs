//! One member of a group, and what one may do about them.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{BanMember, GroupId, GroupRole, UserId, limits::BAN_REASON_CHARS};

use super::{my_role, role_name};
use crate::{
    api::Error,
    pages::{
        friends::BlockDialog,
        person::{PersonRow, presence_name, write_to},
    },
    route::use_router,
    state::{
        Desk, Move,
        circle::Relation,
        rights::{GroupAction, grants, may, outranks},
        use_desk,
    },
    t,
    ui::{
        Button, ButtonKind, ConfirmDialog, Dialog, IconName, Menu, MenuItem, Side, Tag, TagKind, TextArea, Toaster,
        element_id, use_toasts,
    },
};

/// What is asked about before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Remove,
    Transfer,
}

/// A line about a member.
#[component]
pub fn Member(group: GroupId, user: UserId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let toasts = use_toasts();
    let me = desk.my_id();
    let mine = my_role(group);
    // The line goes with its member; until it has gone, it shows what it last was.
    let role = Memo::new(move |before: Option<&GroupRole>| {
        let now = desk.roster(group, |roster| roster.role(user)).flatten();
        now.or_else(|| before.copied()).unwrap_or(GroupRole::Member)
    });
    // What is asked about, and whether it still is: while the dialogue goes, it keeps its words.
    let (wanted, asking) = (RwSignal::new(Asking::Remove), RwSignal::new(false));
    let ask = move |what: Asking| {
        wanted.set(what);
        asking.set(true);
    };
    let (banning, blocking) = (RwSignal::new(false), RwSignal::new(false));
    let note = Signal::derive(move || {
        if user == me {
            return Some(t!("you"));
        }
        desk.person(user).map(|person| presence_name(person.presence))
    });
    let tags = move || {
        let kind = match role.get() {
            GroupRole::Member => return ().into_any(),
            GroupRole::Owner => TagKind::Marker,
            GroupRole::Admin | GroupRole::Moderator => TagKind::Lamp,
        };
        view! { <Tag kind>{role_name(role.get())}</Tag> }.into_any()
    };
    let items = Memo::new(move |_| {
        let theirs = role.get();
        (user != me).then(|| mine.get().map(|mine| (mine, theirs))).flatten()
    });
    let menu = Signal::derive(move || {
        let mut list = vec![
            MenuItem::new(t!("write-to"), move || write_to(desk, router, toasts, user)).icon(IconName::MessageSquare),
        ];
        list.push(if desk.relation(user) == Relation::Blocked {
            MenuItem::new(t!("friend-unblock"), move || unblock(desk, toasts, user)).icon(IconName::Undo2)
        } else {
            MenuItem::new(t!("friend-block"), move || blocking.set(true)).icon(IconName::UserX)
        });
        let Some((mine, theirs)) = items.get() else { return list };
        for (at, wanted) in grants(mine, theirs).into_iter().enumerate() {
            let item = MenuItem::new(grant_name(wanted), move || set_role(desk, toasts, group, user, wanted))
                .icon(IconName::Shield);
            list.push(if at == 0 { item.group() } else { item });
        }
        if may(mine, GroupAction::Own) {
            let transfer = move || ask(Asking::Transfer);
            list.push(MenuItem::new(t!("member-make-owner"), transfer).icon(IconName::Crown));
        }
        if may(mine, GroupAction::Moderate) && outranks(mine, theirs) {
            let remove = move || ask(Asking::Remove);
            list.push(MenuItem::new(t!("member-remove"), remove).icon(IconName::UserMinus).danger().group());
            list.push(MenuItem::new(t!("member-ban"), move || banning.set(true)).icon(IconName::Ban).danger());
        }
        list
    });
    let id = element_id("person");
    view! {
        <PersonRow user note tags id>
            {(user != me)
                .then(|| {
                    view! {
                        <Menu
                            label=Signal::derive(move || t!("member-actions", name = desk.name(user)))
                            items=menu
                            side=Side::BelowEnd
                            tip=false
                        />
                    }
                })}
            <BlockDialog user open=blocking />
            <AskDialog group user open=asking what=wanted />
            <Dialog open=banning title=Signal::derive(move || t!("ban-title", name = desk.name(user)))>
                <BanForm group user open=banning />
            </Dialog>
        </PersonRow>
    }
}

fn grant_name(role: GroupRole) -> String {
    match role {
        GroupRole::Owner => t!("member-make-owner"),
        GroupRole::Admin => t!("member-make-admin"),
        GroupRole::Moderator => t!("member-make-moderator"),
        GroupRole::Member => t!("member-make-member"),
    }
}

fn set_role(desk: Desk, toasts: Toaster, group: GroupId, user: UserId, role: GroupRole) {
    spawn_local(async move {
        match desk.api.set_member(group, user, role).await {
            Ok(_) => toasts.info(t!("member-role", name = desk.name_now(user), role = role_name(role))),
            Err(error) => toasts.error(error.text()),
        }
    });
}

fn unblock(desk: Desk, toasts: Toaster, user: UserId) {
    spawn_local(async move {
        if let Err(error) = desk.deal_with(user, Move::Unblock).await {
            toasts.error(error.text());
        }
    });
}

/// Asks before somebody is removed, or the group is given to them.
#[component]
fn AskDialog(group: GroupId, user: UserId, open: RwSignal<bool>, what: RwSignal<Asking>) -> impl IntoView {
    let desk = use_desk();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    Effect::new(move || {
        if open.get() {
            error.set(None);
        }
    });
    let words = move |remove: fn(String) -> String, transfer: fn(String) -> String| {
        Signal::derive(move || {
            let name = desk.name(user);
            match what.get() {
                Asking::Remove => remove(name),
                Asking::Transfer => transfer(name),
            }
        })
    };
    let confirm = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = match what.get_untracked() {
                Asking::Remove => desk.api.remove_member(group, user).await,
                Asking::Transfer => desk.api.transfer_group(group, user).await,
            };
            busy.try_set(false);
            match answer {
                Ok(()) => drop(open.try_set(false)),
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <ConfirmDialog
            open
            title=words(|name| t!("remove-title", name = name), |name| t!("transfer-title", name = name))
            text=words(|_| t!("remove-text"), |_| t!("transfer-text"))
            confirm=words(|_| t!("member-remove"), |_| t!("member-make-owner"))
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=confirm
        />
    }
}

#[component]
fn BanForm(group: GroupId, user: UserId, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let reason = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let words = reason.get_untracked().trim().to_owned();
        let body = BanMember { reason: (!words.is_empty()).then_some(words) };
        spawn_local(async move {
            let answer = desk.api.ban(group, user, &body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => drop(open.try_set(false)),
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <form class="form" aria-label=t!("member-ban") on:submit=submit novalidate>
            <p class="dialog-text">{t!("ban-text")}</p>
            <TextArea label=t!("ban-reason") value=reason hint=t!("ban-reason-hint") max_chars=BAN_REASON_CHARS />
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t!("cancel")}
                </Button>
                <Button kind=ButtonKind::Danger submit=true busy>
                    {t!("member-ban")}
                </Button>
            </footer>
        </form>
    }
}
