//! The pane beside a conversation: who is in it, what is pinned, and the search through it.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationKind, Message, User};

use super::{
    chat::{ChatContext, show_panel},
    group::GroupDetails,
    results::{MessageLink, Results},
};
use crate::{
    api::Error,
    markdown,
    pages::{friends::Standing, notify::Notify},
    route::{Panel, use_router},
    t,
    ui::{Avatar, AvatarSize, ErrorState, IconButton, IconName, SearchField, Skeleton, TabItem, Tabs, use_narrow},
};

/// Characters of a pinned message that are shown.
const LINE_CHARS: usize = 200;

/// The pane, at one of its tabs.
#[component]
pub fn Details(chat: ChatContext, panel: Memo<Option<Panel>>) -> impl IntoView {
    let router = use_router();
    let narrow = use_narrow();
    let selected = RwSignal::new(panel.get_untracked().unwrap_or(Panel::Members).slug());
    // A tab is a place: the URL and the buttons over the messages say which one is open.
    Effect::new(move |before: Option<&'static str>| {
        let now = selected.get();
        if before.is_some_and(|before| before != now) && panel.get_untracked().is_some() {
            show_panel(router, Panel::of_slug(now));
        }
        now
    });
    // And the other way round.
    Effect::new(move || {
        if let Some(wanted) = panel.get()
            && selected.get_untracked() != wanted.slug()
        {
            selected.set(wanted.slug());
        }
    });
    let items = Signal::derive(|| {
        let name = |panel| match panel {
            Panel::Members => t!("members"),
            Panel::Pins => t!("pins-tab"),
            Panel::Search => t!("search"),
        };
        Panel::ALL.into_iter().map(|panel| TabItem::new(panel.slug(), name(panel))).collect()
    });
    view! {
        <section
            class="pane pane-details"
            role=move || if narrow.get() { "main" } else { "complementary" }
            aria-label=t!("details")
            tabindex="-1"
        >
            <header class="pane-head">
                <h2>{t!("details")}</h2>
                <IconButton icon=IconName::X label=t!("close-details") on_click=move |()| show_panel(router, None) />
            </header>
            <div class="pane-body scroll">
                <Tabs label=t!("details") items selected>
                    {move || match selected.get() {
                        "pins" => view! { <Pins chat /> }.into_any(),
                        "search" => view! { <Search chat /> }.into_any(),
                        _ => view! { <Members chat /> }.into_any(),
                    }}
                </Tabs>
            </div>
        </section>
    }
}

#[component]
fn Members(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let peer = Memo::new(move |_| desk.conversations.with(|known| known.get(id).and_then(|known| known.peer.clone())));
    let there = Memo::new(move |_| peer.with(|peer| peer.as_ref().filter(|peer| !peer.deleted).map(|peer| peer.id)));
    let direct = Memo::new(move |_| {
        desk.conversations.with(|known| known.get(id).is_some_and(|known| known.kind == ConversationKind::Direct))
    });
    let profile = move |user: User| {
        let bio = (!user.bio.is_empty()).then(|| view! { <p class="profile-bio" dir="auto">{user.bio.clone()}</p> });
        view! {
            <div class="profile">
                <Avatar user=user.clone() size=AvatarSize::Large presence=true />
                <h2>
                    <bdi>{user.display_name.clone()}</bdi>
                </h2>
                <p class="meta">"@" {user.username.clone()}</p>
                {bio}
            </div>
        }
    };
    let person = move |user: User, you: bool| {
        view! {
            <li>
                <div class="row">
                    <Avatar user=user.clone() presence=!you />
                    <span class="row-text">
                        <bdi class="row-title">{user.display_name.clone()}</bdi>
                        <span class="row-sub">{if you { t!("you") } else { format!("@{}", user.username) }}</span>
                    </span>
                </div>
            </li>
        }
    };
    view! {
        {move || peer.get().map(profile)}
        {move || there.get().map(|user| view! { <Standing user /> })}
        {move || {
            direct
                .get()
                .then(|| {
                    view! {
                        <section class="panel">
                            <ul class="rows plain-list" aria-label=t!("members")>
                                {move || peer.get().map(|peer| person(peer, false))}
                                {move || person(desk.me.with(|me| me.user.clone()), true)}
                            </ul>
                        </section>
                    }
                })
        }}
        {move || (!direct.get()).then(|| view! { <GroupDetails id /> })}
        <section class="panel panel-pad">
            <Notify id />
        </section>
    }
}

/// How the pins stand.
#[derive(Clone)]
enum Pinned {
    Loading,
    There(Vec<Message>),
    Failed(Error),
}

#[component]
fn Pins(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let pinned = RwSignal::new(Pinned::Loading);
    let load = move || {
        spawn_local(async move {
            let now = match desk.api.pinned(id).await {
                Ok(page) => Pinned::There(page.items),
                Err(error) => Pinned::Failed(error),
            };
            pinned.try_set(now);
        });
    };
    // Anew whenever something is pinned, unpinned or deleted here.
    let last = Memo::new(move |_| desk.pin_changes());
    Effect::new(move || {
        last.track();
        load();
    });
    move || match pinned.get() {
        Pinned::Loading => view! { <Skeleton rows=3 /> }.into_any(),
        Pinned::Failed(error) => {
            view! { <ErrorState title=t!("pins-failed") text=error.text() on_retry=move |()| load() /> }.into_any()
        }
        Pinned::There(list) if list.is_empty() => view! { <p class="panel-empty">{t!("pins-empty")}</p> }.into_any(),
        Pinned::There(list) => {
            let line = |message: Message| {
                let text = vec![(markdown::plain(&message.text, LINE_CHARS), false)];
                view! { <MessageLink message text everywhere=false desk /> }
            };
            view! {
                <ul class="hits plain-list" aria-label=t!("pins")>
                    {list.into_iter().rev().map(line).collect_view()}
                </ul>
            }
            .into_any()
        }
    }
}

#[component]
fn Search(chat: ChatContext) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let searching = Memo::new(move |_| query.with(|query| !query.trim().is_empty()));
    view! {
        <div class="panel-pad">
            <SearchField label=t!("search-here") value=query autofocus=true />
        </div>
        {move || {
            if searching.get() {
                view! { <Results query conversation=Some(chat.id) /> }.into_any()
            } else {
                view! { <p class="panel-empty">{t!("search-here-hint")}</p> }.into_any()
            }
        }}
    }
}
