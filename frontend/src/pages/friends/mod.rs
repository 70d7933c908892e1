//! Friends: who they are, who has asked, whom one has blocked, and finding more.

mod add;
mod lists;
mod standing;

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::UserId;

use self::{
    add::Results,
    lists::{Blocked, FriendList, Requests},
};
pub use self::{lists::BlockDialog, standing::Standing};
use crate::{
    route::{FriendsTab, Route, use_router},
    state::{Desk, Load, Move, rights, use_desk},
    t,
    ui::{Button, ButtonKind, ErrorState, IconName, SearchField, Skeleton, SkeletonKind, TabItem, Tabs, Toaster},
};

/// The page.
#[component]
pub fn Friends() -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let query = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let searching = Memo::new(move |_| query.with(|query| !query.trim().is_empty()));
    let may_ask = Memo::new(move |_| desk.me.with(|me| rights::reaches_out(me.user.role)));
    let place = Memo::new(move |_| match router.route() {
        Route::Friends(tab) => tab,
        _ => FriendsTab::default(),
    });
    // A tab is a place: the URL says which one is open.
    let selected = RwSignal::new(place.get_untracked().slug());
    Effect::new(move || selected.set(place.get().slug()));
    Effect::new(move |before: Option<&'static str>| {
        let now = selected.get();
        let tab = FriendsTab::ALL.into_iter().find(|tab| tab.slug() == now).unwrap_or_default();
        if before.is_some() && matches!(router.route_now(), Route::Friends(there) if there != tab) {
            router.replace(Route::Friends(tab));
        }
        now
    });
    let find = Callback::new(move |()| {
        if let Some(input) = input.get_untracked() {
            drop(input.focus());
        }
    });
    let items = Signal::derive(move || {
        let waiting = desk.circle.with(|circle| circle.incoming().len());
        vec![
            TabItem::new(FriendsTab::Friends.slug(), t!("place-friends")),
            TabItem::new(FriendsTab::Requests.slug(), t!("friend-requests"))
                .count(u32::try_from(waiting).unwrap_or(u32::MAX)),
            TabItem::new(FriendsTab::Blocked.slug(), t!("friends-blocked")),
        ]
    });
    let list = move || match desk.circle_load.get() {
        Load::Loading => view! { <Skeleton kind=SkeletonKind::List rows=5 /> }.into_any(),
        Load::Failed(error) => {
            let again = move |()| {
                desk.circle_load.set(Load::Loading);
                spawn_local(desk.refresh_circle());
            };
            view! { <ErrorState title=t!("friends-failed") text=error.text() on_retry=again /> }.into_any()
        }
        Load::Ready => match place.get() {
            FriendsTab::Friends => view! { <FriendList may_ask find /> }.into_any(),
            FriendsTab::Requests => view! { <Requests /> }.into_any(),
            FriendsTab::Blocked => view! { <Blocked /> }.into_any(),
        },
    };
    view! {
        <main class="pane pane-main pane-page" id="main" tabindex="-1">
            <header class="pane-head">
                <h1>{t!("place-friends")}</h1>
                <Show when=move || may_ask.get() && !searching.get()>
                    <Button kind=ButtonKind::Primary icon=IconName::UserPlus on_click=find>
                        {t!("add-friend")}
                    </Button>
                </Show>
            </header>
            <div class="pane-body scroll">
                <div class="page people-page">
                    {move || {
                        if may_ask.get() {
                            view! { <SearchField label=t!("find-people") value=query input_ref=input /> }.into_any()
                        } else {
                            view! { <p class="page-note">{t!("guest-no-search")}</p> }.into_any()
                        }
                    }}
                    <Show when=move || searching.get()>
                        <Results query />
                    </Show>
                    <Tabs label=t!("place-friends") items selected>
                        {list}
                    </Tabs>
                </div>
            </div>
        </main>
    }
}

/// Does something about somebody, and says so where it does not work.
fn deal(desk: Desk, toasts: Toaster, user: UserId, what: Move, busy: RwSignal<bool>) {
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    spawn_local(async move {
        let answer = desk.deal_with(user, what).await;
        busy.try_set(false);
        if let Err(error) = answer {
            toasts.error(error.text());
            // What was shown was not what is.
            desk.refresh_circle().await;
        }
    });
}
