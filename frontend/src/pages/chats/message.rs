//! One message: somebody's, or one's own from its echo on.

use std::sync::Arc;

use leptos::prelude::*;
use studyhall_wire::{Message, Presence, Reaction, Seq, Timestamp, User, UserId};

use super::{actions::Actions, chat::ChatContext, editor::Editor};
use crate::{
    emoji, i18n,
    markdown::{self, Mark, Markdown, Mentions},
    state::{
        Desk,
        outbox::{Fate, Outgoing},
    },
    t,
    ui::{Avatar, Button, ButtonKind, Icon, IconButton, IconName, time},
};

/// Characters of a quoted message that are shown.
const QUOTE_CHARS: usize = 120;

/// What a line shows.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    There(Arc<Message>),
    OnItsWay(Outgoing),
}

impl Content {
    fn author(&self, me: UserId) -> UserId {
        match self {
            Self::There(message) => message.author_id,
            Self::OnItsWay(_) => me,
        }
    }

    fn at(&self) -> Timestamp {
        match self {
            Self::There(message) => message.created_at,
            Self::OnItsWay(outgoing) => Timestamp::from_millis(outgoing.at),
        }
    }

    fn message(&self) -> Option<&Arc<Message>> {
        match self {
            Self::There(message) => Some(message),
            Self::OnItsWay(_) => None,
        }
    }

    fn fate(&self) -> Option<&Fate> {
        match self {
            Self::There(_) => None,
            Self::OnItsWay(outgoing) => Some(&outgoing.fate),
        }
    }
}

/// Somebody else's message.
#[component]
pub fn TheirMessage(chat: ChatContext, seq: Seq, head: bool) -> impl IntoView {
    let content = Memo::new(move |before: Option<&Option<Content>>| {
        let now = chat.desk.message(chat.id, seq).map(Content::There);
        now.or_else(|| before.cloned().flatten())
    });
    view! { <Line chat content head own=false /> }
}

/// One's own message, found by its `client_id`: on its way first, then there.
#[component]
pub fn OwnMessage(chat: ChatContext, client_id: String, head: bool) -> impl IntoView {
    let me = chat.desk.my_id();
    let content = Memo::new(move |before: Option<&Option<Content>>| {
        let held = chat.desk.history(chat.id, |history| history.window.messages().sent_as(me, &client_id).cloned());
        let now = held
            .flatten()
            .map(Content::There)
            .or_else(|| chat.desk.outgoing(|outbox| outbox.get(&client_id).cloned()).map(Content::OnItsWay));
        now.or_else(|| before.cloned().flatten())
    });
    view! { <Line chat content head own=true /> }
}

