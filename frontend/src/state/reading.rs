//! What one has read, and what is said aloud about what arrives.

use leptos::prelude::*;
use studyhall_wire::{ClientFrame, Conversation, ConversationId, Message, NotifyLevel, Seq};

use super::{Desk, list::Outcome};
use crate::{clock, markdown, t};

/// Characters of a message that are said aloud.
const SAID_CHARS: usize = 300;

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
        let me = self.my_id();
        let level = self.conversations.with_untracked(|known| Some(known.get(message.conversation_id)?.notify));
        let wanted = match level.unwrap_or(NotifyLevel::All) {
            NotifyLevel::All => true,
            NotifyLevel::Mentions => message.mentions_everyone || message.mentions.contains(&me),
            NotifyLevel::None => false,
        };
        if !wanted {
            return;
        }
        let name = self.name_now(message.author_id);
        let here = self.open.get_untracked() == Some(message.conversation_id) && clock::is_visible();
        let words = if here {
            format!("{name}: {}", markdown::plain(&message.text, SAID_CHARS))
        } else {
            t!("new-message-from", name = name)
        };
        self.say(words);
    }

    /// Has something said aloud. The same words again are said again: a space that nobody hears makes them new.
    pub fn say(self, words: String) {
        self.announcement.update(|now| {
            let same = *now == words;
            *now = words;
            if same {
                now.push('\u{a0}');
            }
        });
    }
}
