//! Messages that others answer and that are not held: fetched one by one, and kept true like all else.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, Event, Message, Seq};

use super::{Desk, fold};

impl Desk {
    /// A message that is answered, tracked; fetched when it is not held.
    pub fn quoted(self, id: ConversationId, seq: Seq) -> Option<Arc<Message>> {
        self.message(id, seq).or_else(|| {
            let known = self.quotes.with(|quotes| quotes.get(&(id, seq)).cloned());
            if known.is_none() {
                self.fetch_quote(id, seq);
            }
            known
        })
    }

    fn fetch_quote(self, id: ConversationId, seq: Seq) {
        let new = self.quotes_asked.try_update_value(|asked| asked.insert((id, seq))).unwrap_or_default();
        if !new {
            return;
        }
        spawn_local(async move {
            match self.api.message(id, seq).await {
                Ok(Some(message)) => self.quotes.update(|quotes| {
                    quotes.insert((id, seq), Arc::new(message));
                }),
                Ok(None) => {}
                // Whoever looks next asks again.
                Err(_) => self.quotes_asked.update_value(|asked| {
                    asked.remove(&(id, seq));
                }),
            }
        });
    }

    pub(super) fn change_quote(self, id: ConversationId, event: &Event) {
        let Some(seq) = fold::target(&event.body) else { return };
        if self.quotes.with_untracked(|quotes| quotes.contains_key(&(id, seq))) {
            self.quotes.update(|quotes| {
                if let Some(message) = quotes.get_mut(&(id, seq)) {
                    fold::change(message, &event.body);
                }
            });
        }
    }

    /// Events were missed: what is quoted may have changed.
    pub(super) fn lose_quotes(self, lost: &[ConversationId]) {
        self.quotes_asked.update_value(|asked| asked.retain(|(id, _)| !lost.contains(id)));
        if self.quotes.with_untracked(|quotes| quotes.keys().any(|(id, _)| lost.contains(id))) {
            self.quotes.update(|quotes| quotes.retain(|(id, _), _| !lost.contains(id)));
        }
    }
}
