//! Friends, requests and blocks.

use std::collections::{BTreeSet, HashSet};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use studyhall_domain::{
    Error,
    ports::{AccountStore, ConversationStore, FriendStore, InboxFact, OutboxFact, Related, Relation},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{ErrorCode, FriendshipState, UserId, limits};

use crate::backend::{Backend, seconds, someone};

async fn three(store: &SqlStore) -> [UserId; 3] {
    [someone(store, "anna").await.id, someone(store, "bert").await.id, someone(store, "cleo").await.id]
}

async fn befriend(store: &SqlStore, one: UserId, other: UserId) {
    store.request_friendship(one, other, seconds(1)).await.unwrap();
    store.accept_friendship(other, one, seconds(2)).await.unwrap();
}

/// What the inboxes are owed, but for notifications.
async fn owed(store: &SqlStore) -> Vec<(UserId, InboxFact)> {
    let rows = store.outbox(1_000).await.unwrap();
    let facts = rows.into_iter().filter_map(|row| match row.fact {
        OutboxFact::Inbox(
            fact @ (InboxFact::FriendRequested(_)
            | InboxFact::FriendAccepted(_)
            | InboxFact::FriendDeclined(_)
            | InboxFact::FriendRemoved(_)),
        ) => Some((row.stream.0.into(), fact)),
        _ => None,
    });
    facts.collect()
}

async fn names(store: &SqlStore, user: UserId) -> Vec<String> {
    store.friends(user, None, 100).await.unwrap().into_iter().map(|account| account.username).collect()
}

fn related(user_id: UserId) -> Related {
    Related { user_id }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    result.unwrap_err().code()
}

pub async fn asking_and_accepting(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    assert_eq!(store.request_friendship(anna, bert, seconds(1)).await.unwrap(), FriendshipState::Pending);
    assert_eq!(code(store.request_friendship(anna, bert, seconds(2)).await), ErrorCode::AlreadyRequested);
    assert_eq!(code(store.request_friendship(anna, UserId::new(), seconds(2)).await), ErrorCode::NotFound);
    let [incoming] = &store.incoming_requests(bert, 10).await.unwrap()[..] else { panic!("one request") };
    assert_eq!((incoming.other.id, incoming.created_at), (anna, seconds(1)));
    let [outgoing] = &store.outgoing_requests(anna, 10).await.unwrap()[..] else { panic!("one request") };
    assert_eq!(outgoing.other.id, bert);
    assert_eq!(store.relation(anna, bert).await.unwrap(), Relation::default(), "a request is no friendship");

    assert_eq!(code(store.accept_friendship(anna, bert, seconds(3)).await), ErrorCode::NotFound, "not one's own");
    assert_eq!(code(store.accept_friendship(cleo, anna, seconds(3)).await), ErrorCode::NotFound);
    store.accept_friendship(bert, anna, seconds(3)).await.unwrap();
    assert_eq!(code(store.accept_friendship(bert, anna, seconds(4)).await), ErrorCode::NotFound);
    assert_eq!(store.incoming_requests(bert, 10).await.unwrap(), []);
    for (one, other) in [(anna, bert), (bert, anna)] {
        assert!(store.relation(one, other).await.unwrap().friends);
        assert_eq!(code(store.request_friendship(one, other, seconds(5)).await), ErrorCode::AlreadyFriends);
    }
    let told = owed(store).await;
    assert_eq!(told[0], (bert, InboxFact::FriendRequested(related(anna))), "the recipient alone");
    let accepted: HashSet<UserId> = told[1..].iter().map(|(user, _)| *user).collect();
    assert_eq!((told.len(), accepted), (3, HashSet::from([anna, bert])));

    store.end_friendship(anna, bert, seconds(6)).await.unwrap();
    assert_eq!(code(store.end_friendship(bert, anna, seconds(7)).await), ErrorCode::NotFound);
    assert_eq!(names(store, bert).await, Vec::<String>::new());
    assert_eq!(owed(store).await.len(), 5, "both are told of the end");
}

pub async fn asking_whom_one_was_asked_by_is_accepting(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, _] = three(store).await;
    store.request_friendship(anna, bert, seconds(1)).await.unwrap();
    assert_eq!(store.request_friendship(bert, anna, seconds(2)).await.unwrap(), FriendshipState::Friends);
    assert_eq!((names(store, anna).await, names(store, bert).await), (vec!["bert".into()], vec!["anna".into()]));
    assert_eq!(store.outgoing_requests(anna, 10).await.unwrap(), []);
    assert_eq!(store.outgoing_requests(bert, 10).await.unwrap(), []);
}

