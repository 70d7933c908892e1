//! Any interleaving of changes, live delivery and pages of history leaves a window equal to the server's state.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use proptest::prelude::*;
use studyhall_wire::{
    ConversationId, Event, EventBody, Message, MessageDeleted, MessageEdited, MessagePage, MessageRef, Reaction,
    ReactionChange, Seq, Timestamp, UserId,
};

use super::window::{CAPACITY, Span, Ticket, Window};

/// The server: a log, and its state by the plainest reading of the contract.
struct Server {
    conversation: ConversationId,
    author: UserId,
    log: Vec<Event>,
}

impl Server {
    fn new(messages: usize) -> Self {
        let mut server = Self { conversation: ConversationId::new(), author: UserId::new(), log: Vec::new() };
        for _ in 0..messages {
            server.send();
        }
        server
    }

    fn head(&self) -> Seq {
        Seq::try_from(self.log.len()).unwrap()
    }

    fn append(&mut self, body: EventBody) {
        let seq = self.head() + 1;
        let at = Timestamp::from_millis(seq * 1_000);
        self.log.push(Event { stream: self.conversation.into(), seq, at, actor_id: Some(self.author), body });
    }

    fn send(&mut self) {
        let seq = self.head() + 1;
        self.append(EventBody::MessageCreated(Arc::new(Message {
            conversation_id: self.conversation,
            seq,
            client_id: format!("c{seq}"),
            author_id: self.author,
            text: format!("text {seq}"),
            reply_to: None,
            attachments: vec![],
            mentions: vec![],
            mentions_everyone: false,
            reactions: vec![],
            pinned: false,
            created_at: Timestamp::from_millis(seq * 1_000),
            edited_at: None,
            deleted_at: None,
        })));
    }

    /// The messages as of an event, by replaying the log from its first one.
    fn state(&self, as_of: Seq) -> BTreeMap<Seq, Message> {
        let mut state: BTreeMap<Seq, Message> = BTreeMap::new();
        for event in self.log.iter().take_while(|event| event.seq <= as_of) {
            if let EventBody::MessageCreated(message) = &event.body {
                state.insert(message.seq, (**message).clone());
                continue;
            }
            let Some(message) = super::fold::target(&event.body).and_then(|seq| state.get_mut(&seq)) else { continue };
            if message.deleted_at.is_some() {
                continue;
            }
            match &event.body {
                EventBody::MessageEdited(edit) => {
                    message.text.clone_from(&edit.text);
                    message.edited_at = Some(edit.edited_at);
                }
                EventBody::MessageDeleted(deletion) => {
                    message.text.clear();
                    message.reactions.clear();
                    message.pinned = false;
                    message.deleted_at = Some(deletion.deleted_at);
                }
                EventBody::MessagePinned(_) => message.pinned = true,
                EventBody::MessageUnpinned(_) => message.pinned = false,
                EventBody::ReactionAdded(change) => {
                    match message.reactions.iter_mut().find(|reaction| reaction.emoji == change.emoji) {
                        Some(reaction) if reaction.user_ids.contains(&change.user_id) => {}
                        Some(reaction) => reaction.user_ids.push(change.user_id),
                        None => message
                            .reactions
                            .push(Reaction { emoji: change.emoji.clone(), user_ids: vec![change.user_id] }),
                    }
                }
                EventBody::ReactionRemoved(change) => {
                    for reaction in &mut message.reactions {
                        if reaction.emoji == change.emoji {
                            reaction.user_ids.retain(|user| *user != change.user_id);
                        }
                    }
                    message.reactions.retain(|reaction| !reaction.user_ids.is_empty());
                }
                _ => {}
            }
        }
        state
    }

    fn page(&self, span: Span, as_of: Seq) -> MessagePage {
        const LIMIT: usize = 50;
        let state: Vec<Message> = self.state(as_of).into_values().collect();
        let all = state.len();
        let first_after = |seq: Seq| state.partition_point(|message| message.seq <= seq);
        let (from, to, has_more) = match span {
            Span::Newest => (all.saturating_sub(LIMIT), all, all > LIMIT),
            Span::Before(seq) => {
                let to = first_after(seq - 1);
                (to.saturating_sub(LIMIT), to, to > LIMIT)
            }
            Span::After(seq) => {
                let from = first_after(seq);
                (from, all.min(from + LIMIT), from + LIMIT < all)
            }
            Span::Around(seq) => {
                let middle = first_after(seq - 1);
                let (from, to) = (middle.saturating_sub(LIMIT / 2), all.min(middle + LIMIT / 2));
                (from, to, from > 0 || to < all)
            }
        };
        MessagePage { items: state[from..to].to_vec(), system: vec![], has_more, epoch: 1, as_of }
    }