#[component]
fn Line(chat: ChatContext, content: Memo<Option<Content>>, head: bool, own: bool) -> impl IntoView {
    let ChatContext { desk, editing, .. } = chat;
    let me = desk.my_id();
    // Author and time of a line never change but for its own arrival, when the server's clock takes over.
    let author = content.with_untracked(|content| content.as_ref().map_or(me, |content| content.author(me)));
    let at = Memo::new(move |_| content.with(|content| content.as_ref().map(Content::at)).unwrap_or_else(time::now));
    let seq = Memo::new(move |_| content.with(|content| Some(content.as_ref()?.message()?.seq)));
    let message = Memo::new(move |_| content.with(|content| content.as_ref()?.message().cloned()));
    let deleted = Memo::new(move |_| message.with(|message| message.as_ref().is_some_and(|m| m.deleted_at.is_some())));
    let failed = Memo::new(move |_| {
        content.with(|content| matches!(content.as_ref().and_then(Content::fate), Some(Fate::Failed { .. })))
    });
    let pending = Memo::new(move |_| message.with(Option::is_none) && !failed.get());
    let mentioned = Memo::new(move |_| {
        message.with(|message| {
            message.as_ref().is_some_and(|m| m.author_id != me && (m.mentions_everyone || m.mentions.contains(&me)))
        })
    });
    let edited_here = Memo::new(move |_| seq.get().is_some() && editing.get() == seq.get());
    let name = Memo::new(move |_| desk.name(author));
    // Presence is not shown here, and comes and goes too often to draw every picture anew.
    let person = Memo::new(move |_| desk.person(author).map(|person| User { presence: Presence::Offline, ..person }));
    let label = move || t!("message-label", name = name.get(), time = time::clock(at.get()));
    let gutter = move || {
        if head {
            (move || person.get().map(|user| view! { <Avatar user /> })).into_any()
        } else {
            (move || {
                if pending.get() {
                    view! { <OnItsWayMark /> }.into_any()
                } else {
                    view! { <time class="message-clock" aria-hidden="true">{move || time::clock(at.get())}</time> }
                        .into_any()
                }
            })
            .into_any()
        }
    };
    let top = move || {
        head.then(|| {
            view! {
                <header class="message-top">
                    <bdi class="message-author">{name}</bdi>
                    <time
                        class="message-time"
                        datetime=move || at.get().to_string()
                        data-tip=move || time::full(at.get())
                    >
                        {move || time::clock(at.get())}
                    </time>
                    {move || pending.get().then(|| view! { <OnItsWayMark /> })}
                </header>
            }
        })
    };
    let active = Memo::new(move |_| chat.active.get().is_some_and(|active| seq.get() == Some(active)));
    view! {
        <article
            class="message"
            class:message-first=head
            class:message-own=own
            class:message-pending=pending
            class:message-failed=failed
            class:message-deleted=deleted
            class:message-mention=mentioned
            class:message-editing=edited_here
            class:message-active=active
            data-seq=move || seq.get()
            aria-label=label
            tabindex="-1"
        >
            <div class="message-gutter">{gutter()}</div>
            <div class="message-body">
                <Quote chat content />
                {top()}
                {move || match (edited_here.get(), message.get_untracked()) {
                    (true, Some(message)) => view! { <Editor chat message /> }.into_any(),
                    _ => view! { <Words chat content deleted /> }.into_any(),
                }}
                <Reactions chat message />
                <State chat content />
                <Trouble chat seq />
            </div>
            {move || {
                let there = seq.get().filter(|_| !deleted.get() && !edited_here.get());
                there.map(|seq| view! { <Actions chat seq message own /> })
            }}
        </article>
    }
}

/// Says that a message is on its way: beside the time, or where the time will be, so that it moves nothing.
#[component]
fn OnItsWayMark() -> impl IntoView {
    view! {
        <span class="message-pending-icon" role="img" aria-label=t!("message-pending")>
            <Icon name=IconName::Clock size=14 />
        </span>
    }
}

/// What was said.
#[component]
fn Words(chat: ChatContext, content: Memo<Option<Content>>, deleted: Memo<bool>) -> impl IntoView {
    let text = Memo::new(move |_| {
        content.with(|content| match content {
            Some(Content::There(message)) => message.text.clone(),
            Some(Content::OnItsWay(outgoing)) => outgoing.text.clone(),
            None => String::new(),
        })
    });
    let names = Memo::new(move |_| {
        content.with(|content| {
            content.as_ref().and_then(Content::message).map(|m| mentions(chat.desk, m)).unwrap_or_default()
        })
    });
    let marks = Memo::new(move |_| {
        content.with(|content| content.as_ref().and_then(Content::message).map(|m| marks(m)).unwrap_or_default())
    });
    move || {
        if deleted.get() {
            view! { <div class="message-text">{t!("message-deleted")}</div> }.into_any()
        } else {
            view! {
                <div class="message-text">
                    <Markdown text mentions=names marks />
                </div>
            }
            .into_any()
        }
    }
}

/// What is to be said about a message behind its text.
fn marks(message: &Message) -> Vec<Mark> {
    let edited = message.edited_at.map(|at| Mark { icon: None, text: t!("message-edited"), tip: Some(time::full(at)) });
    let pinned = message.pinned.then(|| Mark { icon: Some(IconName::Pin), text: t!("message-pinned"), tip: None });
    edited.into_iter().chain(pinned).collect()
}

/// The names that a message mentions.
fn mentions(desk: Desk, message: &Message) -> Mentions {
    let me = desk.my_id();
    let names = message.mentions.iter().filter_map(|id| Some((desk.person(*id)?.username, *id == me))).collect();
    Mentions { names, everyone: message.mentions_everyone }
}