pub async fn two_who_ask_at_once_are_friends(backend: &Backend) {
    let other = backend.another();
    for round in 0..12 {
        let one = someone(&backend.store, &format!("one{round}")).await.id;
        let two = someone(&backend.store, &format!("two{round}")).await.id;
        let (first, second) = tokio::join!(
            backend.store.request_friendship(one, two, seconds(1)),
            other.request_friendship(two, one, seconds(1))
        );
        let states = [first.unwrap(), second.unwrap()];
        assert!(states.contains(&FriendshipState::Pending) && states.contains(&FriendshipState::Friends), "{states:?}");
        assert!(backend.store.relation(one, two).await.unwrap().friends);
        assert!(backend.store.relation(two, one).await.unwrap().friends);
    }
}

pub async fn declining_and_taking_back_tell_one_side(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    store.request_friendship(anna, bert, seconds(1)).await.unwrap();
    store.decline_friendship(bert, anna, seconds(2)).await.unwrap();
    assert_eq!(code(store.decline_friendship(bert, anna, seconds(3)).await), ErrorCode::NotFound);
    store.request_friendship(anna, cleo, seconds(4)).await.unwrap();
    assert_eq!(code(store.take_request_back(cleo, anna, seconds(5)).await), ErrorCode::NotFound);
    store.take_request_back(anna, cleo, seconds(5)).await.unwrap();
    let told = owed(store).await;
    assert_eq!(
        told,
        [
            (bert, InboxFact::FriendRequested(related(anna))),
            (anna, InboxFact::FriendDeclined(related(bert))),
            (cleo, InboxFact::FriendRequested(related(anna))),
            (cleo, InboxFact::FriendRemoved(related(anna))),
        ]
    );
}

pub async fn requests_are_limited_in_number(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    let mut asked = Vec::new();
    for n in 0..=limits::OPEN_REQUESTS {
        asked.push(someone(store, &format!("person{n}")).await.id);
    }
    let (last, before) = asked.split_last().unwrap();
    for person in before {
        store.request_friendship(anna, *person, seconds(1)).await.unwrap();
    }
    assert_eq!(code(store.request_friendship(anna, *last, seconds(2)).await), ErrorCode::TooManyRequests);
    store.take_request_back(anna, before[0], seconds(3)).await.unwrap();
    store.request_friendship(anna, *last, seconds(4)).await.unwrap();
    assert_eq!(store.outgoing_requests(anna, 7).await.unwrap().len(), 7);
}

pub async fn a_block_ends_what_there_was(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    befriend(store, anna, bert).await;
    store.request_friendship(cleo, anna, seconds(3)).await.unwrap();
    let (direct, _) = store.open_direct(anna, bert, seconds(3)).await.unwrap();
    store.block(anna, bert, seconds(4)).await.unwrap();
    store.block(anna, bert, seconds(5)).await.unwrap();
    store.block(anna, cleo, seconds(6)).await.unwrap();
    for (one, other) in [(anna, bert), (bert, anna)] {
        let relation = Relation { friends: false, blocked: true };
        assert_eq!(store.relation(one, other).await.unwrap(), relation);
        assert_eq!(code(store.request_friendship(one, other, seconds(7)).await), ErrorCode::Blocked);
        assert!(store.membership(one, direct).await.unwrap().unwrap().blocked);
        assert!(store.memberships(one).await.unwrap()[0].blocked);
    }
    assert_eq!(store.incoming_requests(anna, 10).await.unwrap(), []);
    assert_eq!(code(store.block(anna, UserId::new(), seconds(8)).await), ErrorCode::NotFound);

    store.unblock(bert, anna, seconds(9)).await.unwrap();
    assert!(store.relation(anna, bert).await.unwrap().blocked, "not Bert's to take away");
    store.unblock(anna, bert, seconds(10)).await.unwrap();
    assert_eq!(store.relation(anna, bert).await.unwrap(), Relation::default());
    assert!(!store.membership(bert, direct).await.unwrap().unwrap().blocked);
}

