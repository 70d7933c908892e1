//! One person's desk: everything that the pages show of what the server knows, kept true by the socket.
//!
//! Made once per sign-in and never taken down while the page lives; signing out reloads the page, so that nothing of
//! one person is left for the next.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{
    Conversation, ConversationId, Event, EventBody, GroupId, Me, Message, Seq, StreamId, User, UserId,
};

use super::{
    Departure, History,
    circle::Circle,
    groups::Groups,
    joining::Waiting,
    list::{Conversations, Outcome},
    notices::Notices,
    outbox::Outbox,
    roster::Roster,
};
use crate::{
    api::{Api, Error},
    clock,
    socket::{self, Incoming, Socket},
};

/// How something that is fetched stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Load {
    #[default]
    Loading,
    Ready,
    Failed(Error),
}

/// A handle to all of it: copies share it.
#[derive(Clone, Copy)]
pub struct Desk {
    pub api: Api,
    pub socket: Socket,
    pub me: RwSignal<Me>,
    /// Whether the list of conversations has come in.
    pub list: RwSignal<Load>,
    pub conversations: RwSignal<Conversations>,
    /// The conversation on the page.
    pub open: RwSignal<Option<ConversationId>>,
    /// What a screen reader should say next.
    pub announcement: RwSignal<String>,
    /// Friends, requests and blocks, and whether they have come in.
    pub circle: RwSignal<Circle>,
    pub circle_load: RwSignal<Load>,
    /// The groups that one is in, and whether they have come in.
    pub groups: RwSignal<Groups>,
    pub groups_load: RwSignal<Load>,
    pub notices: RwSignal<Notices>,
    /// Conversations that have ended for the reader while the page was there.
    pub departures: RwSignal<HashMap<ConversationId, Departure>>,
    pub(super) rosters: RwSignal<HashMap<GroupId, Roster>>,
    /// Requests to come in, of the groups that the reader runs.
    pub(super) joining: RwSignal<HashMap<GroupId, Waiting>>,
    pub(super) histories: RwSignal<HashMap<ConversationId, History>>,
    pub(super) outbox: RwSignal<Outbox>,
    pub(super) drafts: RwSignal<HashMap<ConversationId, String>>,
    /// Messages that are answered and not held.
    pub(super) quotes: RwSignal<HashMap<(ConversationId, Seq), Arc<Message>>>,
    pub(super) quotes_asked: StoredValue<HashSet<(ConversationId, Seq)>>,
    pub people: RwSignal<HashMap<UserId, User>>,
    pub(super) asked_for: StoredValue<HashSet<UserId>>,
    /// Who is typing where, and until when that is believed (milliseconds since 1970).
    pub(super) typing: RwSignal<HashMap<(ConversationId, UserId), f64>>,
    pub(super) typed_at: StoredValue<HashMap<ConversationId, f64>>,
    pub(super) last_activity: StoredValue<f64>,
    pub(super) away: StoredValue<bool>,
    /// How often what is pinned has changed, in the open conversation.
    pin_changes: RwSignal<u32>,
    /// Events of conversations that were not known yet when they came.
    early: StoredValue<Vec<Event>>,
    recounting: StoredValue<HashSet<ConversationId>>,
}

/// The desk of who is signed in.
pub fn use_desk() -> Desk {
    expect_context()
}