    /// An event as it is sent now: with the text as it stands now.
    fn as_sent(&self, seq: Seq) -> Event {
        let mut event = self.log[usize::try_from(seq - 1).unwrap()].clone();
        let now = self.state(self.head());
        match &mut event.body {
            EventBody::MessageCreated(message) => {
                let text = &now[&message.seq].text;
                Arc::make_mut(message).text.clone_from(text);
            }
            EventBody::MessageEdited(edit) => edit.text.clone_from(&now[&edit.seq].text),
            _ => {}
        }
        event
    }
}

#[derive(Clone, Debug)]
enum Step {
    Send,
    /// The message to change (as a fraction of all), and how.
    Change(u8, u8),
    Deliver(u8),
    Ask(u8),
    Answer,
    Follow(bool),
    /// The connection breaks; what happened since the last delivery is never sent.
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Send),
        6 => (any::<u8>(), 0..6_u8).prop_map(|(at, how)| Step::Change(at, how)),
        6 => (1..6_u8).prop_map(Step::Deliver),
        3 => (0..5_u8).prop_map(Step::Ask),
        3 => Just(Step::Answer),
        1 => any::<bool>().prop_map(Step::Follow),
        1 => Just(Step::Lose),
    ]
}

fn body(server: &Server, at: u8, how: u8) -> EventBody {
    let seqs: Vec<Seq> = server.state(server.head()).into_keys().collect();
    // Towards the end, where windows are.
    let back = usize::from(at) * seqs.len().min(80) / 256;
    let seq = seqs[seqs.len() - 1 - back];
    let now = Timestamp::from_millis(server.head() * 1_000);
    let reaction = || ReactionChange { seq, emoji: "👍".into(), user_id: server.author };
    match how {
        0 => EventBody::MessageEdited(MessageEdited {
            seq,
            text: format!("edited at {}", server.head()),
            mentions: vec![],
            mentions_everyone: false,
            edited_at: now,
        }),
        1 => EventBody::MessageDeleted(MessageDeleted { seq, deleted_at: now }),
        2 => EventBody::ReactionAdded(reaction()),
        3 => EventBody::ReactionRemoved(reaction()),
        4 => EventBody::MessagePinned(MessageRef { seq }),
        _ => EventBody::MessageUnpinned(MessageRef { seq }),
    }
}

fn deliver(server: &Server, window: &mut Window, after: &mut Seq) {
    if *after < server.head() {
        *after += 1;
        window.apply(&server.as_sent(*after));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_window_ends_as_the_server_stands(before in 1..360_usize, steps in prop::collection::vec(step(), 1..90)) {
        let mut server = Server::new(before);
        let mut window = Window::default();
        let mut after = server.head();
        let mut asked: VecDeque<(Ticket, Seq)> = VecDeque::new();
        asked.push_back((window.begin(Span::Newest), server.head()));
        for step in steps {
            match step {
                Step::Send => server.send(),
                Step::Change(at, how) => {
                    let body = body(&server, at, how);
                    server.append(body);
                }
                Step::Deliver(count) => (0..count).for_each(|_| deliver(&server, &mut window, &mut after)),
                Step::Ask(which) => {
                    let first = window.messages().first_seq();
                    let last = window.messages().last_seq();
                    let span = match (which, first, last) {
                        (0, ..) => Span::Newest,
                        (1 | 2, Some(first), _) if window.has_older() => Span::Before(first),
                        (3, _, Some(last)) if window.has_newer() => Span::After(last),
                        (4, ..) => Span::Around(server.head() / 2 + 1),
                        _ => continue,
                    };
                    // The server reads at some time after it was asked.
                    asked.push_back((window.begin(span), server.head()));
                }
                Step::Answer => {
                    if let Some((ticket, at_least)) = asked.pop_front() {
                        let as_of = i64::midpoint(at_least, server.head());
                        window.join(ticket, server.page(ticket.span(), as_of));
                    }
                }
                Step::Follow(following) => window.follow(following),
                Step::Lose => {
                    window.lose();
                    after = server.head();
                    asked.push_back((window.begin(Span::Newest), server.head()));
                }
            }
        }
        while let Some((ticket, as_of)) = asked.pop_front() {
            window.join(ticket, server.page(ticket.span(), as_of));
        }
        while after < server.head() {
            deliver(&server, &mut window, &mut after);
        }

        let state = server.state(server.head());
        let (Some(first), Some(last)) = (window.messages().first_seq(), window.messages().last_seq()) else {
            prop_assert!(window.has_newer() || window.has_older());
            return Ok(());
        };
        let end = if window.has_newer() { last } else { server.head() };
        let expected: Vec<&Message> = state.range(first..=end).map(|(_, message)| message).collect();
        let held: Vec<&Message> = window.messages().iter().map(AsRef::as_ref).collect();
        prop_assert_eq!(held, expected);
        prop_assert!(window.messages().len() <= CAPACITY);
        prop_assert_eq!(!window.has_older(), state.keys().next() == Some(&first), "more is there if and only if it says so");
    }
}