pub async fn accepting_and_blocking_at_once_end_in_one_of_the_two(backend: &Backend) {
    let other = backend.another();
    for round in 0..12 {
        let one = someone(&backend.store, &format!("one{round}")).await.id;
        let two = someone(&backend.store, &format!("two{round}")).await.id;
        backend.store.request_friendship(one, two, seconds(1)).await.unwrap();
        let (accepted, blocked) =
            tokio::join!(backend.store.accept_friendship(two, one, seconds(2)), other.block(one, two, seconds(2)));
        blocked.unwrap();
        assert!(matches!(accepted, Ok(()) | Err(Error::NotFound(_))), "{accepted:?}");
        let relation = Relation { friends: false, blocked: true };
        assert_eq!(backend.store.relation(one, two).await.unwrap(), relation);
        assert_eq!(backend.store.incoming_requests(two, 10).await.unwrap(), []);
    }
}

pub async fn who_may_see_whom(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let dora = someone(store, "dora").await.id;
    let everybody = [anna, bert, cleo, dora, UserId::new()];
    let seen = async |viewer| store.acquainted(viewer, &everybody.map(|user| user)).await.unwrap();
    assert_eq!(seen(anna).await, HashSet::new());
    let (id, _) = store.open_direct(anna, bert, seconds(1)).await.unwrap();
    befriend(store, anna, cleo).await;
    let others = |seen: HashSet<UserId>, own| seen.into_iter().filter(|user| *user != own).collect::<HashSet<_>>();
    assert_eq!(others(seen(anna).await, anna), HashSet::from([bert, cleo]));
    assert_eq!(others(seen(cleo).await, cleo), HashSet::from([anna]));
    assert!(store.acquainted(anna, &[]).await.unwrap().is_empty());
    let audience = store.audience(anna).await.unwrap();
    assert_eq!((audience.conversations, audience.friends), (vec![(id, 2)], vec![cleo]));

    // 100 members are few enough, 101 are not.
    for (count, sees) in [(100, HashSet::from([bert, cleo])), (101, HashSet::from([cleo]))] {
        backend.execute(&format!("UPDATE conversations SET member_count = {count}")).await;
        assert_eq!(others(seen(anna).await, anna), sees);
        assert_eq!(store.audience(anna).await.unwrap().conversations, [(id, count)]);
    }
    backend.execute("UPDATE conversations SET member_count = 2").await;
    store.block(bert, anna, seconds(5)).await.unwrap();
    assert_eq!(others(seen(anna).await, anna), HashSet::from([cleo]), "who blocked one is not seen");
    assert_eq!(others(seen(bert).await, bert), HashSet::new(), "nor whom one blocked");
    assert_eq!(store.audience(anna).await.unwrap().blocked, HashSet::from([bert]));
    assert_eq!(store.audience(bert).await.unwrap().blocked, HashSet::from([anna]));
}

pub async fn lists_are_by_name(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    for name in ["zoe", "bert", "mia", "cleo"] {
        let person = someone(store, name).await.id;
        befriend(store, anna, person).await;
    }
    assert_eq!(names(store, anna).await, ["bert", "cleo", "mia", "zoe"]);
    let page = store.friends(anna, Some("cleo"), 1).await.unwrap();
    assert_eq!(page[0].username, "mia");
    for name in ["x2", "x1"] {
        let person = someone(store, name).await.id;
        store.block(anna, person, seconds(3)).await.unwrap();
    }
    let blocked: Vec<_> = store.blocks(anna, None, 10).await.unwrap().into_iter().map(|a| a.username).collect();
    assert_eq!(blocked, ["x1", "x2"]);
    assert_eq!(store.blocks(anna, Some("x1"), 10).await.unwrap()[0].username, "x2");
}

