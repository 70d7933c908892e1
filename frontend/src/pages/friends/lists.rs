//! The lists behind the tabs: friends, requests either way, and blocked people.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Timestamp, UserId};

use super::deal;
use crate::{
    api::Error,
    pages::person::{PersonRow, by_name, presence_name, write_to},
    route::use_router,
    state::{Move, circle::Request, use_desk},
    t,
    ui::{
        Button, ButtonKind, ConfirmDialog, EmptyState, IconButton, IconName, Menu, MenuItem, Side, element_id, time,
        use_toasts,
    },
};

/// One's friends by name.
#[component]
pub fn FriendList(
    may_ask: Memo<bool>,
    /// Leads to the search for people.
    find: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let order = Memo::new(move |_| by_name(desk, desk.circle.with(|circle| circle.friends().collect())));
    let none = Memo::new(move |_| order.with(Vec::is_empty));
    move || {
        if none.get() {
            let text = if may_ask.get() { t!("friends-empty") } else { t!("friends-empty-guest") };
            return view! {
                <EmptyState icon=IconName::Users text>
                    {may_ask
                        .get()
                        .then(|| {
                            view! {
                                <Button icon=IconName::Search on_click=find>
                                    {t!("find-people")}
                                </Button>
                            }
                        })}
                </EmptyState>
            }
            .into_any();
        }
        view! {
            <ul class="rows plain-list" aria-label=t!("place-friends")>
                <For each=move || order.get() key=|id| *id children=|user| view! { <Friend user /> } />
            </ul>
        }
        .into_any()
    }
}

#[component]
fn Friend(user: UserId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let blocking = RwSignal::new(false);
    let id = element_id("person");
    let described = id.clone();
    let presence = Signal::derive(move || desk.person(user).map(|person| presence_name(person.presence)));
    let remove = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let name = desk.name_now(user);
        spawn_local(async move {
            let answer = desk.deal_with(user, Move::Remove).await;
            busy.try_set(false);
            match answer {
                Ok(()) => toasts.offer(t!("friend-removed", name = name), t!("friend-ask-again"), move || {
                    spawn_local(async move {
                        if let Err(error) = desk.deal_with(user, Move::Ask).await {
                            toasts.error(error.text());
                        }
                    });
                }),
                Err(error) => toasts.error(error.text()),
            }
        });
    };
    let more = Signal::derive(move || {
        vec![MenuItem::new(t!("friend-block"), move || blocking.set(true)).icon(IconName::UserX).danger()]
    });
    view! {
        <PersonRow user note=presence id>
            <IconButton
                icon=IconName::MessageSquare
                label=t!("write-to")
                on_click=move |()| write_to(desk, router, toasts, user)
            />
            <Button kind=ButtonKind::Ghost busy on_click=remove attr:aria-describedby=described>
                {t!("friend-remove")}
            </Button>
            <Menu label=t!("more") items=more side=Side::BelowEnd />
            <BlockDialog user open=blocking />
        </PersonRow>
    }
}

/// Asks before somebody is blocked: the friendship does not come back by itself.
#[component]
pub fn BlockDialog(user: UserId, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let confirm = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = desk.deal_with(user, Move::Block).await;
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
            title=Signal::derive(move || t!("block-title", name = desk.name(user)))
            text=t!("block-text")
            confirm=t!("friend-block")
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=confirm
        />
    }
}

/// The requests that wait, either way.
#[component]
pub fn Requests() -> impl IntoView {
    let desk = use_desk();
    let incoming = Memo::new(move |_| desk.circle.with(|circle| circle.incoming().to_vec()));
    let outgoing = Memo::new(move |_| desk.circle.with(|circle| circle.outgoing().to_vec()));
    let shown = Memo::new(move |_| (incoming.with(Vec::is_empty), outgoing.with(Vec::is_empty)));
    move || {
        let (no_incoming, no_outgoing) = shown.get();
        if no_incoming && no_outgoing {
            return view! { <EmptyState icon=IconName::UserCheck text=t!("requests-empty") /> }.into_any();
        }
        view! {
            {(!no_incoming)
                .then(|| {
                    view! {
                        <h2 class="list-title">{t!("requests-incoming")}</h2>
                        <ul class="rows plain-list" aria-label=t!("requests-incoming")>
                            <For
                                each=move || incoming.get()
                                key=|request| *request
                                children=|Request { user, at }| view! { <Incoming user at /> }
                            />
                        </ul>
                    }
                })}
            {(!no_outgoing)
                .then(|| {
                    view! {
                        <h2 class="list-title">{t!("requests-outgoing")}</h2>
                        <ul class="rows plain-list" aria-label=t!("requests-outgoing")>
                            <For
                                each=move || outgoing.get()
                                key=|request| *request
                                children=|Request { user, at }| view! { <Outgoing user at /> }
                            />
                        </ul>
                    }
                })}
        }
        .into_any()
    }
}

#[component]
fn Incoming(user: UserId, at: Timestamp) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = element_id("person");
    let (one, other) = (id.clone(), id.clone());
    view! {
        <PersonRow user note=Signal::derive(move || Some(time::relative(at))) presence=false id>
            <Button
                kind=ButtonKind::Primary
                busy
                on_click=move |()| deal(desk, toasts, user, Move::Accept, busy)
                attr:aria-describedby=one
            >
                {t!("friend-accept")}
            </Button>
            <Button
                kind=ButtonKind::Ghost
                busy
                on_click=move |()| deal(desk, toasts, user, Move::Reject, busy)
                attr:aria-describedby=other
            >
                {t!("friend-reject")}
            </Button>
        </PersonRow>
    }
}

#[component]
fn Outgoing(user: UserId, at: Timestamp) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id = element_id("person");
    let described = id.clone();
    view! {
        <PersonRow user note=Signal::derive(move || Some(time::relative(at))) presence=false id>
            <Button
                kind=ButtonKind::Ghost
                busy
                on_click=move |()| deal(desk, toasts, user, Move::TakeBack, busy)
                attr:aria-describedby=described
            >
                {t!("friend-take-back")}
            </Button>
        </PersonRow>
    }
}

/// Whom one has blocked.
#[component]
pub fn Blocked() -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let order = Memo::new(move |_| by_name(desk, desk.circle.with(|circle| circle.blocked().collect())));
    let none = Memo::new(move |_| order.with(Vec::is_empty));
    let row = move |user: UserId| {
        let busy = RwSignal::new(false);
        let id = element_id("person");
        let described = id.clone();
        view! {
            <PersonRow user presence=false id>
                <Button
                    busy
                    on_click=move |()| deal(desk, toasts, user, Move::Unblock, busy)
                    attr:aria-describedby=described
                >
                    {t!("friend-unblock")}
                </Button>
            </PersonRow>
        }
    };
    move || {
        if none.get() {
            return view! { <EmptyState icon=IconName::Ban text=t!("blocked-empty") /> }.into_any();
        }
        view! {
            <ul class="rows plain-list" aria-label=t!("friends-blocked")>
                <For each=move || order.get() key=|id| *id children=row />
            </ul>
        }
        .into_any()
    }
}
