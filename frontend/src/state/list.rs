//! The list of conversations as its owner sees it: heads, cursors, unread counts and last messages, kept true by
//! events. Pure; no browser.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use studyhall_wire::{
    Conversation, ConversationId, Event, EventBody, Message, Presence, Seq, Timestamp, User, UserId, limits::UNREAD_MAX,
};

use super::fold;

/// What an event leaves open, to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// The counts cannot be told from the event alone.
    Recount,
    /// The conversation is not known.
    Unknown,
}

/// Conversations by id. Each is as of its `head_seq`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversations {
    by_id: BTreeMap<ConversationId, Arc<Conversation>>,
}

impl Conversations {
    pub fn get(&self, id: ConversationId) -> Option<&Arc<Conversation>> {
        self.by_id.get(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The direct conversation with a person.
    pub fn with(&self, user: UserId) -> Option<ConversationId> {
        self.by_id
            .values()
            .find(|conversation| conversation.peer.as_ref().is_some_and(|peer| peer.id == user))
            .map(|conversation| conversation.id)
    }

    /// By activity, the latest first. One without messages counts from when it was made: ids are time-ordered.
    pub fn by_activity(&self) -> Vec<ConversationId> {
        let mut order: Vec<(Timestamp, ConversationId)> =
            self.by_id.values().map(|conversation| (activity(conversation), conversation.id)).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        order.into_iter().map(|(_, id)| id).collect()
    }

    /// Unread messages in all conversations that are not muted, mentions in all.
    pub fn unread(&self) -> u32 {
        self.by_id
            .values()
            .map(|conversation| match conversation.notify {
                studyhall_wire::NotifyLevel::All => conversation.unread,
                _ => conversation.unread_mentions,
            })
            .sum()
    }

    /// Takes what the server says, unless what is here includes later events. A read cursor only moves forward.
    pub fn join(&mut self, mut incoming: Conversation) {
        if let Some(known) = self.by_id.get(&incoming.id)
            && known.epoch == incoming.epoch
        {
            if known.head_seq > incoming.head_seq {
                let mut kept = Conversation::clone(known);
                kept.peer = incoming.peer;
                kept.title = incoming.title;
                kept.notify = incoming.notify;
                self.by_id.insert(kept.id, Arc::new(kept));
                return;
            }
            if known.read_seq > incoming.read_seq {
                incoming.read_seq = known.read_seq;
                let all_read = incoming.last_message.as_ref().is_none_or(|last| last.seq <= incoming.read_seq);
                if all_read {
                    (incoming.unread, incoming.unread_mentions) = (0, 0);
                } else {
                    (incoming.unread, incoming.unread_mentions) = (known.unread, known.unread_mentions);
                }
            }
        }
        self.by_id.insert(incoming.id, Arc::new(incoming));
    }

    /// The whole list as the server has it now; what it no longer has goes.
    pub fn replace(&mut self, list: Vec<Conversation>) {
        self.by_id.retain(|id, _| list.iter().any(|conversation| conversation.id == *id));
        for conversation in list {
            self.join(conversation);
        }
    }

    pub fn remove(&mut self, id: ConversationId) {
        self.by_id.remove(&id);
    }

    /// Applies an event of a conversation; `me` is who reads.
    pub fn apply(&mut self, event: &Event, me: UserId) -> Outcome {
        let Some(conversation) = self.by_id.get_mut(&ConversationId(event.stream.0)) else { return Outcome::Unknown };
        if event.seq <= conversation.head_seq {
            return Outcome::Done;
        }
        let conversation = Arc::make_mut(conversation);
        conversation.head_seq = event.seq;
        match &event.body {
            EventBody::MessageCreated(message) => arrived(conversation, message, me),
            EventBody::MessageDeleted(deletion) => {
                change_last(conversation, &event.body);
                let may_be_unread = deletion.seq > conversation.read_seq && conversation.unread > 0;
                if may_be_unread && event.actor_id != Some(me) { Outcome::Recount } else { Outcome::Done }
            }
            EventBody::MessageEdited(edit) => {
                change_last(conversation, &event.body);
                // The edit may have added a mention or taken one away.
                if edit.seq > conversation.read_seq && event.actor_id != Some(me) {
                    Outcome::Recount
                } else {
                    Outcome::Done
                }
            }
            EventBody::GroupUpdated(group) => {
                conversation.title.clone_from(&group.name);
                Outcome::Done
            }
            _ => {
                change_last(conversation, &event.body);
                Outcome::Done
            }
        }
    }

    /// Moves the read cursor, here or by `read.advanced` from another device.
    pub fn advance(&mut self, id: ConversationId, seq: Seq) -> Outcome {
        let Some(conversation) = self.by_id.get_mut(&id) else { return Outcome::Unknown };
        let seq = seq.min(conversation.head_seq);
        if seq <= conversation.read_seq {
            return Outcome::Done;
        }
        let conversation = Arc::make_mut(conversation);
        conversation.read_seq = seq;
        if conversation.last_message.as_ref().is_none_or(|last| last.seq <= seq) {
            (conversation.unread, conversation.unread_mentions) = (0, 0);
            return Outcome::Done;
        }
        if conversation.unread > 0 { Outcome::Recount } else { Outcome::Done }
    }

    /// The counts as the server derives them, for the state that is here or a later one.
    pub fn recounted(&mut self, incoming: Conversation) {
        if let Some(known) = self.by_id.get_mut(&incoming.id)
            && known.head_seq <= incoming.head_seq
            && known.read_seq <= incoming.read_seq
        {
            *known = Arc::new(incoming);
        }
    }

    /// Changes one conversation in place.
    pub fn update(&mut self, id: ConversationId, change: impl FnOnce(&mut Conversation)) {
        if let Some(conversation) = self.by_id.get_mut(&id) {
            change(Arc::make_mut(conversation));
        }
    }

    /// A peer came, went, or is away.
    pub fn presence(&mut self, user: UserId, state: Presence) {
        self.peers(user, |peer| peer.presence = state);
    }

    /// A peer's changed profile. It says nothing about presence.
    pub fn profile(&mut self, user: &User) {
        for conversation in self.by_id.values_mut() {
            if conversation.peer.as_ref().is_some_and(|peer| peer.id == user.id) {
                Arc::make_mut(conversation).title.clone_from(&user.display_name);
            }
        }
        self.peers(user.id, |peer| {
            let presence = peer.presence;
            peer.clone_from(user);
            peer.presence = presence;
        });
    }

    fn peers(&mut self, user: UserId, change: impl Fn(&mut User)) {
        for conversation in self.by_id.values_mut() {
            if conversation.peer.as_ref().is_some_and(|peer| peer.id == user)
                && let Some(peer) = &mut Arc::make_mut(conversation).peer
            {
                change(peer);
            }
        }
    }

    /// Every peer, for the cache of people.
    pub fn people(&self) -> HashMap<UserId, User> {
        self.by_id.values().filter_map(|conversation| conversation.peer.clone()).map(|peer| (peer.id, peer)).collect()
    }
}

fn arrived(conversation: &mut Conversation, message: &Message, me: UserId) -> Outcome {
    let unread = message.author_id != me && message.deleted_at.is_none() && message.seq > conversation.read_seq;
    if unread {
        conversation.unread = (conversation.unread + 1).min(UNREAD_MAX);
        if message.mentions_everyone || message.mentions.contains(&me) {
            conversation.unread_mentions = (conversation.unread_mentions + 1).min(UNREAD_MAX);
        }
    }
    conversation.last_message = Some(message.clone());
    Outcome::Done
}

fn change_last(conversation: &mut Conversation, body: &EventBody) {
    if let Some(last) = conversation.last_message.take() {
        let mut last = Arc::new(last);
        if fold::target(body) == Some(last.seq) {
            fold::change(&mut last, body);
        }
        conversation.last_message = Some(Arc::unwrap_or_clone(last));
    }
}

/// When something was last said in a conversation, or when it was made.
fn activity(conversation: &Conversation) -> Timestamp {
    conversation.last_message.as_ref().map_or_else(|| made(conversation.id), |message| message.created_at)
}

/// The time in a UUIDv7: its first 48 bits are milliseconds since 1970 (RFC 9562, 5.7).
fn made(id: ConversationId) -> Timestamp {
    let millis = id.0.as_u128() >> 80;
    Timestamp::from_millis(i64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{ConversationKind, MessageDeleted, MessageEdited, NotifyLevel};

    use super::*;

    fn message(conversation_id: ConversationId, seq: Seq, author_id: UserId, mentions: Vec<UserId>) -> Message {
        Message {
            conversation_id,
            seq,
            client_id: format!("c{seq}"),
            author_id,
            text: format!("text {seq}"),
            reply_to: None,
            attachments: vec![],
            mentions,
            mentions_everyone: false,
            reactions: vec![],
            pinned: false,
            created_at: Timestamp::from_millis(seq * 1_000),
            edited_at: None,
            deleted_at: None,
        }
    }

    fn conversation(id: ConversationId, head_seq: Seq, read_seq: Seq, unread: u32) -> Conversation {
        Conversation {
            id,
            kind: ConversationKind::Direct,
            title: "Ada".into(),
            group_id: None,
            peer: None,
            epoch: 1,
            head_seq,
            read_seq,
            unread,
            unread_mentions: 0,
            last_message: None,
            notify: NotifyLevel::All,
        }
    }

    fn event(id: ConversationId, seq: Seq, actor: UserId, body: EventBody) -> Event {
        Event { stream: id.into(), seq, at: Timestamp::from_millis(seq * 1_000), actor_id: Some(actor), body }
    }

    fn created(id: ConversationId, seq: Seq, author: UserId, mentions: Vec<UserId>) -> Event {
        event(id, seq, author, EventBody::MessageCreated(Arc::new(message(id, seq, author, mentions))))
    }

    #[test]
    fn messages_of_others_count_and_reading_clears() {
        let (id, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let mut list = Conversations::default();
        list.join(conversation(id, 0, 0, 0));
        list.apply(&created(id, 1, peer, vec![]), me);
        list.apply(&created(id, 2, peer, vec![me]), me);
        list.apply(&created(id, 2, peer, vec![me]), me);
        list.apply(&created(id, 3, me, vec![]), me);
        let now = list.get(id).unwrap();
        assert_eq!((now.unread, now.unread_mentions, now.head_seq), (2, 1, 3));
        assert_eq!(list.advance(id, 1), Outcome::Recount, "one is read, one is not");
        assert_eq!(list.advance(id, 99), Outcome::Done);
        let now = list.get(id).unwrap();
        assert_eq!((now.unread, now.unread_mentions, now.read_seq), (0, 0, 3));
        assert_eq!(list.advance(id, 2), Outcome::Done);
        assert_eq!(list.get(id).unwrap().read_seq, 3, "a cursor only moves forward");
    }

    #[test]
    fn what_an_event_leaves_open_is_recounted() {
        let (id, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let mut list = Conversations::default();
        list.join(conversation(id, 2, 0, 2));
        let deletion = MessageDeleted { seq: 1, deleted_at: Timestamp::from_millis(3_000) };
        assert_eq!(list.apply(&event(id, 3, peer, EventBody::MessageDeleted(deletion)), me), Outcome::Recount);
        list.recounted(conversation(id, 3, 0, 1));
        assert_eq!(list.get(id).unwrap().unread, 1);
        list.recounted(conversation(id, 2, 0, 2));
        assert_eq!(list.get(id).unwrap().unread, 1, "an older answer comes too late");
        assert_eq!(list.apply(&created(ConversationId::new(), 1, peer, vec![]), me), Outcome::Unknown);
    }

    #[test]
    fn the_servers_list_does_not_undo_what_came_after_it() {
        let (id, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let mut list = Conversations::default();
        list.join(conversation(id, 1, 0, 1));
        list.apply(&created(id, 2, peer, vec![]), me);
        list.replace(vec![conversation(id, 1, 0, 1)]);
        let now = list.get(id).unwrap();
        assert_eq!((now.head_seq, now.unread), (2, 2));
        list.advance(id, 2);
        list.replace(vec![conversation(id, 2, 0, 2)]);
        let now = list.get(id).unwrap();
        assert_eq!((now.read_seq, now.unread), (2, 0), "a cursor that the server has not heard of yet");
        list.replace(vec![]);
        assert!(list.is_empty());
    }

    #[test]
    fn the_last_message_follows_its_edits() {
        let (id, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let mut list = Conversations::default();
        list.join(conversation(id, 0, 0, 0));
        list.apply(&created(id, 1, peer, vec![]), me);
        let edit = MessageEdited {
            seq: 1,
            text: "better".into(),
            mentions: vec![],
            mentions_everyone: false,
            edited_at: Timestamp::from_millis(2_000),
        };
        list.apply(&event(id, 2, peer, EventBody::MessageEdited(edit)), me);
        assert_eq!(list.get(id).unwrap().last_message.as_ref().unwrap().text, "better");
    }

    #[test]
    fn the_latest_activity_comes_first() {
        let (me, peer) = (UserId::new(), UserId::new());
        let (first, second) = (ConversationId::new(), ConversationId::new());
        let mut list = Conversations::default();
        list.join(conversation(first, 0, 0, 0));
        list.join(conversation(second, 0, 0, 0));
        assert_eq!(list.by_activity()[0], second.max(first), "without messages: the one that was made last");
        let late = Event { at: Timestamp::from_millis(i64::MAX), ..created(first, 1, peer, vec![]) };
        let EventBody::MessageCreated(mut message) = late.body else { panic!("a message") };
        Arc::make_mut(&mut message).created_at = Timestamp::from_millis(4_000_000_000_000);
        list.apply(&event(first, 1, peer, EventBody::MessageCreated(message)), me);
        assert_eq!(list.by_activity(), [first, second]);
    }
}