pub async fn a_deleted_account_has_no_friends(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let dora = someone(store, "dora").await.id;
    befriend(store, anna, bert).await;
    store.request_friendship(cleo, bert, seconds(3)).await.unwrap();
    store.request_friendship(bert, dora, seconds(3)).await.unwrap();
    store.block(dora, bert, seconds(4)).await.unwrap();
    store.delete_account(bert, seconds(5)).await.unwrap();
    assert_eq!(names(store, anna).await, Vec::<String>::new());
    assert_eq!(store.outgoing_requests(cleo, 10).await.unwrap(), []);
    assert_eq!(store.incoming_requests(dora, 10).await.unwrap(), []);
    assert_eq!(store.blocks(dora, None, 10).await.unwrap(), []);
    assert_eq!(code(store.request_friendship(cleo, bert, seconds(6)).await), ErrorCode::NotFound);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask,
    Accept,
    Decline,
    TakeBack,
    Part,
    Block,
    Unblock,
}

/// The rules, written down a second time: for two people, 0 and 1.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    friends: bool,
    asked: Option<usize>,
    blocks: BTreeSet<usize>,
}

impl Model {
    /// What a step of `who` leads to: the state after it, and whether it succeeds.
    fn take(&mut self, who: usize, step: Step) -> bool {
        let other = 1 - who;
        match step {
            Step::Ask if !self.blocks.is_empty() || self.friends || self.asked == Some(who) => return false,
            Step::Ask | Step::Accept if self.asked == Some(other) => (self.friends, self.asked) = (true, None),
            Step::Ask => self.asked = Some(who),
            Step::Decline if self.asked == Some(other) => self.asked = None,
            Step::TakeBack if self.asked == Some(who) => self.asked = None,
            Step::Part if self.friends => self.friends = false,
            Step::Accept | Step::Decline | Step::TakeBack | Step::Part => return false,
            Step::Block => {
                self.blocks.insert(who);
                (self.friends, self.asked) = (false, None);
            }
            Step::Unblock => drop(self.blocks.remove(&who)),
        }
        true
    }
}

async fn take(store: &SqlStore, user: UserId, other: UserId, step: Step) -> bool {
    let now = seconds(1);
    let result = match step {
        Step::Ask => store.request_friendship(user, other, now).await.map(drop),
        Step::Accept => store.accept_friendship(user, other, now).await,
        Step::Decline => store.decline_friendship(user, other, now).await,
        Step::TakeBack => store.take_request_back(user, other, now).await,
        Step::Part => store.end_friendship(user, other, now).await,
        Step::Block => store.block(user, other, now).await,
        Step::Unblock => store.unblock(user, other, now).await,
    };
    match result {
        Ok(()) => true,
        Err(Error::NotFound(_) | Error::Conflict(_) | Error::Forbidden(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Any sequence of what two people do leads to what the rules say.
pub async fn any_order_of_calls_keeps_the_rules(backend: &Backend) {
    let store = &backend.store;
    let step = prop_oneof![
        3 => Just(Step::Ask),
        3 => Just(Step::Accept),
        1 => Just(Step::Decline),
        1 => Just(Step::TakeBack),
        1 => Just(Step::Part),
        1 => Just(Step::Block),
        2 => Just(Step::Unblock),
    ];
    let steps = vec((0..2_usize, step), 30);
    let mut runner = TestRunner::default();
    for round in 0..12 {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let mut people = [UserId::new(); 2];
        for (n, person) in people.iter_mut().enumerate() {
            *person = someone(store, &format!("person{round}-{n}")).await.id;
        }
        let mut model = Model::default();
        for (who, step) in &steps {
            let (user, other) = (people[*who], people[1 - who]);
            let succeeds = model.take(*who, *step);
            assert_eq!(take(store, user, other, *step).await, succeeds, "{who} {step:?} of {steps:?}");
            let relation = Relation { friends: model.friends, blocked: !model.blocks.is_empty() };
            assert_eq!(store.relation(user, other).await.unwrap(), relation, "{who} {step:?} of {steps:?}");
            assert_eq!(store.relation(other, user).await.unwrap(), relation);
            for (n, person) in people.iter().enumerate() {
                let waits = !store.outgoing_requests(*person, 9).await.unwrap().is_empty();
                assert_eq!(waits, model.asked == Some(n), "{who} {step:?} of {steps:?}");
            }
        }
    }
}
