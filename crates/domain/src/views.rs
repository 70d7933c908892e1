//! What is stored, as a reader sees it: conversations with their titles and counts, inbox events filled in.

use std::{collections::HashMap, sync::Arc};

use studyhall_wire::{Conversation, Event, EventBody, FriendChange, StreamId, User, UserId, event_frame};

use crate::{
    Error, Result,
    notifications::Letters,
    people::People,
    ports::{ConversationStore, Effect, EventLog, InboxFact, LiveEvent, LogBody, LogEvent, Membership, Related},
};

/// Renders for readers; changes nothing.
pub struct Views {
    store: Arc<dyn ConversationStore>,
    log: Arc<dyn EventLog>,
    people: Arc<People>,
    letters: Arc<Letters>,
}

impl std::fmt::Debug for Views {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Views").finish_non_exhaustive()
    }
}

impl Views {
    pub fn new(
        store: Arc<dyn ConversationStore>,
        log: Arc<dyn EventLog>,
        people: Arc<People>,
        letters: Arc<Letters>,
    ) -> Arc<Self> {
        Arc::new(Self { store, log, people, letters })
    }

    /// `memberships`, all of one reader, as conversations in the same order.
    pub async fn conversations(&self, reader: UserId, memberships: &[Membership]) -> Result<Vec<Conversation>> {
        let epoch = self.log.epoch().await?;
        let streams: Vec<_> = memberships.iter().map(|m| (StreamId::from(m.conversation), m.read_seq)).collect();
        let overviews = self.log.overviews(reader, &streams).await?;
        let peers: Vec<_> = memberships.iter().filter_map(|m| m.peer).collect();
        let peers = self.people.users(reader, &peers).await?;
        let groups: Vec<_> = memberships.iter().filter_map(|m| m.group).collect();
        let mut names = if groups.is_empty() { HashMap::new() } else { self.store.group_names(&groups).await? };
        let conversations = memberships.iter().zip(overviews).map(|(membership, overview)| {
            let peer = membership.peer.and_then(|id| peers.get(&id)).cloned();
            Conversation {
                id: membership.conversation,
                kind: membership.kind,
                title: match membership.group {
                    Some(group) => names.remove(&group).unwrap_or_default(),
                    None => title(peer.as_ref()),
                },
                group_id: membership.group,
                peer,
                epoch,
                head_seq: overview.head,
                read_seq: membership.read_seq,
                unread: overview.unread,
                unread_mentions: overview.unread_mentions,
                last_message: overview.last_message,
                notify: membership.notify,
            }
        });
        Ok(conversations.collect())
    }

    /// An event as it travels: an inbox event is filled in for the inbox's owner, as things stand now.
    pub async fn event(&self, event: &LogEvent) -> Result<Event> {
        let body = match &event.body {
            LogBody::Conversation(body) => body.clone(),
            LogBody::Inbox(fact) => self.fill_in(event.stream.0.into(), fact).await?,
        };
        Ok(Event { stream: event.stream, seq: event.seq, at: event.at, actor_id: event.actor, body })
    }

    /// Events of one stream as they travel.
    pub async fn events(&self, events: &[LogEvent]) -> Result<Vec<Event>> {
        let mut filled = Vec::with_capacity(events.len());
        for event in events {
            filled.push(self.event(event).await?);
        }
        Ok(filled)
    }

    /// An event on its way to sockets, with what a hub must know of it.
    pub async fn live(&self, event: &LogEvent) -> Result<LiveEvent> {
        let filled;
        let body = match &event.body {
            LogBody::Conversation(body) => body,
            LogBody::Inbox(fact) => {
                filled = self.fill_in(event.stream.0.into(), fact).await?;
                &filled
            }
        };
        let effect = match body {
            EventBody::ConversationAdded(conversation) => {
                Effect::Enter { conversation: conversation.id, head: conversation.head_seq }
            }
            EventBody::ConversationRemoved(removed) => Effect::Exit { conversation: removed.conversation_id },
            EventBody::MemberLeft(left) => Effect::Leave(left.user_id),
            EventBody::MemberRoleChanged(member) => Effect::Role { user: member.user_id, role: member.role },
            EventBody::GroupUpdated(group) => Effect::Archived(group.archived),
            _ => Effect::None,
        };
        Ok(LiveEvent { effect, json: event_frame(event.stream, event.seq, event.at, event.actor, body).into() })
    }

    async fn fill_in(&self, reader: UserId, fact: &InboxFact) -> Result<EventBody> {
        Ok(match fact {
            InboxFact::ConversationAdded { conversation_id } => {
                match self.store.membership(reader, *conversation_id).await? {
                    Some(membership) => {
                        let mut conversations = self.conversations(reader, &[membership]).await?;
                        let conversation = conversations.pop().ok_or_else(|| Error::internal("no conversation"))?;
                        EventBody::ConversationAdded(Box::new(conversation))
                    }
                    // Left since: the event keeps its place, and says no more than that.
                    None => EventBody::Other {
                        kind: fact.kind().to_owned(),
                        data: serde_json::json!({ "id": conversation_id, "removed": true }),
                    },
                }
            }
            InboxFact::ConversationRemoved(removed) => EventBody::ConversationRemoved(removed.clone()),
            InboxFact::ReadAdvanced(read) => EventBody::ReadAdvanced(*read),
            InboxFact::NotificationCreated { id } => match self.letters.letter(reader, *id).await? {
                Some(notification) => EventBody::NotificationCreated(Box::new(notification)),
                // Forgotten since, as old ones are.
                None => EventBody::Other {
                    kind: fact.kind().to_owned(),
                    data: serde_json::json!({ "id": id, "removed": true }),
                },
            },
            InboxFact::NotificationRead(read) => EventBody::NotificationRead(*read),
            InboxFact::FriendRequested(other) => EventBody::FriendRequested(self.friend(reader, other).await?),
            InboxFact::FriendAccepted(other) => EventBody::FriendAccepted(self.friend(reader, other).await?),
            InboxFact::FriendDeclined(other) => EventBody::FriendDeclined(self.friend(reader, other).await?),
            InboxFact::FriendRemoved(other) => EventBody::FriendRemoved(self.friend(reader, other).await?),
        })
    }

    async fn friend(&self, reader: UserId, other: &Related) -> Result<Box<FriendChange>> {
        Ok(Box::new(FriendChange { user: self.people.user(reader, other.user_id).await? }))
    }
}

/// What a reader calls a direct conversation.
fn title(peer: Option<&User>) -> String {
    match peer {
        Some(peer) if !peer.deleted => peer.display_name.clone(),
        _ => "Deleted user".to_owned(),
    }
}
