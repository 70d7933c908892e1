//! Who is here and who is typing, and telling the others the same about oneself.

use leptos::{ev, prelude::*, task::spawn_local};
use studyhall_wire::{ClientFrame, ConversationId, Presence, UserId};

use super::Desk;
use crate::clock;

/// Without a key, a click or a touch for this long one is away.
const IDLE_MS: f64 = 5.0 * 60_000.0;
/// In a hidden page sooner.
const HIDDEN_MS: f64 = 60_000.0;
/// How often that is looked at.
const LOOK_MS: u32 = 15_000;
/// "Is typing" is told this often while one types, and believed for this long.
const TYPING_TELL_MS: f64 = 3_000.0;
const TYPING_BELIEVE_MS: f64 = 5_000.0;

impl Desk {
    /// Someone types in a conversation: believed for a few seconds.
    pub(super) fn someone_types(self, conversation: ConversationId, user: UserId) {
        if user == self.my_id() {
            return;
        }
        let until = clock::now() + TYPING_BELIEVE_MS;
        self.typing.update(|typing| {
            typing.insert((conversation, user), until);
        });
        spawn_local(async move {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive constant")]
            clock::sleep(TYPING_BELIEVE_MS as u32 + 50).await;
            let now = clock::now();
            if self.typing.with_untracked(|typing| typing.values().any(|until| *until < now)) {
                self.typing.update(|typing| typing.retain(|_, until| *until >= now));
            }
        });
    }

    /// Who is typing in a conversation, tracked.
    pub fn typing_in(self, conversation: ConversationId) -> Vec<UserId> {
        let mut who: Vec<UserId> = self
            .typing
            .with(|typing| typing.keys().filter(|(place, _)| *place == conversation).map(|(_, user)| *user).collect());
        who.sort_unstable();
        who
    }

    /// The reader typed something.
    pub fn typed(self, conversation_id: ConversationId) {
        let now = clock::now();
        let tell = self.typed_at.try_update_value(|typed_at| {
            let due = typed_at.get(&conversation_id).is_none_or(|at| now - at > TYPING_TELL_MS);
            if due {
                typed_at.insert(conversation_id, now);
            }
            due
        });
        if tell == Some(true) {
            self.socket.send(ClientFrame::Typing { conversation_id });
        }
    }

    /// After a message was sent: the next key is the start of another one.
    pub fn stopped_typing(self, conversation_id: ConversationId) {
        self.typed_at.update_value(|typed_at| {
            typed_at.remove(&conversation_id);
        });
    }

    /// Watches for signs of life, for the network and for the page coming back.
    pub(super) fn watch_presence(self) {
        let alive = move || {
            self.last_activity.set_value(clock::now());
            if self.away.get_value() && clock::is_visible() {
                self.set_away(false);
            }
        };
        // These live as long as the page does.
        let _ = window_event_listener(ev::keydown, move |_| alive());
        let _ = window_event_listener(ev::pointerdown, move |_| alive());
        let _ = window_event_listener(ev::focus, move |_| alive());
        let _ = window_event_listener(ev::online, move |_| self.socket.wake());
        let _ = window_event_listener(ev::offline, move |_| self.socket.network_gone());
        let _ = window_event_listener_untyped("visibilitychange", move |_| {
            if clock::is_visible() {
                alive();
                self.socket.wake();
            }
        });
        spawn_local(async move {
            loop {
                let before = clock::now();
                clock::sleep(LOOK_MS).await;
                // The machine slept: what seemed to stand may be gone.
                if clock::now() - before > f64::from(LOOK_MS) * 2.0 {
                    self.socket.wake();
                }
                let idle = clock::now() - self.last_activity.get_value();
                let limit = if clock::is_visible() { IDLE_MS } else { HIDDEN_MS };
                if idle > limit && !self.away.get_value() {
                    self.set_away(true);
                }
            }
        });
    }

    /// A new connection counts as online until it is told otherwise.
    pub(super) fn tell_presence(self) {
        if self.away.get_value() {
            self.socket.send(ClientFrame::Presence { state: Presence::Away });
        }
    }

    fn set_away(self, away: bool) {
        self.away.set_value(away);
        let state = if away { Presence::Away } else { Presence::Online };
        self.socket.send(ClientFrame::Presence { state });
    }
}
