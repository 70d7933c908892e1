//! The messages of the open conversation: a bounded window of them, more of which is fetched as one scrolls.

use leptos::{ev, html, prelude::*, task::spawn_local};
use studyhall_wire::Seq;

use super::{
    chat::ChatContext,
    message::{OwnMessage, TheirMessage},
    scroll::{Edges, Scroller},
    system::SystemLine,
    touch::LongPress,
    typing::TypingLine,
};
use crate::{
    clock,
    state::{
        History,
        rows::{Row, rows},
        window::Span,
    },
    t,
    ui::{
        DayDivider, EmptyState, ErrorState, Icon, IconName, NewLine, Skeleton, SkeletonKind,
        focus::{self, Axis},
        time,
    },
};

/// More is fetched when less than this is left to scroll, in px.
const AHEAD_PX: i32 = 900;
/// How long a message that one jumped to stays marked, in milliseconds.
const FLASH_MS: u32 = 1_600;

/// The buttons of a message, without those of what they open.
const ACTIONS: &str = ".message-actions > button,.message-actions > .popover-anchor > button";

/// The log.
#[component]
pub fn Log(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let log = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    let scroller = Scroller::new();
    let press = LongPress::new(chat);
    let state = move |read: fn(&History) -> bool| Memo::new(move |_| desk.history(id, read).unwrap_or_default());
    let loaded = state(|history| history.window.is_loaded());
    let has_older = state(|history| history.window.has_older());
    let has_newer = state(|history| history.window.has_newer());
    let lines = Memo::new(move |_| {
        let left_off = chat.left_off.get();
        let me = desk.my_id();
        desk.outgoing(|outbox| {
            desk.history(id, |history| rows(&history.window, outbox.to(id), me, left_off, time::day_key))
                .unwrap_or_default()
        })
    });

    Effect::new(move || {
        if let (Some(log), Some(content)) = (log.get(), content.get()) {
            scroller.attach(log.into(), content.into());
        }
    });
    let settle = move || {
        let has_end = desk.history_now(id, |history| history.window.is_loaded() && !history.window.has_newer());
        let edges = scroller.settle(has_end == Some(true));
        after_scroll(chat, scroller, edges);
    };
    // What is new is seen when the end is in sight, and the page is before the reader.
    Effect::new(move || {
        lines.track();
        request_animation_frame(settle);
    });
    let on_focus = window_event_listener(ev::focus, move |_| settle());
    on_cleanup(move || on_focus.remove());
    go_where_wanted(chat, scroller, lines, loaded, settle);
    watch_left_off(chat);

    let children = move |row: Row| match row {
        Row::Day { at, .. } => view! { <DayDivider at /> }.into_any(),
        Row::New => view! { <NewLine /> }.into_any(),
        Row::Message { seq, head } => view! { <TheirMessage chat seq head /> }.into_any(),
        Row::Own { client_id, head } => view! { <OwnMessage chat client_id head /> }.into_any(),
        Row::System { seq } => view! { <SystemLine chat seq /> }.into_any(),
    };
    view! {
        <div class="messages-frame">
            <div
                node_ref=log
                class="messages scroll"
                role="log"
                aria-label=t!("messages")
                aria-live="off"
                aria-busy=move || (!loaded.get()).to_string()
                tabindex="0"
                on:scroll=move |_| settle()
                on:pointerdown=move |event| press.began(&event)
                on:pointermove=move |event| press.moved(&event)
                on:pointerup=move |_| press.ended()
                on:pointercancel=move |_| press.ended()
                on:contextmenu=move |event| press.menu(&event)
                on:keydown=move |event| {
                    if let Some(log) = log.get_untracked() {
                        log_key(&event, &log);
                    }
                }
            >
                <div class="messages-inner">
                    <Above chat loaded has_older />
                    <div node_ref=content class="messages-list">
                        <For each=move || lines.get() key=Row::clone children />
                    </div>
                    <Below chat has_newer />
                </div>
            </div>
            <Pill chat has_newer />
            <TypingLine chat />
        </div>
    }
}

