//! Chats: the list of conversations, the open one, and its details.

mod actions;
mod chat;
mod completion;
mod composer;
mod details;
mod editor;
mod group;
mod highlight;
mod list;
mod log;
mod message;
mod new_chat;
mod offers;
mod report;
mod results;
mod scroll;
mod system;
mod touch;
mod typing;

use leptos::{ev, prelude::*};
use studyhall_wire::{ConversationId, Seq};

use self::{chat::Chat, list::List};
pub use self::{chat::ChatContext, details::Details, new_chat::NewChat, report::ReportForm, results::Results};
use crate::{
    parts,
    route::{Route, use_router},
    state::{Departure, Desk, Load, list::Conversations, rights, use_desk},
    t,
    ui::{Button, Dialog, EmptyState, ErrorState, IconName, Later, Skeleton, SkeletonKind, modal_is_open},
};

/// The page: three panes side by side, or one at a time on a narrow screen.
#[component]
pub fn Chats() -> impl IntoView {
    let router = use_router();
    let desk = use_desk();
    let open = Memo::new(move |_| match router.route() {
        Route::Chat { id, .. } => Some(id),
        _ => None,
    });
    Effect::new(move || desk.open.set(open.get()));
    on_cleanup(move || desk.open.set(None));

    let keys = window_event_listener(ev::keydown, move |event| {
        let step = match event.key().as_str() {
            "ArrowUp" => -1,
            "ArrowDown" => 1,
            _ => return,
        };
        if event.alt_key() && !event.ctrl_key() && !event.meta_key() && !modal_is_open() {
            event.prevent_default();
            if let Some(id) = neighbour(open.get_untracked(), step) {
                router.go(Route::chat(id));
            }
        }
    });
    on_cleanup(move || keys.remove());

    let new_chat = RwSignal::new(false);
    view! {
        <List new_chat />
        {move || match open.get() {
            Some(id) => view! { <Open id /> }.into_any(),
            None => view! { <Nothing new_chat /> }.into_any(),
        }}
        <Dialog open=new_chat title=t!("new-chat")>
            <Later code=parts::new_chat draw=move |draw| draw(new_chat) />
        </Dialog>
    }
}

/// The conversation above or below in the list; from none, the first.
fn neighbour(from: Option<ConversationId>, step: isize) -> Option<ConversationId> {
    let order = use_desk().conversations.with_untracked(Conversations::by_activity);
    let at = from.and_then(|id| order.iter().position(|known| *known == id));
    match at {
        Some(at) => at.checked_add_signed(step).and_then(|at| order.get(at)).copied(),
        None => order.first().copied(),
    }
}

/// One conversation, once it is known to be one.
#[component]
fn Open(id: ConversationId) -> impl IntoView {
    let router = use_router();
    let desk = use_desk();
    let known = Memo::new(move |_| desk.conversations.with(|conversations| conversations.get(id).is_some()));
    let at = Memo::new(move |_| match router.route() {
        Route::Chat { at, .. } => at,
        _ => None::<Seq>,
    });
    move || {
        if known.get() {
            return view! { <Chat id at /> }.into_any();
        }
        match desk.list.get() {
            // The frame stands; what it shows is on its way.
            Load::Loading => view! {
                <main class="pane pane-main" id="main" tabindex="-1" aria-busy="true">
                    <Skeleton kind=SkeletonKind::Messages rows=7 />
                </main>
            }
            .into_any(),
            Load::Failed(error) => {
                let again = move |()| leptos::task::spawn_local(desk.refresh_list());
                view! {
                    <main class="pane pane-main" id="main" tabindex="-1">
                        <ErrorState title=t!("chats-failed") text=error.text() on_retry=again />
                    </main>
                }
                .into_any()
            }
            Load::Ready => view! {
                <main class="pane pane-main" id="main" tabindex="-1">
                    <EmptyState icon=IconName::MessageSquare text=Signal::derive(move || why_gone(desk, id))>
                        <a class="btn btn-secondary" href="/chats">
                            {t!("not-found-back")}
                        </a>
                    </EmptyState>
                </main>
            }
            .into_any(),
        }
    }
}

/// Why a conversation is not there (any more), in a sentence.
fn why_gone(desk: Desk, id: ConversationId) -> String {
    let departure = desk.departures.with(|all| all.get(&id).cloned());
    match departure {
        Some(Departure { title, reason }) => match reason.as_str() {
            "left" => t!("gone-left", name = title),
            "banned" => t!("gone-banned", name = title),
            "deleted" => t!("gone-deleted", name = title),
            _ => t!("gone-removed", name = title),
        },
        None => t!("chat-unknown"),
    }
}

/// No conversation is open.
#[component]
fn Nothing(new_chat: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let some = Memo::new(move |_| desk.conversations.with(|conversations| !conversations.is_empty()));
    let may_find = Memo::new(move |_| desk.me.with(|me| rights::reaches_out(me.user.role)));
    let text = Signal::derive(move || if may_find.get() { t!("chat-none-open") } else { t!("chat-none-open-guest") });
    view! {
        <main class="pane pane-main" id="main" tabindex="-1">
            <EmptyState icon=IconName::BookOpen text>
                // With nothing to choose from, the list has the button.
                {move || {
                    (some.get() && may_find.get())
                        .then(|| {
                            view! {
                                <Button icon=IconName::Plus on_click=move |()| new_chat.set(true)>
                                    {t!("start-chat")}
                                </Button>
                            }
                        })
                }}
            </EmptyState>
        </main>
    }
}
