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
    let AdminUser { user, email, suspended, last_used_at, .. } = user;
    let id = user.id;
    let theirs = user.role;
    let asking = RwSignal::new(None::<Change>);
    let linking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let change = move |change: Change| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match desk.api.update_user(id, &change.body()).await {
                Ok(now) => {
                    asking.try_set(None);
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
    let mine = Memo::new(move |_| desk.me.with(|me| me.user.role));
    let is_me = id == desk.my_id();
    let menu = Signal::derive(move || {
        let mut items: Vec<MenuItem> = rights::grantable(mine.get())
            .into_iter()
            .map(|role| {
                MenuItem::new(role_name(role), move || {
                    if role != theirs {
                        asking.set(Some(Change::Role(role)));
                    }
                })
                .checked(role == theirs)
            })
            .collect();
        if !is_me {
            items.push(
                MenuItem::new(t!("admin-reset-link"), move || linking.set(true)).icon(IconName::KeyRound).group(),
            );
            items.push(if suspended {
                MenuItem::new(t!("admin-restore"), move || asking.set(Some(Change::Restore))).icon(IconName::Undo2)
            } else {
                MenuItem::new(t!("admin-suspend"), move || asking.set(Some(Change::Suspend)))
                    .icon(IconName::Ban)
                    .danger()
            });
        }
        items
    });
    let may = Memo::new(move |_| rights::commands(mine.get(), theirs));
    let name = StoredValue::new(crate::state::display_name(&user));
    let seen = last_used_at.map_or_else(|| t!("admin-never"), |at| t!("admin-last-seen", when = time::relative(at)));
    let below =
        std::iter::once(format!("@{}", user.username)).chain(email).chain([seen]).collect::<Vec<_>>().join(" · ");
    let kind = if theirs == Role::User { TagKind::Plain } else { TagKind::Lamp };
    view! {
        <li class="row person" data-suspended=suspended.then_some("")>
            <Avatar user=user.clone() />
            <span class="row-text">
                <span class="row-line">
                    <bdi class="row-title person-name">{name.get_value()}</bdi>
                    <Tag kind>{role_name(theirs)}</Tag>
                    {suspended.then(|| view! { <Tag kind=TagKind::Danger>{t!("admin-suspended")}</Tag> })}
                </span>
                <span class="row-sub">{below}</span>
            </span>
            <span class="row-actions">
                <Show when=move || may.get()>
                    <Menu
                        label=t!("member-actions", name = name.get_value())
                        items=menu
                        side=Side::BelowEnd
                        tip=false
                    />
                </Show>
            </span>
            <AskDialog asking name=name.get_value() busy error on_confirm=Callback::new(change) />
            <Dialog open=linking title=t!("admin-reset-link")>
                <Link user=id name=name.get_value() />
            </Dialog>
        </li>
    }
}

/// Asks before a change.
#[component]
fn AskDialog(
    asking: RwSignal<Option<Change>>,
    name: String,
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    on_confirm: Callback<Change>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move || {
        let wanted = asking.get().is_some();
        if wanted && !open.get_untracked() {
            error.set(None);
            busy.set(false);
        }
        open.set(wanted);
    });
    Effect::new(move || {
        if !open.get() {
            asking.set(None);
        }
    });
    let what = Memo::new(move |before: Option<&Change>| {
        asking.get().unwrap_or_else(|| before.copied().unwrap_or(Change::Suspend))
    });
    let name = StoredValue::new(name);
    let title = Signal::derive(move || {
        let name = name.get_value();
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
                <LinkField url=link.url.clone() />
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