fn after_scroll(chat: ChatContext, scroller: Scroller, edges: Edges) {
    let ChatContext { desk, id, .. } = chat;
    let stuck = scroller.is_stuck();
    if chat.at_end.try_get_untracked().is_none() {
        // The log is gone; this was its last frame.
        return;
    }
    if chat.at_end.get_untracked() != stuck {
        chat.at_end.set(stuck);
    }
    desk.follow(id, stuck);
    if edges.above < AHEAD_PX {
        desk.load_older(id);
    }
    if edges.below < AHEAD_PX {
        desk.load_newer(id);
    }
    if stuck && chat.placed.get_untracked() && is_watched() {
        chat.seen();
    }
}

/// Whether the reader has the page before them.
fn is_watched() -> bool {
    clock::is_visible() && document().has_focus().unwrap_or(true)
}

/// Goes to the end, to a message, or to where one left off, when that is wanted and there.
fn go_where_wanted(
    chat: ChatContext,
    scroller: Scroller,
    lines: Memo<Vec<Row>>,
    loaded: Memo<bool>,
    settle: impl Fn() + Copy + 'static,
) {
    let ChatContext { desk, id, .. } = chat;
    Effect::new(move |before: Option<u32>| {
        let wish = chat.to_end.get();
        if before.is_some_and(|before| before != wish) {
            spawn_local(async move {
                if desk.history_now(id, |history| history.window.has_newer()) == Some(true) {
                    desk.load(id, Span::Newest).await;
                }
                request_animation_frame(move || {
                    scroller.to_end();
                    settle();
                });
            });
        }
        wish
    });
    // The first time that there is something: the "new" line, where there is one.
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) || !loaded.get() {
            return done.unwrap_or_default();
        }
        if chat.target.get_untracked().is_none() {
            spawn_local(async move {
                // Where one left off may lie before the page that came.
                if let Some(seq) = chat.left_off.try_get_untracked().flatten()
                    && desk.history_now(id, |history| history.window.starts_after(seq)) == Some(true)
                {
                    desk.load(id, Span::Around(seq.max(1))).await;
                }
                request_animation_frame(move || {
                    match scroller.first(".new-line") {
                        Some(line) => scroller.to(&line),
                        None => scroller.to_end(),
                    }
                    chat.placed.try_set(true);
                    settle();
                });
            });
        }
        true
    });
    Effect::new(move || {
        let Some(seq) = chat.target.get() else { return };
        lines.track();
        if !loaded.get() {
            return;
        }
        let held = desk.history_now(id, |history| history.window.get(seq).is_some()) == Some(true);
        if held {
            chat.target.set(None);
            request_animation_frame(move || {
                show(scroller, seq);
                chat.placed.try_set(true);
                settle();
            });
        } else {
            spawn_local(async move {
                desk.load(id, Span::Around(seq)).await;
                // Not there at all: what is around it is as near as one gets.
                if desk.history_now(id, |history| history.window.get(seq).is_some()) != Some(true) {
                    chat.target.try_set(None);
                    chat.placed.try_set(true);
                }
            });
        }
    });
}

/// Brings a message into sight, gives it the focus and lets it flash.
fn show(scroller: Scroller, seq: Seq) {
    let Some(message) = scroller.message(seq) else { return };
    scroller.to(&message);
    drop(message.focus());
    let classes = message.class_list();
    drop(classes.add_1("message-flash"));
    spawn_local(async move {
        clock::sleep(FLASH_MS).await;
        drop(classes.remove_1("message-flash"));
    });
}

/// The "new" line appears when something arrives that is not seen at once.
fn watch_left_off(chat: ChatContext) {
    let ChatContext { desk, id, .. } = chat;
    let unread = Memo::new(move |_| {
        desk.conversations.with(|known| known.get(id).map_or((0, 0), |known| (known.unread, known.read_seq)))
    });
    Effect::new(move |before: Option<u32>| {
        let (count, read) = unread.get();
        let watching = chat.at_end.get_untracked() && is_watched();
        if before == Some(0) && count > 0 && !watching {
            chat.left_off.set(Some(read));
        }
        count
    });
}

