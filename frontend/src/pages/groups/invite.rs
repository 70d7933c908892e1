//! Invitations: links by which whoever has them comes in.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{CreateInvite, GroupId, Invite};

use super::my_role;
use crate::{
    api::Error,
    pages::copy::LinkField,
    state::{
        rights::{self, GroupAction, may},
        use_desk,
    },
    t,
    ui::{Button, ButtonKind, Dialog, ErrorState, IconName, Select, Skeleton, time, use_toasts},
};

/// How long a link can be good for, in seconds; `0` for ever.
const LIVES: [u64; 4] = [3_600, 86_400, 7 * 86_400, 0];
/// How many can come in with it; `0` any number.
const USES: [u32; 5] = [0, 1, 5, 25, 100];

/// "Invite", for who may, and the dialogue behind it.
#[component]
pub fn InviteButton(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let role = my_role(group);
    let open = RwSignal::new(false);
    let allowed = Memo::new(move |_| {
        let manages = role.get().is_some_and(|role| may(role, GroupAction::Manage));
        manages && desk.me.with(|me| rights::reaches_out(me.user.role))
    });
    view! {
        <Show when=move || allowed.get()>
            <Button icon=IconName::Link on_click=move |()| open.set(true)>
                {t!("invite")}
            </Button>
            <Dialog open title=t!("invite-title")>
                <Links group />
            </Dialog>
        </Show>
    }
}

/// How the links stand.
#[derive(Clone)]
enum List {
    Loading,
    There(Vec<Invite>),
    Failed(Error),
}

#[component]
fn Links(group: GroupId) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let list = RwSignal::new(List::Loading);
    let load = move || {
        spawn_local(async move {
            let now = match desk.api.invites(group).await {
                Ok(invites) => List::There(invites),
                Err(error) => List::Failed(error),
            };
            list.try_set(now);
        });
    };
    load();
    let life = RwSignal::new(LIVES[2].to_string());
    let uses = RwSignal::new(USES[0].to_string());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let body = CreateInvite {
            expires_in: life.with_untracked(|life| life.parse().ok()).filter(|seconds| *seconds > 0),
            max_uses: uses.with_untracked(|uses| uses.parse().ok()).filter(|uses| *uses > 0),
        };
        spawn_local(async move {
            let answer = desk.api.create_invite(group, &body).await;
            busy.try_set(false);
            match answer {
                Ok(_) => load(),
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    let withdraw = Callback::new(move |code: String| {
        spawn_local(async move {
            if let Err(error) = desk.api.withdraw_invite(group, &code).await {
                toasts.error(error.text());
            }
            load();
        });
    });
    let lives = Signal::derive(|| LIVES.map(|seconds| (seconds.to_string(), life_name(seconds))).to_vec());
    let counts = Signal::derive(|| {
        USES.map(|uses| {
            let name = if uses == 0 { t!("invite-any-uses") } else { t!("invite-max-uses", count = uses) };
            (uses.to_string(), name)
        })
        .to_vec()
    });
    let shown = move || match list.get() {
        List::Loading => view! { <Skeleton rows=2 /> }.into_any(),
        List::Failed(error) => {
            view! { <ErrorState title=t!("invites-failed") text=error.text() on_retry=move |()| load() inline=true /> }
                .into_any()
        }
        List::There(invites) if invites.is_empty() => {
            view! { <p class="page-note">{t!("invites-empty")}</p> }.into_any()
        }
        List::There(invites) => view! {
            <ul class="plain-list invites" aria-label=t!("invites")>
                {invites.into_iter().map(|invite| view! { <Link invite withdraw /> }).collect_view()}
            </ul>
        }
        .into_any(),
    };
    view! {
        <p class="dialog-text">{t!("invite-text")}</p>
        <form class="form" aria-label=t!("invite-create") on:submit=create novalidate>
            <div class="two-columns">
                <Select label=t!("invite-life") value=life options=lives />
                <Select label=t!("invite-uses") value=uses options=counts />
            </div>
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            <footer class="form-actions">
                <Button kind=ButtonKind::Primary submit=true busy>
                    {t!("invite-create")}
                </Button>
            </footer>
        </form>
        {shown}
    }
}

fn life_name(seconds: u64) -> String {
    match seconds {
        0 => t!("invite-forever"),
        1..86_400 => t!("invite-hours", count = seconds / 3_600),
        _ => t!("invite-days", count = seconds / 86_400),
    }
}

#[component]
fn Link(invite: Invite, withdraw: Callback<String>) -> impl IntoView {
    let Invite { code, url, max_uses, uses, expires_at } = invite;
    let used = match max_uses {
        Some(most) => t!("invite-used-of", uses = uses, most = most),
        None => t!("invite-used", uses = uses),
    };
    let until = expires_at.map(|at| format!(" · {}", t!("invite-until", when = time::full(at)))).unwrap_or_default();
    view! {
        <li class="invite">
            <LinkField url=url />
            <span class="meta">{used} {until}</span>
            <Button kind=ButtonKind::Ghost on_click=move |()| withdraw.run(code.clone())>
                {t!("invite-withdraw")}
            </Button>
        </li>
    }
}
