//! The histories that are held, and fetching more of them.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, Message, Seq};

use super::{
    Desk,
    window::{Span, Window},
};
use crate::{api::Error, clock};

/// Histories held besides the open one, so that going back and forth is instant.
const HELD: usize = 8;

/// What is being fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Busy {
    pub older: bool,
    pub newer: bool,
    /// The newest page, or one around a message.
    pub whole: bool,
}

impl Busy {
    fn of(&mut self, span: Span) -> &mut bool {
        match span {
            Span::Before(_) => &mut self.older,
            Span::After(_) => &mut self.newer,
            Span::Newest | Span::Around(_) => &mut self.whole,
        }
    }
}

/// One conversation's window and how fetching for it stands.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub window: Window,
    pub busy: Busy,
    /// The page that did not come, and why.
    pub failed: Option<(Span, Error)>,
    /// When it was last opened, for letting the longest unseen go.
    opened_at: f64,
}

impl Desk {
    /// Reads the history of a conversation, tracked.
    pub fn history<T>(self, id: ConversationId, read: impl FnOnce(&History) -> T) -> Option<T> {
        self.histories.with(|histories| histories.get(&id).map(read))
    }

    /// Reads the history of a conversation, untracked.
    pub fn history_now<T>(self, id: ConversationId, read: impl FnOnce(&History) -> T) -> Option<T> {
        self.histories.with_untracked(|histories| histories.get(&id).map(read))
    }

    /// A message that is held, tracked.
    pub fn message(self, id: ConversationId, seq: Seq) -> Option<Arc<Message>> {
        self.history(id, |history| history.window.get(seq).cloned()).flatten()
    }

    /// Opens a conversation's history, at its end or around a message. What is held already is not fetched again.
    pub fn open_history(self, id: ConversationId, at: Option<Seq>) {
        self.histories.update(|histories| {
            histories.entry(id).or_default().opened_at = clock::now();
            while histories.len() > HELD {
                let oldest = histories.iter().min_by(|(_, a), (_, b)| a.opened_at.total_cmp(&b.opened_at));
                let Some(oldest) = oldest.map(|(id, _)| *id) else { break };
                histories.remove(&oldest);
            }
        });
        let held = self.history_now(id, |history| match at {
            Some(seq) => history.window.get(seq).is_some(),
            None => history.window.is_loaded(),
        });
        if held == Some(true) {
            return;
        }
        let span = at.map_or(Span::Newest, Span::Around);
        spawn_local(async move {
            // Connect first, fetch after `ready`: then the page and the events meet. A socket that cannot connect
            // holds nothing up for long; its first `ready` fetches again.
            for _ in 0..30 {
                if self.socket.is_up() {
                    break;
                }
                clock::sleep(50).await;
            }
            self.load(id, span).await;
        });
    }

    /// Fetches what comes before the oldest message that is held.
    pub fn load_older(self, id: ConversationId) {
        let first = self.history_now(id, |history| {
            let wanted = history.window.has_older() && !history.busy.older && !history.busy.whole;
            history.window.messages().first_seq().filter(|_| wanted)
        });
        if let Some(first) = first.flatten() {
            self.fetch(id, Span::Before(first));
        }
    }

    /// Fetches what comes after the newest message that is held.
    pub fn load_newer(self, id: ConversationId) {
        let last = self.history_now(id, |history| {
            let wanted = history.window.has_newer() && !history.busy.newer && !history.busy.whole;
            history.window.messages().last_seq().filter(|_| wanted)
        });
        if let Some(last) = last.flatten() {
            self.fetch(id, Span::After(last));
        }
    }

    /// Fetches a page and joins it, in its own time.
    pub fn fetch(self, id: ConversationId, span: Span) {
        spawn_local(async move {
            self.load(id, span).await;
        });
    }

    /// Fetches a page and joins it; answers whether it was taken. A page of this kind that is on its way already is
    /// waited for by whoever asked for it.
    pub async fn load(self, id: ConversationId, span: Span) -> bool {
        let ticket = self.histories.try_update(|histories| {
            let history = histories.entry(id).or_default();
            if std::mem::replace(history.busy.of(span), true) && !matches!(span, Span::Around(_)) {
                return None;
            }
            history.failed = None;
            Some(history.window.begin(span))
        });
        let Some(ticket) = ticket.flatten() else { return false };
        let answer = self.api.messages(id, span).await;
        if let Ok(page) = &answer {
            let me = self.my_id();
            for message in page.items.iter().filter(|message| message.author_id == me) {
                self.landed(&message.client_id);
            }
        }
        self.histories
            .try_update(|histories| {
                let history = histories.get_mut(&id)?;
                *history.busy.of(span) = false;
                Some(match answer {
                    Ok(page) => history.window.join(ticket, page),
                    Err(error) => {
                        history.window.abandon(ticket);
                        history.failed = Some((span, error));
                        false
                    }
                })
            })
            .flatten()
            .unwrap_or_default()
    }

    /// Says whether the reader is at the end of what is held.
    pub fn follow(self, id: ConversationId, following: bool) {
        // Nothing that is shown depends on it.
        self.histories.update_untracked(|histories| {
            if let Some(history) = histories.get_mut(&id) {
                history.window.follow(following);
            }
        });
    }

    /// Events of these conversations were missed. The open one is fetched anew, and shown as it was until then.
    pub(super) fn lose_histories(self, lost: &[ConversationId]) {
        let open = self.open.get_untracked();
        self.histories.update(|histories| {
            histories.retain(|id, _| !lost.contains(id) || Some(*id) == open);
            if let Some(history) = open.filter(|id| lost.contains(id)).and_then(|id| histories.get_mut(&id)) {
                history.window.lose();
                history.busy = Busy::default();
            }
        });
        if let Some(id) = open.filter(|id| lost.contains(id)) {
            let loaded = self.history_now(id, |history| history.window.is_loaded());
            if loaded == Some(true) {
                self.fetch(id, Span::Newest);
            }
        }
    }
}
