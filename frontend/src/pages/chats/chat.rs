//! One open conversation: its head, its messages, the composer, and beside them the details.

use leptos::{ev, prelude::*};
use studyhall_wire::{Conversation, ConversationId, Presence, Seq};

use super::{composer::Composer, group::ConversationFace, log::Log};
use crate::{
    parts,
    route::{Panel, Route, Router, use_router},
    socket::Status,
    state::{Desk, circle::Relation, title_of, use_desk},
    t,
    ui::{Avatar, Icon, IconButton, IconName, Later, has_keyboard, is_narrow, modal_is_open},
};

/// What the parts of an open conversation share.
#[derive(Clone, Copy)]
pub struct ChatContext {
    pub desk: Desk,
    pub id: ConversationId,
    /// The message that is being edited.
    pub editing: RwSignal<Option<Seq>>,
    /// The message whose actions a long press has opened.
    pub active: RwSignal<Option<Seq>>,
    /// What could not be done with a message, and why: said at the message.
    pub trouble: RwSignal<Option<(Seq, String)>>,
    /// The message that the composer answers.
    pub replying: RwSignal<Option<Seq>>,
    /// The message to go to, and how often one was asked for: the same one may be wanted twice.
    pub target: RwSignal<Option<Seq>>,
    /// Where one left off: the "new" line stands behind it.
    pub left_off: RwSignal<Option<Seq>>,
    /// Whether the log has been scrolled to where one left off; nothing counts as seen before.
    pub placed: RwSignal<bool>,
    /// Whether the end of the conversation is in sight.
    pub at_end: RwSignal<bool>,
    /// Counts the wishes to go to the end, and to write.
    pub to_end: RwSignal<u32>,
    pub write: RwSignal<u32>,
}

impl ChatContext {
    /// Goes to a message, wherever it is in the history.
    pub fn jump(self, seq: Seq) {
        self.target.set(Some(seq));
    }

    /// The focus goes to the composer, unless a keyboard would come up on the screen for it.
    pub fn back_to_writing(self) {
        if has_keyboard() {
            self.write.update(|wish| *wish += 1);
        }
    }

    /// The reader has come to the end of it and has the page before them.
    pub fn seen(self) {
        let last = self.desk.history_now(self.id, |history| {
            (!history.window.has_newer()).then(|| history.window.messages().last_seq()).flatten()
        });
        if let Some(last) = last.flatten() {
            self.desk.seen(self.id, last);
        }
    }
}

