//! Sending: the outbox, its copy in local storage, and the socket. Each message has a key of its own there, so that
//! two tabs don't overwrite each other's; both may send it, since a `client_id` counts once.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ClientFrame, ConversationId, Problem, Seq, UserId};
use uuid::Uuid;

use super::{
    Desk,
    outbox::{Outbox, Outgoing, Refusal},
    storage,
};
use crate::clock;

pub(super) fn prefix(user: UserId) -> String {
    format!("outbox.{user}.")
}

/// What was not sent yet when the page was last closed.
pub(super) fn restore(user: UserId) -> Outbox {
    Outbox::restore(storage::keys(&prefix(user)).iter().filter_map(|key| storage::get(key)).collect())
}

impl Desk {
    /// Sends a message: it is shown at once, kept until it is durable, and sent as soon as there is a connection.
    pub fn send_message(self, conversation_id: ConversationId, text: String, reply_to: Option<Seq>) {
        let message = Outgoing {
            client_id: Uuid::now_v7().to_string(),
            conversation_id,
            text,
            reply_to,
            at: clock::now_millis(),
            fate: super::outbox::Fate::Queued,
        };
        self.keep(&message);
        self.outbox.update(|outbox| outbox.queue(message));
        self.flush();
    }

    /// Reads what is on its way, tracked.
    pub fn outgoing<T>(self, read: impl FnOnce(&Outbox) -> T) -> T {
        self.outbox.with(read)
    }

    /// Sends a failed message again.
    pub fn retry(self, client_id: &str) {
        self.outbox.update(|outbox| outbox.retry(client_id));
        self.keep_now(client_id);
        self.flush();
    }

    /// Gives a message up.
    pub fn discard(self, client_id: &str) {
        self.landed(client_id);
    }

    pub(super) fn flush(self) {
        if !self.socket.is_up() || self.outbox.with_untracked(Outbox::is_empty) {
            return;
        }
        for message in self.outbox.try_update(Outbox::take_queued).unwrap_or_default() {
            let Outgoing { conversation_id, client_id, text, reply_to, .. } = message;
            let attachments = Vec::new();
            self.socket.send(ClientFrame::Send { conversation_id, client_id, text, reply_to, attachments });
        }
    }

    pub(super) fn acknowledged(self, client_id: &str, seq: Seq) {
        self.forget(client_id);
        // Where the end of the conversation is not held, nothing will take the echo's place.
        let conversation = self.outbox.with_untracked(|outbox| outbox.get(client_id).map(|item| item.conversation_id));
        let Some(conversation) = conversation else { return };
        let behind = self.history_now(conversation, |history| history.window.has_newer());
        self.outbox.update(|outbox| {
            if behind == Some(true) {
                outbox.discard(client_id);
            } else {
                outbox.acknowledged(client_id, seq);
            }
        });
    }

    pub(super) fn refused(self, client_id: &str, problem: &Problem) {
        match self.outbox.try_update(|outbox| outbox.refused(client_id, problem)) {
            Some(Refusal::Wait) => spawn_local(async move {
                clock::sleep(2_000).await;
                self.flush();
            }),
            Some(Refusal::Final) => self.keep_now(client_id),
            None => {}
        }
    }

    /// The message itself is there now, or nobody wants it any more.
    pub(super) fn landed(self, client_id: &str) {
        if self.outbox.with_untracked(|outbox| outbox.get(client_id).is_some()) {
            self.forget(client_id);
            self.outbox.update(|outbox| {
                outbox.discard(client_id);
            });
        }
    }

    fn keep_now(self, client_id: &str) {
        let message = self.outbox.with_untracked(|outbox| outbox.get(client_id).cloned());
        if let Some(message) = message {
            self.keep(&message);
        }
    }

    fn keep(self, message: &Outgoing) {
        if let Some(kept) = message.kept() {
            storage::set(&format!("{}{}", prefix(self.my_id()), kept.client_id), &kept);
        }
    }

    fn forget(self, client_id: &str) {
        storage::remove(&format!("{}{client_id}", prefix(self.my_id())));
    }
}
