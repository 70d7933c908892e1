//! Unsent text, one draft per conversation and person, kept over reloads.

use studyhall_wire::ConversationId;

use super::{Desk, storage};

impl Desk {
    /// What was left unsent in a conversation.
    pub fn draft(self, conversation: ConversationId) -> String {
        storage::get(&self.draft_key(conversation)).unwrap_or_default()
    }

    /// Keeps what is being written; nothing removes it.
    pub fn keep_draft(self, conversation: ConversationId, text: &str) {
        let key = self.draft_key(conversation);
        if text.is_empty() {
            storage::remove(&key);
        } else {
            storage::set(&key, &text);
        }
    }

    fn draft_key(self, conversation: ConversationId) -> String {
        format!("draft.{}.{conversation}", self.my_id())
    }
}