impl Desk {
    /// Sets up the desk and starts its socket. Belongs to the root owner.
    pub fn start(api: Api, me: Me) -> Self {
        let (socket, inbox) = Socket::new();
        let id = me.user.id;
        let desk = Self {
            api,
            socket,
            people: RwSignal::new(HashMap::from([(id, me.user.clone())])),
            me: RwSignal::new(me),
            list: RwSignal::new(Load::Loading),
            conversations: RwSignal::new(Conversations::default()),
            open: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            circle: RwSignal::new(Circle::default()),
            circle_load: RwSignal::new(Load::Loading),
            groups: RwSignal::new(Groups::default()),
            groups_load: RwSignal::new(Load::Loading),
            notices: RwSignal::new(Notices::default()),
            departures: RwSignal::new(HashMap::new()),
            rosters: RwSignal::new(HashMap::new()),
            joining: RwSignal::new(HashMap::new()),
            histories: RwSignal::new(HashMap::new()),
            outbox: RwSignal::new(super::sending::restore(id)),
            drafts: RwSignal::new(super::drafts::restore(id)),
            quotes: RwSignal::new(HashMap::new()),
            quotes_asked: StoredValue::new(HashSet::new()),
            asked_for: StoredValue::new(HashSet::new()),
            typing: RwSignal::new(HashMap::new()),
            typed_at: StoredValue::new(HashMap::new()),
            last_activity: StoredValue::new(clock::now()),
            away: StoredValue::new(false),
            pin_changes: RwSignal::new(0),
            early: StoredValue::new(Vec::new()),
            recounting: StoredValue::new(HashSet::new()),
        };
        spawn_local(socket.run(inbox, api, desk));
        // The list should not wait for a socket that cannot connect.
        spawn_local(async move {
            clock::sleep(2_500).await;
            if desk.list.get_untracked() == Load::Loading && !socket.is_up() {
                desk.refresh_people(&[]);
                desk.refresh_list().await;
            }
        });
        desk.watch_presence();
        desk.watch_drafts();
        desk.watch_leaving();
        desk
    }

    /// One's own id.
    pub fn my_id(self) -> UserId {
        self.me.with_untracked(|me| me.user.id)
    }

    /// Fetches the list of conversations, and with it everybody's presence.
    pub async fn refresh_list(self) {
        match self.api.conversations().await {
            Ok(list) => {
                self.tell_reads_again(&list);
                for conversation in &list {
                    self.socket.enter(conversation.id.into(), conversation.epoch, conversation.head_seq);
                }
                self.conversations.update(|conversations| conversations.replace(list));
                let people = self.conversations.with_untracked(Conversations::people);
                self.people.update(|known| known.extend(people));
                self.list.set(Load::Ready);
                for event in self.early.try_update_value(std::mem::take).unwrap_or_default() {
                    self.conversations.update(|conversations| {
                        conversations.apply(&event, self.my_id());
                    });
                }
            }
            Err(error) => {
                if self.list.get_untracked() != Load::Ready {
                    self.list.set(Load::Failed(error));
                }
            }
        }
    }

    /// Takes in a conversation that was just opened or changed.
    pub fn take_conversation(self, conversation: Conversation) {
        self.socket.enter(conversation.id.into(), conversation.epoch, conversation.head_seq);
        if let Some(peer) = &conversation.peer {
            self.people.update(|people| drop(people.insert(peer.id, peer.clone())));
        }
        self.conversations.update(|conversations| conversations.join(conversation));
    }

    /// Counts the changes of what is pinned in the open conversation, tracked.
    pub fn pin_changes(self) -> u32 {
        self.pin_changes.get()
    }

    fn ready(self, resumed: &[StreamId]) {
        let lost: Vec<ConversationId> = self.histories.with_untracked(|histories| {
            histories.keys().copied().filter(|id| !resumed.contains(&StreamId::from(*id))).collect()
        });
        self.lose_histories(&lost);
        let unsure: Vec<ConversationId> = self.quotes.with_untracked(|quotes| {
            quotes.keys().map(|(id, _)| *id).filter(|id| !resumed.contains(&StreamId::from(*id))).collect()
        });
        self.lose_quotes(&unsure);
        self.outbox.update(|outbox| outbox.connected(resumed));
        self.flush();
        self.tell_presence();
        self.refresh_people(resumed);
        if !resumed.contains(&self.my_id().into()) {
            spawn_local(self.refresh_notices());
        }
        spawn_local(self.refresh_list());
    }

    fn event(self, event: &Event) {
        let me = self.my_id();
        if event.stream == StreamId::from(me) {
            self.inbox_event(event);
            return;
        }
        let id = ConversationId(event.stream.0);
        if let EventBody::MessageCreated(message) = &event.body {
            if message.author_id == me {
                self.landed(&message.client_id);
            } else {
                self.typing.update(|typing| {
                    typing.remove(&(id, message.author_id));
                });
                self.announce(message);
            }
        }
        // Only what is held needs to hear of it; the signal stays quiet for all else.
        if self.histories.with_untracked(|histories| histories.contains_key(&id)) {
            self.histories.update(|histories| {
                if let Some(history) = histories.get_mut(&id) {
                    history.window.apply(event);
                }
            });
        }
        self.change_quote(id, event);
        if changes_pins(&event.body) && self.open.get_untracked() == Some(id) {
            self.pin_changes.update(|count| *count = count.wrapping_add(1));
        }
        self.group_event(event);
        let outcome = self.conversations.try_update(|conversations| conversations.apply(event, me));
        self.settle(id, outcome.unwrap_or(Outcome::Done), Some(event));
    }

