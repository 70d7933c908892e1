//! The fold of a conversation's events, as API.md says it, in the plainest way: what implementations are compared with.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};
use studyhall_domain::ports::{LogBody, LogEvent};
use studyhall_wire::{Digest, Event, EventBody, Message, Reaction, ReactionChange, Seq, UserId};

/// A conversation as its events say.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub messages: BTreeMap<Seq, Message>,
    /// Shown between messages.
    pub system: Vec<Event>,
    pub head: Seq,
}

impl Model {
    #[must_use]
    pub fn of(events: &[LogEvent]) -> Self {
        let mut model = Self::default();
        for event in events {
            model.apply(event);
        }
        model
    }

    /// Deletion is final, a repeat changes nothing, the last edit wins.
    pub fn apply(&mut self, event: &LogEvent) {
        self.head = event.seq;
        let LogBody::Conversation(body) = &event.body else { return };
        match body {
            EventBody::MessageCreated(message) => {
                self.messages.insert(event.seq, (**message).clone());
            }
            EventBody::MessageEdited(edit) => self.change(edit.seq, |message| {
                message.text.clone_from(&edit.text);
                message.mentions.clone_from(&edit.mentions);
                message.mentions_everyone = edit.mentions_everyone;
                message.edited_at = Some(edit.edited_at);
            }),
            EventBody::MessageDeleted(deletion) => self.change(deletion.seq, |message| {
                message.text.clear();
                message.mentions.clear();
                message.mentions_everyone = false;
                message.attachments.clear();
                message.reactions.clear();
                message.pinned = false;
                message.deleted_at = Some(deletion.deleted_at);
            }),
            EventBody::ReactionAdded(reaction) => self.change(reaction.seq, |message| add(message, reaction)),
            EventBody::ReactionRemoved(reaction) => self.change(reaction.seq, |message| {
                for known in message.reactions.iter_mut().filter(|known| known.emoji == reaction.emoji) {
                    known.user_ids.retain(|user| *user != reaction.user_id);
                }
                message.reactions.retain(|known| !known.user_ids.is_empty());
            }),
            EventBody::MessagePinned(message) => self.change(message.seq, |message| message.pinned = true),
            EventBody::MessageUnpinned(message) => self.change(message.seq, |message| message.pinned = false),
            EventBody::MemberJoined(_)
            | EventBody::MemberLeft(_)
            | EventBody::MemberRoleChanged(_)
            | EventBody::GroupUpdated(_) => {
                self.system.push(Event {
                    stream: event.stream,
                    seq: event.seq,
                    at: event.at,
                    actor_id: event.actor,
                    body: body.clone(),
                });
            }
            _ => {}
        }
    }

    fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.get_mut(&seq).filter(|message| message.deleted_at.is_none()) {
            change(message);
        }
    }

    /// What a log must answer for `digest`.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut lines = String::new();
        for message in self.messages.values() {
            let deleted = message.deleted_at.is_some();
            let edited = message.edited_at.is_some() && !deleted;
            let mut pairs: Vec<(&str, String)> = message
                .reactions
                .iter()
                .flat_map(|reaction| reaction.user_ids.iter().map(|user| (reaction.emoji.as_str(), user.to_string())))
                .collect();
            pairs.sort_unstable();
            let line = (message.seq, message.author_id, &message.text, edited, deleted, message.pinned, pairs);
            writeln!(lines, "{}", serde_json::to_string(&line).expect("plain values")).expect("a String takes it");
        }
        Digest { at: self.head, sha256: hex::encode(Sha256::digest(lines)) }
    }

    /// Others' undeleted messages after `read`, and those that mention `reader` or everyone.
    #[must_use]
    pub fn unread(&self, reader: UserId, read: Seq) -> (u32, u32) {
        let unread = self
            .messages
            .values()
            .filter(|message| message.seq > read && message.author_id != reader && message.deleted_at.is_none());
        unread.fold((0, 0), |(unread, mentions), message| {
            let mentioned = message.mentions_everyone || message.mentions.contains(&reader);
            (unread + 1, mentions + u32::from(mentioned))
        })
    }
}

fn add(message: &mut Message, reaction: &ReactionChange) {
    let ReactionChange { emoji, user_id, .. } = reaction;
    match message.reactions.iter_mut().find(|known| known.emoji == *emoji) {
        Some(known) if known.user_ids.contains(user_id) => {}
        Some(known) => known.user_ids.push(*user_id),
        None => message.reactions.push(Reaction { emoji: emoji.clone(), user_ids: vec![*user_id] }),
    }
}
