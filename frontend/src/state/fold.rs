//! The fold of a conversation's events by seq, as the wire contract defines it: deletion is final, a repeat changes
//! nothing, the last edit wins.
//!
//! Messages arrive twice over: in pages of history, which include every event up to their `as_of`, and as live events.
//! Each entry remembers up to which seq it includes events, so that the two can meet in any order. Pure; no browser.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use studyhall_wire::{Event, EventBody, Message, Reaction, ReactionChange, Seq, UserId};

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    message: Arc<Message>,
    /// Every event of the stream up to here is included.
    as_of: Seq,
}

/// Messages of one conversation by seq, each the fold of its events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    entries: BTreeMap<Seq, Entry>,
    /// Where a message with this author and `client_id` is: how a local echo finds the message that it became.
    by_client_id: HashMap<(UserId, String), Seq>,
}

impl Fold {
    /// Takes in messages that include every event up to `as_of`. What is here already and newer stays.
    pub fn join(&mut self, items: Vec<Message>, as_of: Seq) {
        for message in items {
            let newer = self.entries.get(&message.seq).is_some_and(|entry| entry.as_of >= as_of);
            if !newer {
                self.insert(Arc::new(message), as_of);
            }
        }
    }

    /// Applies one event; answers whether anything changed. Events of messages that are not here change nothing, and
    /// neither do events that an entry includes already.
    pub fn apply(&mut self, event: &Event) -> bool {
        if let EventBody::MessageCreated(message) = &event.body {
            let new = !self.entries.contains_key(&message.seq);
            if new {
                self.insert(Arc::clone(message), event.seq);
            }
            return new;
        }
        let Some(entry) = target(&event.body).and_then(|seq| self.entries.get_mut(&seq)) else { return false };
        if event.seq <= entry.as_of {
            return false;
        }
        entry.as_of = event.seq;
        change(&mut entry.message, &event.body)
    }

    /// The message at `seq`.
    pub fn get(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.entries.get(&seq).map(|entry| &entry.message)
    }

    /// The message that `author` sent under `client_id`.
    pub fn sent_as(&self, author: UserId, client_id: &str) -> Option<&Arc<Message>> {
        let seq = self.by_client_id.get(&(author, client_id.to_owned()))?;
        self.get(*seq)
    }

    /// All messages, ascending by seq.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.entries.values().map(|entry| &entry.message)
    }

    pub fn first_seq(&self) -> Option<Seq> {
        self.entries.keys().next().copied()
    }

    pub fn last_seq(&self) -> Option<Seq> {
        self.entries.keys().next_back().copied()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lets the oldest go until `keep` are left; answers whether any went.
    pub fn keep_newest(&mut self, keep: usize) -> bool {
        let mut dropped = false;
        while self.entries.len() > keep {
            let Some((_, entry)) = self.entries.pop_first() else { break };
            self.forget(&entry.message);
            dropped = true;
        }
        dropped
    }

    /// Lets the newest go until `keep` are left; answers whether any went.
    pub fn keep_oldest(&mut self, keep: usize) -> bool {
        let mut dropped = false;
        while self.entries.len() > keep {
            let Some((_, entry)) = self.entries.pop_last() else { break };
            self.forget(&entry.message);
            dropped = true;
        }
        dropped
    }

    fn insert(&mut self, message: Arc<Message>, as_of: Seq) {
        self.by_client_id.insert((message.author_id, message.client_id.clone()), message.seq);
        self.entries.insert(message.seq, Entry { message, as_of });
    }

    fn forget(&mut self, message: &Message) {
        self.by_client_id.remove(&(message.author_id, message.client_id.clone()));
    }
}

/// The message that an event changes.
pub fn target(body: &EventBody) -> Option<Seq> {
    match body {
        EventBody::MessageCreated(message) => Some(message.seq),
        EventBody::MessageEdited(edit) => Some(edit.seq),
        EventBody::MessageDeleted(deletion) => Some(deletion.seq),
        EventBody::ReactionAdded(change) | EventBody::ReactionRemoved(change) => Some(change.seq),
        EventBody::MessagePinned(at) | EventBody::MessageUnpinned(at) => Some(at.seq),
        _ => None,
    }
}

/// Applies an event to the message that it is about; answers whether anything changed.
pub fn change(message: &mut Arc<Message>, body: &EventBody) -> bool {
    if message.deleted_at.is_some() {
        return false;
    }
    match body {
        EventBody::MessageEdited(edit) => {
            let message = Arc::make_mut(message);
            message.text.clone_from(&edit.text);
            message.mentions.clone_from(&edit.mentions);
            message.mentions_everyone = edit.mentions_everyone;
            message.edited_at = Some(edit.edited_at);
            true
        }
        EventBody::MessageDeleted(deletion) => {
            let message = Arc::make_mut(message);
            message.deleted_at = Some(deletion.deleted_at);
            message.text.clear();
            message.attachments.clear();
            message.mentions.clear();
            message.mentions_everyone = false;
            message.reactions.clear();
            message.pinned = false;
            true
        }
        EventBody::ReactionAdded(reaction) => add_reaction(message, reaction),
        EventBody::ReactionRemoved(reaction) => remove_reaction(message, reaction),
        EventBody::MessagePinned(_) | EventBody::MessageUnpinned(_) => {
            let pinned = matches!(body, EventBody::MessagePinned(_));
            let changed = message.pinned != pinned;
            if changed {
                Arc::make_mut(message).pinned = pinned;
            }
            changed
        }
        _ => false,
    }
}

fn add_reaction(message: &mut Arc<Message>, change: &ReactionChange) -> bool {
    let known = message.reactions.iter().position(|reaction| reaction.emoji == change.emoji);
    if known.is_some_and(|at| message.reactions[at].user_ids.contains(&change.user_id)) {
        return false;
    }
    let reactions = &mut Arc::make_mut(message).reactions;
    match known {
        Some(at) => reactions[at].user_ids.push(change.user_id),
        None => reactions.push(Reaction { emoji: change.emoji.clone(), user_ids: vec![change.user_id] }),
    }
    true
}

fn remove_reaction(message: &mut Arc<Message>, change: &ReactionChange) -> bool {
    let Some(at) = message
        .reactions
        .iter()
        .position(|reaction| reaction.emoji == change.emoji && reaction.user_ids.contains(&change.user_id))
    else {
        return false;
    };
    let reactions = &mut Arc::make_mut(message).reactions;
    reactions[at].user_ids.retain(|user| *user != change.user_id);
    reactions.retain(|reaction| !reaction.user_ids.is_empty());
    true
}
