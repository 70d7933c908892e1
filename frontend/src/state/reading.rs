//! What one has read, and what is said aloud about what arrives.

use leptos::prelude::*;
use studyhall_wire::{ClientFrame, Conversation, ConversationId, Message, Seq};

use super::{Desk, list::Outcome};
use crate::{clock, t};

impl Desk {
    /// The reader has seen everything up to `seq`.
    pub fn seen(self, id: ConversationId, seq: Seq) {
        let news = self
            .conversations
            .with_untracked(|conversations| conversations.get(id).is_some_and(|known| known.read_seq < seq));
        if !news {
            return;
        }
        let outcome = self.conversations.try_update(|conversations| conversations.advance(id, seq));
        if outcome == Some(Outcome::Recount) {
            self.recount(id);
        }
        // Without a connection the cursor is told at the next one.
        self.socket.send(ClientFrame::Read { conversation_id: id, seq });
    }

    /// Tells the cursors that moved while there was no connection.
    pub(super) fn tell_reads_again(self, list: &[Conversation]) {
        self.conversations.with_untracked(|conversations| {
            for theirs in list {
                if let Some(ours) = conversations.get(theirs.id)
                    && ours.read_seq > theirs.read_seq
                {
                    self.socket.send(ClientFrame::Read { conversation_id: ours.id, seq: ours.read_seq });
                }
            }
        });
    }

    /// Has a new message said aloud: its words where the conversation is open, else that it came.
    pub(super) fn announce(self, message: &Message) {
        let name = self.name_now(message.author_id);
        let here = self.open.get_untracked() == Some(message.conversation_id) && clock::is_visible();
        let words = if here { format!("{name}: {}", message.text) } else { t!("new-message-from", name = name) };
        self.announcement.set(words);
    }
}