    fn inbox_event(self, event: &Event) {
        match &event.body {
            EventBody::ConversationAdded(conversation) => {
                self.departures.update(|all| drop(all.remove(&conversation.id)));
                self.take_conversation((**conversation).clone());
                if let Some(group) = conversation.group_id {
                    self.enter_group(group);
                }
            }
            EventBody::ConversationRemoved(removed) => {
                let id = removed.conversation_id;
                self.departed(id, &removed.reason);
                self.socket.leave(id.into());
                self.conversations.update(|conversations| conversations.remove(id));
                self.histories.update(|histories| drop(histories.remove(&id)));
            }
            EventBody::ReadAdvanced(read) => {
                let id = read.conversation_id;
                let outcome = self.conversations.try_update(|conversations| conversations.advance(id, read.seq));
                self.settle(id, outcome.unwrap_or(Outcome::Done), None);
            }
            _ => {
                let _taken = self.friends_event(event) || self.notice_event(event);
            }
        }
    }

    fn settle(self, id: ConversationId, outcome: Outcome, event: Option<&Event>) {
        match outcome {
            Outcome::Done => {}
            Outcome::Recount => self.recount(id),
            Outcome::Unknown if self.list.get_untracked() == Load::Ready => self.recount(id),
            Outcome::Unknown => {
                if let Some(event) = event {
                    self.early.update_value(|early| early.push(event.clone()));
                }
            }
        }
    }

    /// Fetches one conversation for its counts, once for any number of reasons within a moment.
    pub(super) fn recount(self, id: ConversationId) {
        let new = self.recounting.try_update_value(|recounting| recounting.insert(id)).unwrap_or_default();
        if !new {
            return;
        }
        spawn_local(async move {
            clock::sleep(800).await;
            self.recounting.update_value(|recounting| {
                recounting.remove(&id);
            });
            if let Ok(conversation) = self.api.conversation(id).await {
                let known = self.conversations.with_untracked(|conversations| conversations.get(id).is_some());
                if known {
                    self.conversations.update(|conversations| conversations.recounted(conversation));
                } else {
                    self.take_conversation(conversation);
                }
            }
        });
    }
}

fn changes_pins(body: &EventBody) -> bool {
    matches!(body, EventBody::MessagePinned(_) | EventBody::MessageUnpinned(_) | EventBody::MessageDeleted(_))
}

impl socket::Handler for Desk {
    fn incoming(self, incoming: Incoming) {
        match incoming {
            Incoming::Ready { resumed } => self.ready(&resumed),
            Incoming::Event(event) => self.event(&event),
            Incoming::Ack { client_id, seq } => self.acknowledged(&client_id, seq),
            Incoming::Nack { client_id, problem } => self.refused(&client_id, &problem),
            Incoming::Typing { conversation_id, user_id } => self.someone_types(conversation_id, user_id),
            Incoming::Presence { user_id, state } => {
                self.conversations.update(|conversations| conversations.presence(user_id, state));
                self.people.update(|people| {
                    if let Some(person) = people.get_mut(&user_id) {
                        person.presence = state;
                    }
                });
            }
            Incoming::Profile(user) => self.profile_changed(user),
            Incoming::Down => self.outbox.update(Outbox::disconnected),
        }
    }

    fn first_streams(self) -> Vec<StreamId> {
        let open = self.open.get_untracked().map(StreamId::from);
        let latest = self.conversations.with_untracked(Conversations::by_activity);
        let mut first = vec![StreamId::from(self.my_id())];
        first.extend(open);
        first.extend(latest.into_iter().map(StreamId::from).filter(|stream| Some(*stream) != open));
        first
    }
}