/// The panes of one conversation.
#[component]
pub fn Chat(
    id: ConversationId,
    /// A message to open it at.
    #[prop(into)]
    at: Signal<Option<Seq>>,
) -> impl IntoView {
    let desk = use_desk();
    let (read, unread) = desk.conversations.with_untracked(|conversations| {
        conversations.get(id).map_or((0, 0), |conversation| (conversation.read_seq, conversation.unread))
    });
    let chat = ChatContext {
        desk,
        id,
        editing: RwSignal::new(None),
        active: RwSignal::new(None),
        trouble: RwSignal::new(None),
        replying: RwSignal::new(None),
        target: RwSignal::new(None),
        left_off: RwSignal::new((unread > 0).then_some(read)),
        placed: RwSignal::new(false),
        at_end: RwSignal::new(false),
        to_end: RwSignal::new(0),
        write: RwSignal::new(0),
    };
    let router = use_router();
    let panel = Memo::new(move |_| match router.route() {
        Route::Chat { panel, .. } => panel,
        _ => None,
    });
    // The pane stays as it is while its tab changes: drawn anew, it would lose the focus.
    let details_open = Memo::new(move |_| panel.with(Option::is_some));
    open_history(chat, at.get_untracked(), read, unread);
    Effect::new(move || {
        router.again();
        if let Some(seq) = at.get() {
            chat.jump(seq);
        }
    });

    // Why nobody can write here (any more).
    let closed = Memo::new(move |_| {
        let gone = desk
            .conversations
            .with(|known| known.get(id).is_some_and(|known| known.peer.as_ref().is_some_and(|peer| peer.deleted)));
        let peer = desk.conversations.with(|known| known.get(id)?.peer.as_ref().map(|peer| peer.id));
        let blocked = peer.is_some_and(|peer| desk.relation(peer) == Relation::Blocked);
        match (gone, desk.is_archived(id), blocked) {
            (true, ..) => Some(t!("peer-deleted")),
            (_, true, _) => Some(t!("group-read-only")),
            (.., true) => Some(t!("peer-blocked")),
            _ => None,
        }
    });
    // Who is in a group says who may do what with its messages, and whose names complete.
    let group = Memo::new(move |_| desk.groups.with(|groups| groups.of(id).map(|group| group.id)));
    Effect::new(move || {
        if let Some(group) = group.get() {
            desk.open_roster(group);
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        if event.key() != "Escape" || event.default_prevented() || modal_is_open() {
            return;
        }
        // Esc closes what is open, and then marks as read.
        if chat.active.get_untracked().is_some() {
            chat.active.set(None);
        } else if chat.editing.get_untracked().is_some() {
            chat.editing.set(None);
            chat.write.update(|wish| *wish += 1);
        } else if chat.replying.get_untracked().is_some() {
            chat.replying.set(None);
        } else if panel.get_untracked().is_some() {
            show_panel(router, None);
        } else {
            chat.left_off.set(None);
            mark_as_read(chat);
            chat.back_to_writing();
        }
    });
    on_cleanup(move || keys.remove());

    view! {
        <main class="pane pane-main" id="main" tabindex="-1">
            <div class="chat">
                <Head id panel />
                <Log chat />
                {move || {
                    if let Some(why) = closed.get() {
                        view! {
                            <div class="composer-area">
                                <p class="composer-note">{why}</p>
                            </div>
                        }
                            .into_any()
                    } else {
                        view! { <Composer chat /> }.into_any()
                    }
                }}
            </div>
        </main>
        {move || details_open.get().then(|| view! { <Later code=parts::details draw=move |draw| draw(chat, panel) /> })}
    }
}

/// Opens the history where one left off: at the end, or, with more unread than a page holds, at the last that was read.
fn open_history(chat: ChatContext, at: Option<Seq>, read: Seq, unread: u32) {
    const ONE_PAGE: u32 = 40;
    let far = (unread > ONE_PAGE).then_some(read.max(1));
    chat.desk.open_history(chat.id, at.or(far));
}

fn mark_as_read(chat: ChatContext) {
    let head =
        chat.desk.conversations.with_untracked(|conversations| conversations.get(chat.id).map(|known| known.head_seq));
    if let Some(head) = head {
        chat.desk.seen(chat.id, head);
        chat.to_end.update(|wish| *wish += 1);
    }
}

/// Shows a panel beside the conversation on the page, or none. Where it covers the conversation, "back" undoes it.
pub fn show_panel(router: Router, panel: Option<Panel>) {
    let Route::Chat { id, at, panel: now } = router.route_now() else { return };
    let place = Route::Chat { id, at, panel };
    match (now, panel) {
        (None, Some(_)) if is_narrow() => router.cover(place),
        (Some(_), None) => router.uncover(place),
        _ => router.replace(place),
    }
}

#[component]
fn Head(id: ConversationId, panel: Memo<Option<Panel>>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let conversation = Memo::new(move |before: Option<&Option<std::sync::Arc<Conversation>>>| {
        let now = desk.conversations.with(|conversations| conversations.get(id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let title = move || conversation.with(|c| c.as_deref().map(title_of).unwrap_or_default());
    let avatar = move || match conversation.get() {
        Some(conversation) => match &conversation.peer {
            Some(peer) => view! { <Avatar user=peer.clone() presence=true /> }.into_any(),
            None => view! { <ConversationFace id /> }.into_any(),
        },
        None => ().into_any(),
    };
    let presence = move || {
        if let Some(count) = desk.groups.with(|groups| groups.of(id).map(|group| group.member_count)) {
            return Some(t!("member-count", count = count));
        }
        // Who is here is known as long as one is connected.
        if desk.socket.status().get() != Status::Online {
            return None;
        }
        conversation.with(|conversation| {
            conversation.as_ref().and_then(|c| c.peer.as_ref()).map(|peer| match peer.presence {
                Presence::Online => t!("presence-online"),
                Presence::Away => t!("presence-away"),
                Presence::Offline => t!("presence-offline"),
            })
        })
    };
    let toggle = move |wanted: Panel| {
        Callback::new(move |()| {
            show_panel(router, Some(wanted).filter(|wanted| panel.get_untracked() != Some(*wanted)));
        })
    };
    let pressed = move |one: Panel| Signal::derive(move || Some(panel.get() == Some(one)));
    view! {
        <header class="pane-head chat-head">
            <span class="back flip">
                <a class="icon-btn" href="/chats" aria-label=t!("back")>
                    <Icon name=IconName::ArrowLeft size=20 />
                </a>
            </span>
            {avatar}
            <div class="chat-titles">
                <h1>
                    <bdi>{title}</bdi>
                </h1>
                <p class="chat-status">{presence}</p>
            </div>
            <div class="row-actions">
                <IconButton
                    icon=IconName::Search
                    label=t!("search-here")
                    pressed=pressed(Panel::Search)
                    on_click=toggle(Panel::Search)
                />
                <span class="roomy">
                    <IconButton
                        icon=IconName::Pin
                        label=t!("pins")
                        pressed=pressed(Panel::Pins)
                        on_click=toggle(Panel::Pins)
                    />
                </span>
                <IconButton
                    icon=IconName::PanelRight
                    label=t!("details")
                    pressed=pressed(Panel::Members)
                    on_click=toggle(Panel::Members)
                />
            </div>
        </header>
    }
}