/// Up and down move between messages, left and right among the buttons of one, and Enter to the first of them.
fn log_key(event: &web_sys::KeyboardEvent, log: &web_sys::Element) {
    if event.default_prevented()
        || event.alt_key()
        || event.ctrl_key()
        || event.meta_key()
        || super::super::shell::is_writing(event)
    {
        return;
    }
    match event.key().as_str() {
        "ArrowUp" | "ArrowDown" => {
            let articles = focus::matching(log, "article");
            let focused = focus::focused();
            let at = focused.and_then(|focused| articles.iter().position(|article| article.contains(Some(&focused))));
            let next = match (at, event.key().as_str()) {
                (None, _) => articles.last(),
                (Some(at), "ArrowUp") => at.checked_sub(1).and_then(|at| articles.get(at)),
                (Some(at), _) => articles.get(at + 1),
            };
            if let Some(next) = next {
                event.prevent_default();
                drop(next.focus());
            }
        }
        "Enter" => {
            let article = focus::focused().filter(|focused| focused.tag_name() == "ARTICLE");
            let first = article.and_then(|article| focus::matching(&article, ACTIONS).into_iter().next());
            if let Some(first) = first {
                event.prevent_default();
                drop(first.focus());
            }
        }
        "ArrowLeft" | "ArrowRight" => {
            let article = focus::focused().and_then(|focused| focused.closest("article").ok().flatten());
            if let Some(article) = article {
                focus::move_by_arrows(event, &article, ACTIONS, Axis::Horizontal);
            }
        }
        _ => {}
    }
}

/// What stands above the oldest message that is held.
#[component]
fn Above(chat: ChatContext, loaded: Memo<bool>, has_older: Memo<bool>) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let failed = Memo::new(move |_| desk.history(id, |history| history.failed.clone()).flatten());
    let empty = Memo::new(move |_| {
        desk.history(id, |history| history.window.messages().is_empty()).unwrap_or(true)
            && desk.outgoing(|outbox| outbox.to(id).next().is_none())
    });
    move || {
        if let Some((span, error)) = failed.get() {
            let again = move |()| desk.fetch(id, span);
            return view! { <ErrorState title=t!("history-failed") text=error.text() on_retry=again inline=true /> }
                .into_any();
        }
        match (loaded.get(), has_older.get(), empty.get()) {
            (false, ..) => view! { <Skeleton kind=SkeletonKind::Messages rows=7 /> }.into_any(),
            (true, true, _) => view! {
                <div class="messages-edge">
                    <Skeleton kind=SkeletonKind::Messages rows=3 />
                </div>
            }
            .into_any(),
            (true, false, true) => {
                view! { <EmptyState icon=IconName::MessageSquare text=t!("chat-empty") /> }.into_any()
            }
            (true, false, false) => view! { <p class="system-line">{t!("chat-beginning")}</p> }.into_any(),
        }
    }
}

/// What stands below the newest message that is held.
#[component]
fn Below(chat: ChatContext, has_newer: Memo<bool>) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let busy = Memo::new(move |_| desk.history(id, |history| history.busy.newer).unwrap_or_default());
    move || {
        (has_newer.get() && busy.get()).then(|| {
            view! {
                <div class="messages-edge">
                    <Skeleton kind=SkeletonKind::Messages rows=2 />
                </div>
            }
        })
    }
}

/// The way back to the end, and how many are new there.
#[component]
fn Pill(chat: ChatContext, has_newer: Memo<bool>) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let unread = Memo::new(move |_| desk.conversations.with(|known| known.get(id).map_or(0, |known| known.unread)));
    let loaded = Memo::new(move |_| desk.history(id, |history| history.window.is_loaded()).unwrap_or_default());
    move || {
        let away = loaded.get() && (!chat.at_end.get() || has_newer.get());
        away.then(|| {
            let text = move || match unread.get() {
                0 => t!("to-latest"),
                count => t!("new-count", count = count),
            };
            view! {
                <button
                    type="button"
                    class="pill"
                    class:pill-new=move || { unread.get() > 0 }
                    on:click=move |_| chat.to_end.update(|wish| *wish += 1)
                >
                    <Icon name=IconName::ArrowDown size=16 />
                    <span>{text}</span>
                </button>
            }
        })
    }
}
