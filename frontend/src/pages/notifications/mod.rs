//! The panel of notifications, behind a button in the rail.

mod line;

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::NotificationId;

use self::line::Line;
use crate::{
    parts,
    state::{Load, use_desk},
    t,
    ui::{
        Badge, Button, ButtonKind, EmptyState, ErrorState, Icon, IconButton, IconName, Later, Popover, Side, Skeleton,
        SkeletonKind,
        focus::{self, Axis},
        use_toasts,
    },
};

/// "Notifications", with how many are unread, and the panel beside it.
#[component]
pub fn NotificationsButton() -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let unread = Memo::new(move |_| desk.notices.with(crate::state::notices::Notices::unread));
    let spoken = Signal::derive(move || match unread.get() {
        0 => String::new(),
        count => t!("unread-notifications", count = count),
    });
    view! {
        <span class="popover-anchor rail-anchor">
            <button
                type="button"
                class="rail-item"
                aria-label=t!("notifications")
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                data-tip=t!("notifications")
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon name=IconName::Bell size=20 />
                <span class="rail-label" aria-hidden="true">
                    {t!("notifications")}
                </span>
                <Badge count=unread label=spoken />
            </button>
            <Popover open role="dialog" label=t!("notifications") side=Side::Beside class="notices">
                <Later code=parts::notifications draw=move |draw| draw(open) />
            </Popover>
        </span>
    }
}

/// What the panel holds.
#[component]
pub fn Notifications(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    desk.open_notices();
    let list = NodeRef::<html::Ul>::new();
    let busy = RwSignal::new(false);
    let order = Memo::new(move |_| {
        desk.notices.with(|notices| notices.items().iter().map(|item| item.id).collect::<Vec<NotificationId>>())
    });
    let state = Memo::new(move |_| desk.notices.with(|notices| (notices.load.clone(), notices.items().is_empty())));
    let unread = Memo::new(move |_| desk.notices.with(|notices| notices.unread() > 0));
    let more = Memo::new(move |_| desk.notices.with(|notices| notices.next().is_some()));
    let fetching = Signal::derive(move || desk.notices.with(|notices| notices.busy));
    let read_all = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = desk.read_all_notices().await;
            busy.try_set(false);
            if let Err(error) = answer {
                toasts.error(error.text());
            }
        });
    };
    let body = move || match state.get() {
        (Load::Failed(error), true) => {
            let again = move |()| desk.open_notices();
            view! { <ErrorState title=t!("notifications-failed") text=error.text() on_retry=again /> }.into_any()
        }
        (Load::Loading, true) => view! { <Skeleton kind=SkeletonKind::List rows=4 /> }.into_any(),
        (Load::Ready, true) => view! { <EmptyState icon=IconName::Bell text=t!("notifications-empty") /> }.into_any(),
        (_, false) => view! {
            <ul
                node_ref=list
                class="notices-list plain-list"
                aria-label=t!("notifications")
                on:keydown=move |event| {
                    if let Some(list) = list.get_untracked() {
                        focus::move_by_arrows(&event, &list, ".notice-link", Axis::Vertical);
                    }
                }
            >
                <For each=move || order.get() key=|id| *id children=move |id| view! { <Line id open /> } />
            </ul>
            {move || {
                more.get()
                    .then(|| {
                        view! {
                            <div class="rows-more">
                                <Button busy=fetching on_click=move |()| desk.more_notices()>
                                    {t!("notifications-older")}
                                </Button>
                            </div>
                        }
                    })
            }}
        }
        .into_any(),
    };
    view! {
        <header class="notices-head">
            <h2>{t!("notifications")}</h2>
            <Button
                kind=ButtonKind::Ghost
                icon=IconName::CheckCheck
                busy
                disabled=Signal::derive(move || !unread.get())
                on_click=read_all
            >
                {t!("notifications-read-all")}
            </Button>
            <IconButton icon=IconName::X label=t!("close") tip=false on_click=move |()| open.set(false) />
        </header>
        <div class="notices-body scroll">{body}</div>
    }
}
