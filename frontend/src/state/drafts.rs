//! Unsent text, one draft per conversation and person, kept over reloads and the same in every tab.

use std::collections::HashMap;

use leptos::prelude::*;
use studyhall_wire::{ConversationId, UserId};

use super::{Desk, storage};

pub(super) fn prefix(user: UserId) -> String {
    format!("draft.{user}.")
}

/// What was left unsent.
pub(super) fn restore(user: UserId) -> HashMap<ConversationId, String> {
    let prefix = prefix(user);
    let draft = |key: String| Some((key.strip_prefix(&prefix)?.parse().ok()?, storage::get(&key)?));
    storage::keys(&prefix).into_iter().filter_map(draft).collect()
}

impl Desk {
    /// What was left unsent in a conversation, tracked.
    pub fn draft(self, conversation: ConversationId) -> Option<String> {
        self.drafts.with(|drafts| drafts.get(&conversation).cloned())
    }

    /// Keeps what is being written; nothing removes it.
    pub fn keep_draft(self, conversation: ConversationId, text: &str) {
        let key = format!("{}{conversation}", prefix(self.my_id()));
        if text.is_empty() {
            storage::remove(&key);
        } else {
            storage::set(&key, &text);
        }
        self.drafts.update(|drafts| {
            if text.is_empty() {
                drafts.remove(&conversation);
            } else {
                drafts.insert(conversation, text.to_owned());
            }
        });
    }

    /// What is written in one tab is there in the others.
    pub(super) fn watch_drafts(self) {
        let me = self.my_id();
        storage::watch(move |key| {
            if key.starts_with(&prefix(me)) {
                self.drafts.set(restore(me));
            }
        });
    }
}
