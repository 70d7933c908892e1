//! The list of conversations, the search through all messages above it, and the way to a new one.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{Conversation, ConversationId, ConversationKind, NotifyLevel};

use super::group::ConversationFace;
use crate::{
    markdown, parts,
    route::{Route, use_router},
    state::{Desk, Load, list::Conversations, rights, title_of, use_desk},
    t,
    ui::{
        Avatar, Badge, Button, ButtonKind, EmptyState, ErrorState, Icon, IconButton, IconName, Later, SearchField,
        Skeleton, SkeletonKind, Time, TimeStyle, element_id,
        focus::{self, Axis},
        use_narrow,
    },
};

/// Characters of the last message that are shown.
const PREVIEW_CHARS: usize = 90;

/// The pane with the list.
#[component]
pub fn List(
    /// Whether the dialogue "New chat" is open.
    new_chat: RwSignal<bool>,
) -> impl IntoView {
    let desk = use_desk();
    let narrow = use_narrow();
    let pane = NodeRef::<html::Section>::new();
    let query = RwSignal::new(String::new());
    let searching = Memo::new(move |_| query.with(|query| !query.trim().is_empty()));
    // Guests are written to; they look for nobody.
    let may_find = Memo::new(move |_| desk.me.with(|me| rights::reaches_out(me.user.role)));
    let state = Memo::new(move |_| (desk.list.get(), desk.conversations.with(Conversations::is_empty)));
    let body = move || {
        if searching.get() {
            return view! { <Later code=parts::results draw=move |draw| draw(query, None) /> }.into_any();
        }
        match state.get() {
            (Load::Loading, true) => view! { <Skeleton kind=SkeletonKind::List rows=8 /> }.into_any(),
            (Load::Failed(error), true) => {
                let again = move |()| {
                    desk.list.set(Load::Loading);
                    spawn_local(desk.refresh_list());
                };
                view! { <ErrorState title=t!("chats-failed") text=error.text() on_retry=again /> }.into_any()
            }
            (Load::Ready, true) if !may_find.get() => {
                view! { <EmptyState icon=IconName::MessagesSquare text=t!("chats-empty-guest") /> }.into_any()
            }
            (Load::Ready, true) => view! {
                <EmptyState icon=IconName::MessagesSquare text=t!("chats-empty")>
                    <Button kind=ButtonKind::Secondary icon=IconName::UserPlus on_click=move |()| new_chat.set(true)>
                        {t!("find-people")}
                    </Button>
                </EmptyState>
            }
            .into_any(),
            (_, false) => view! { <Items /> }.into_any(),
        }
    };
    view! {
        <section
            node_ref=pane
            class="pane pane-list"
            role=move || narrow.get().then_some("main")
            aria-label=t!("place-chats")
            tabindex="-1"
        >
            <header class="pane-head">
                <h1>{t!("place-chats")}</h1>
                <Show when=move || may_find.get()>
                    <IconButton icon=IconName::Plus label=t!("new-chat") on_click=move |()| new_chat.set(true) />
                </Show>
            </header>
            <div
                class="pane-search"
                on:keydown=move |event| {
                    // From the field down into what it found, or to the conversations.
                    if event.key() == "ArrowDown"
                        && let Some(pane) = pane.get_untracked()
                        && let Some(first) = focus::matching(&pane, "a.hit,a.row-link").first()
                    {
                        event.prevent_default();
                        drop(first.focus());
                    }
                }
            >
                <SearchField label=t!("search-messages") value=query />
            </div>
            <div class="pane-body scroll">{body}</div>
        </section>
    }
}

#[component]
fn Items() -> impl IntoView {
    let desk = use_desk();
    let list = NodeRef::<html::Ul>::new();
    let order = Memo::new(move |_| desk.conversations.with(Conversations::by_activity));
    view! {
        <ul
            node_ref=list
            class="rows plain-list"
            role="list"
            aria-label=t!("conversations")
            on:keydown=move |event| {
                if let Some(list) = list.get_untracked()
                    && !event.alt_key()
                {
                    focus::move_by_arrows(&event, &list, "a.row-link", Axis::Vertical);
                }
            }
        >
            <For each=move || order.get() key=|id| *id children=|id| view! { <Item id /> } />
        </ul>
    }
}

