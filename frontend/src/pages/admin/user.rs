//! One account, and what an administrator may do about it.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{AdminUser, ResetLink, Role, UpdateUser, UserId};

use super::{paged::Paged, role_name};
use crate::{
    api::Error,
    pages::copy::LinkField,
    state::{rights, use_desk},
    t,
    ui::{
        Avatar, Button, ButtonKind, ConfirmDialog, Dialog, ErrorState, IconName, Menu, MenuItem, Side, Skeleton, Tag,
        TagKind, time, use_toasts,
    },
};

/// A change that is asked about before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Role(Role),
    Suspend,
    Restore,
}

impl Change {
    fn body(self) -> UpdateUser {
        match self {
            Self::Role(role) => UpdateUser { role: Some(role), suspended: None },
            Self::Suspend => UpdateUser { role: None, suspended: Some(true) },
            Self::Restore => UpdateUser { role: None, suspended: Some(false) },
        }
    }
}

/// A line about an account.
#[component]
pub fn Line(user: AdminUser, list: Paged<AdminUser>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let id = user.user.id;
    // The line stays while the account changes, so that the focus comes back to it from a dialogue.
    let account = Memo::new(move |before: Option<&AdminUser>| {
        let now = list.find(|known| known.user.id == id);
        now.or_else(|| before.cloned()).unwrap_or_else(|| user.clone())
    });
    let theirs = Memo::new(move |_| account.with(|account| account.user.role));
    let suspended = Memo::new(move |_| account.with(|account| account.suspended));
    // What is asked about, and whether it still is: while the dialogue goes, it keeps its words.
    let (wanted, asking) = (RwSignal::new(Change::Suspend), RwSignal::new(false));
    let linking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let change = move |change: Change| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.api.update_user(id, &change.body()).await {
                Ok(now) => {
                    asking.try_set(false);
                    toasts.info(t!("saved"));
                    if id == desk.my_id() && desk.refresh_me().await.is_err() {
                        return;
                    }
                    list.update(|users| {
                        if let Some(known) = users.iter_mut().find(|known| known.user.id == id) {
                            *known = now;
                        }
                    });
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    };
    let ask = move |change: Change| {
        busy.set(false);
        error.set(None);
        wanted.set(change);
        asking.set(true);
    };
    let mine = Memo::new(move |_| desk.me.with(|me| me.user.role));
    let is_me = id == desk.my_id();
    let menu = Signal::derive(move || {
        let theirs = theirs.get();
        let mut items: Vec<MenuItem> = rights::grantable(mine.get())
            .into_iter()
            .map(|role| {
                MenuItem::new(role_name(role), move || {
                    if role != theirs {
                        ask(Change::Role(role));
                    }
                })
                .checked(role == theirs)
            })
            .collect();
        if !is_me {
            items.push(
                MenuItem::new(t!("admin-reset-link"), move || linking.set(true)).icon(IconName::KeyRound).group(),
            );
            items.push(if suspended.get() {
                MenuItem::new(t!("admin-restore"), move || ask(Change::Restore)).icon(IconName::Undo2)
            } else {
                MenuItem::new(t!("admin-suspend"), move || ask(Change::Suspend)).icon(IconName::Ban).danger()
            });
        }
        items
    });
    let may = Memo::new(move |_| rights::commands(mine.get(), theirs.get()));
    let name = Memo::new(move |_| account.with(|account| crate::state::display_name(&account.user)));
    let below = move || {
        let AdminUser { user, email, last_used_at, .. } = account.get();
        let seen =
            last_used_at.map_or_else(|| t!("admin-never"), |at| t!("admin-last-seen", when = time::relative(at)));
        std::iter::once(format!("@{}", user.username)).chain(email).chain([seen]).collect::<Vec<_>>().join(" · ")
    };
    let role = move || {
        let kind = if theirs.get() == Role::User { TagKind::Plain } else { TagKind::Lamp };
        view! { <Tag kind>{role_name(theirs.get())}</Tag> }
    };
    view! {
        <li class="row person" data-suspended=move || suspended.get().then_some("")>
            <Avatar user=Signal::derive(move || account.with(|account| account.user.clone())) />
            <span class="row-text">
                <span class="row-line">
                    <bdi class="row-title person-name">{name}</bdi>
                    {role}
                    {move || suspended.get().then(|| view! { <Tag kind=TagKind::Danger>{t!("admin-suspended")}</Tag> })}
                </span>
                <span class="row-sub">{below}</span>
            </span>
            <span class="row-actions">
                <Show when=move || may.get()>
                    <Menu
                        label=Signal::derive(move || t!("member-actions", name = name.get()))
                        items=menu
                        side=Side::BelowEnd
                        tip=false
                    />
                </Show>
            </span>
            <AskDialog open=asking what=wanted name busy error on_confirm=Callback::new(change) />
            <Dialog open=linking title=t!("admin-reset-link")>
                <Link user=id name=name.get_untracked() />
            </Dialog>
        </li>
    }
}

/// Asks before a change.
#[component]
fn AskDialog(
    open: RwSignal<bool>,
    what: RwSignal<Change>,
    name: Memo<String>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    on_confirm: Callback<Change>,
) -> impl IntoView {
    let title = Signal::derive(move || {
        let name = name.get();
        match what.get() {
            Change::Role(role) => t!("admin-role-title", name = name, role = role_name(role)),
            Change::Suspend => t!("admin-suspend-title", name = name),
            Change::Restore => t!("admin-restore-title", name = name),
        }
    });
    let text = Signal::derive(move || match what.get() {
        Change::Role(_) => t!("admin-role-text"),
        Change::Suspend => t!("admin-suspend-text"),
        Change::Restore => t!("admin-restore-text"),
    });
    let confirm = Signal::derive(move || match what.get() {
        Change::Role(_) => t!("admin-role-set"),
        Change::Suspend => t!("admin-suspend"),
        Change::Restore => t!("admin-restore"),
    });
    view! {
        <ConfirmDialog
            open
            title
            text
            confirm
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=move |()| on_confirm.run(what.get_untracked())
        />
    }
}

/// How the link stands.
#[derive(Clone)]
enum State {
    Asking,
    Making,
    There(ResetLink),
    Failed(Error),
}

/// Makes a link by which somebody sets a new password.
#[component]
fn Link(user: UserId, name: String) -> impl IntoView {
    let desk = use_desk();
    let state = RwSignal::new(State::Asking);
    let make = move |()| {
        state.set(State::Making);
        spawn_local(async move {
            let now = match desk.api.reset_link(user).await {
                Ok(link) => State::There(link),
                Err(error) => State::Failed(error),
            };
            state.try_set(now);
        });
    };
    let shown = move || match state.get() {
        State::Asking => view! {
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Primary on_click=make>
                    {t!("admin-reset-make")}
                </Button>
            </footer>
        }
        .into_any(),
        State::Making => view! { <Skeleton rows=1 /> }.into_any(),
        State::Failed(error) => {
            view! { <ErrorState title=t!("admin-reset-failed") text=error.text() on_retry=make inline=true /> }
                .into_any()
        }
        State::There(link) => view! {
            <div class="invite">
                <LinkField url=link.url.clone() focused=true />
                <span class="meta">{t!("invite-until", when = time::full(link.expires_at))}</span>
            </div>
        }
        .into_any(),
    };
    view! {
        <p class="dialog-text">{t!("admin-reset-text", name = name)}</p>
        {shown}
    }
}