/// The message that this one answers, in one line that leads to it.
#[component]
fn Quote(chat: ChatContext, content: Memo<Option<Content>>) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let reply_to = Memo::new(move |_| {
        content.with(|content| match content {
            Some(Content::There(message)) if message.deleted_at.is_none() => message.reply_to,
            Some(Content::OnItsWay(outgoing)) => outgoing.reply_to,
            _ => None,
        })
    });
    move || {
        reply_to.get().map(|seq| {
            let quoted = Memo::new(move |_| desk.quoted(id, seq));
            let author = move || quoted.get().map(|message| desk.name(message.author_id));
            let text = move || match quoted.get() {
                Some(message) if message.deleted_at.is_some() => t!("message-deleted"),
                Some(message) => markdown::plain(&message.text, QUOTE_CHARS),
                None => t!("quote-earlier"),
            };
            view! {
                <button type="button" class="message-quote" on:click=move |_| chat.jump(seq)>
                    <bdi class="message-quote-author">{author}</bdi>
                    <span class="message-quote-text" dir="auto">
                        {text}
                    </span>
                </button>
            }
        })
    }
}

/// The reactions: each a button that joins in or takes back.
#[component]
fn Reactions(chat: ChatContext, message: Memo<Option<Arc<Message>>>) -> impl IntoView {
    let reactions = Memo::new(move |_| {
        message.with(|message| {
            message.as_ref().map(|message| (message.seq, message.reactions.clone())).unwrap_or_default()
        })
    });
    move || {
        let (seq, list) = reactions.get();
        (!list.is_empty()).then(|| {
            let one = move |reaction: Reaction| view! { <OneReaction chat seq reaction /> };
            view! { <div class="reactions">{list.into_iter().map(one).collect_view()}</div> }
        })
    }
}

#[component]
fn OneReaction(chat: ChatContext, seq: Seq, reaction: Reaction) -> impl IntoView {
    let ChatContext { desk, .. } = chat;
    let Reaction { emoji, user_ids } = reaction;
    let mine = user_ids.contains(&desk.my_id());
    let count = user_ids.len();
    let who = move || user_ids.iter().map(|user| desk.name(*user)).collect::<Vec<_>>().join(", ");
    let tip = who.clone();
    let glyph = emoji.clone();
    let named = emoji.clone();
    let label = move || {
        let word = emoji::code_of(&named).map_or_else(|| named.clone(), |code| code.replace('_', " "));
        t!("reaction-label", count = count, emoji = word, names = who())
    };
    view! {
        <button
            type="button"
            class="reaction"
            aria-pressed=mine.to_string()
            aria-label=label
            data-tip=tip
            on:click=move |_| super::actions::react(chat, seq, emoji.clone(), !mine)
        >
            <span class="glyph" aria-hidden="true">
                {glyph}
            </span>
            {count}
        </button>
    }
}

/// Why a message did not arrive, and what can be done.
#[component]
fn State(chat: ChatContext, content: Memo<Option<Content>>) -> impl IntoView {
    let ChatContext { desk, .. } = chat;
    let failure = Memo::new(move |_| {
        content.with(|content| match content {
            Some(Content::OnItsWay(Outgoing { client_id, fate: Fate::Failed { code, detail }, .. })) => {
                Some((client_id.clone(), code.clone(), detail.clone()))
            }
            _ => None,
        })
    });
    move || {
        failure.get().map(|(client_id, code, detail)| {
            let why = i18n::lookup(&format!("error-{code}"), &[]).unwrap_or(detail);
            let again = client_id.clone();
            view! {
                <div class="message-state" role="alert">
                    <span>{t!("message-failed", why = why)}</span>
                    <Button kind=ButtonKind::Ghost on_click=move |()| desk.retry(&again)>
                        {t!("message-retry")}
                    </Button>
                    <Button kind=ButtonKind::Ghost on_click=move |()| desk.discard(&client_id)>
                        {t!("message-discard")}
                    </Button>
                </div>
            }
        })
    }
}

/// What could not be done with a message.
#[component]
fn Trouble(chat: ChatContext, seq: Memo<Option<Seq>>) -> impl IntoView {
    let text = Memo::new(move |_| {
        chat.trouble
            .with(|trouble| trouble.as_ref().filter(|(at, _)| seq.get() == Some(*at)).map(|(_, text)| text.clone()))
    });
    move || {
        text.get().map(|text| {
            view! {
                <div class="message-state message-trouble" role="alert">
                    <span>{text}</span>
                    <IconButton
                        icon=IconName::X
                        label=t!("dismiss")
                        small=true
                        tip=false
                        on_click=move |()| chat.trouble.set(None)
                    />
                </div>
            }
        })
    }
}