#[component]
fn Item(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    // The line goes with its conversation; until it has gone, it shows what it last was.
    let conversation = Memo::new(move |before: Option<&Option<std::sync::Arc<Conversation>>>| {
        let now = desk.conversations.with(|conversations| conversations.get(id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let read = move |read: fn(&Conversation) -> String| {
        Memo::new(move |_| conversation.with(|conversation| conversation.as_deref().map(read).unwrap_or_default()))
    };
    let title = read(title_of);
    let unread = Memo::new(move |_| conversation.with(|c| c.as_ref().map_or(0, |c| c.unread)));
    let mentions = Memo::new(move |_| conversation.with(|c| c.as_ref().is_some_and(|c| c.unread_mentions > 0)));
    let muted = Memo::new(move |_| conversation.with(|c| c.as_ref().is_some_and(|c| c.notify != NotifyLevel::All)));
    let preview = Memo::new(move |_| conversation.with(|c| c.as_deref().map(|c| preview(desk, c)).unwrap_or_default()));
    let at = Memo::new(move |_| conversation.with(|c| c.as_ref()?.last_message.as_ref().map(|last| last.created_at)));
    let here = Memo::new(move |_| matches!(router.route(), Route::Chat { id: open, .. } if open == id));
    let meta = StoredValue::new(element_id("conv"));
    let typing = Memo::new(move |_| !desk.typing_in(id).is_empty());
    // What one writes in the open one is in sight there.
    let draft = Memo::new(move |_| {
        let draft = desk.draft(id).filter(|_| !here.get())?;
        Some(markdown::plain(&draft, PREVIEW_CHARS)).filter(|draft| !draft.is_empty())
    });
    let words = move || match draft.get() {
        _ if typing.get() => view! { <span class="row-typing">{t!("typing-short")}</span> }.into_any(),
        Some(draft) => view! {
            <span class="row-draft">{t!("draft")}</span>
            " "
            {draft}
        }
        .into_any(),
        None => preview.get().into_any(),
    };
    let avatar = move || match conversation.get() {
        Some(conversation) => match &conversation.peer {
            Some(peer) => view! { <Avatar user=peer.clone() presence=true /> }.into_any(),
            None => view! { <ConversationFace id /> }.into_any(),
        },
        None => ().into_any(),
    };
    let badge = move || {
        let label = t!("unread-count", count = unread.get());
        let count = Signal::derive(move || unread.get());
        if mentions.get() {
            view! { <Badge count label strong=true /> }.into_any()
        } else {
            view! { <Badge count label /> }.into_any()
        }
    };
    view! {
        <li class="row" data-unread=move || (unread.get() > 0).then_some("")>
            {avatar}
            <span class="row-text">
                <span class="row-line">
                    <a
                        class="row-title row-link"
                        href=Route::chat(id).href()
                        aria-describedby=meta.get_value()
                        aria-current=move || here.get().then_some("page")
                    >
                        <bdi>{title}</bdi>
                    </a>
                    {move || {
                        muted
                            .get()
                            .then(|| {
                                view! {
                                    <span class="row-muted-icon">
                                        <Icon name=IconName::BellOff size=14 />
                                    </span>
                                }
                            })
                    }}
                    <span class="row-time">
                        {move || at.get().map(|at| view! { <Time at style=TimeStyle::Short /> })}
                    </span>
                </span>
                <span class="row-line" id=meta.get_value()>
                    <span class="row-sub" dir="auto">
                        {words}
                    </span>
                    {badge}
                </span>
            </span>
        </li>
    }
}

/// The last message in a few words, and whose it was where that is not plain.
fn preview(desk: Desk, conversation: &Conversation) -> String {
    let Some(last) = &conversation.last_message else { return t!("no-messages-yet") };
    let text =
        if last.deleted_at.is_some() { t!("message-deleted") } else { markdown::plain(&last.text, PREVIEW_CHARS) };
    if last.author_id == desk.my_id() {
        t!("preview-own", text = text)
    } else if conversation.kind == ConversationKind::Group {
        t!("preview-of", name = desk.name(last.author_id), text = text)
    } else {
        text
    }
}
