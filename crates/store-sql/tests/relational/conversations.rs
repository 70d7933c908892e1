//! Conversations, cursors and the outbox.

use std::collections::HashSet;

use studyhall_domain::{
    Error,
    ports::{ConversationStore, InboxFact, Membership, OutboxFact, OutboxRow, ReadCursor},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{ConversationId, ConversationKind, NotifyLevel, Seq, StreamId, UserId};

use crate::backend::{Backend, seconds, someone};

async fn three(store: &SqlStore) -> [UserId; 3] {
    [someone(store, "anna").await.id, someone(store, "bert").await.id, someone(store, "cleo").await.id]
}

async fn open(store: &SqlStore, actor: UserId, peer: UserId) -> ConversationId {
    store.open_direct(actor, peer, seconds(1)).await.unwrap().0
}

fn added(conversation_id: ConversationId) -> OutboxFact {
    InboxFact::ConversationAdded { conversation_id }.into()
}

pub async fn a_direct_conversation_is_made_once(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let (first, made) = store.open_direct(bert, anna, seconds(1)).await.unwrap();
    assert!(made);
    assert_eq!(store.open_direct(bert, anna, seconds(2)).await.unwrap(), (first, false));
    assert_eq!(store.open_direct(anna, bert, seconds(3)).await.unwrap(), (first, false), "whoever asks");
    assert_ne!(open(store, anna, cleo).await, first);
    let added = |user: UserId| (StreamId::from(user), Some(bert), added(first));
    let rows = store.outbox(10).await.unwrap();
    let first_two: Vec<_> = rows[..2].iter().map(|row| (row.stream, row.actor, row.fact.clone())).collect();
    assert_eq!(first_two, [added(bert), added(anna)]);
    assert_eq!(rows.len(), 4);
}

pub async fn simultaneous_openings_make_one(backend: &Backend) {
    let other = backend.another();
    let [anna, bert, _] = three(&backend.store).await;
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        let (actor, peer) = if n % 4 < 2 { (anna, bert) } else { (bert, anna) };
        racing.spawn(async move { store.open_direct(actor, peer, seconds(1)).await.unwrap() });
    }
    let results = racing.join_all().await;
    assert_eq!(results.iter().map(|(id, _)| *id).collect::<HashSet<_>>().len(), 1);
    assert_eq!(results.iter().filter(|(_, made)| *made).count(), 1);
    assert_eq!(backend.store.outbox(10).await.unwrap().len(), 2);
    assert_eq!(backend.store.members(results[0].0).await.unwrap().len(), 2);
}

pub async fn an_unknown_peer_is_not_found(backend: &Backend) {
    let store = &backend.store;
    let [anna, ..] = three(store).await;
    assert!(matches!(store.open_direct(anna, UserId::new(), seconds(1)).await, Err(Error::NotFound("user"))));
    assert!(matches!(store.open_direct(anna, anna, seconds(1)).await, Err(Error::Internal(_))));
    assert_eq!(store.memberships(anna).await.unwrap(), []);
    assert_eq!(store.outbox(10).await.unwrap(), []);
}

pub async fn memberships_know_the_peer(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let id = open(store, anna, bert).await;
    let direct = |user, peer| Membership {
        conversation: id,
        user,
        kind: ConversationKind::Direct,
        group: None,
        role: None,
        archived: false,
        peer: Some(peer),
        blocked: false,
        members: 2,
        read_seq: 0,
        notify: NotifyLevel::All,
    };
    assert_eq!(store.membership(anna, id).await.unwrap(), Some(direct(anna, bert)));
    assert_eq!(store.membership(bert, id).await.unwrap(), Some(direct(bert, anna)));
    assert_eq!(store.membership(cleo, id).await.unwrap(), None);
    assert_eq!(store.membership(anna, ConversationId::new()).await.unwrap(), None);
    let another = open(store, cleo, anna).await;
    let of_anna: HashSet<_> = store.memberships(anna).await.unwrap().iter().map(|m| (m.conversation, m.peer)).collect();
    assert_eq!(of_anna, HashSet::from([(id, Some(bert)), (another, Some(cleo))]));
    assert_eq!(store.memberships(bert).await.unwrap(), [direct(bert, anna)]);
    assert_eq!(store.memberships_in(id, &[cleo, bert]).await.unwrap(), [direct(bert, anna)]);
    let members: HashSet<_> = store.members(id).await.unwrap().into_iter().collect();
    assert_eq!(members, HashSet::from([anna, bert]));
    assert_eq!(store.members(ConversationId::new()).await.unwrap(), []);
}

async fn advance(store: &SqlStore, user: UserId, conversation: ConversationId, seq: Seq) -> bool {
    store.advance_reads(&[ReadCursor { user, conversation, seq }]).await.unwrap() == [true]
}

pub async fn a_cursor_only_moves_forward(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let id = open(store, anna, bert).await;
    for (seq, moves) in [(5, true), (5, false), (3, false), (0, false), (6, true)] {
        assert_eq!(advance(store, anna, id, seq).await, moves, "to {seq}");
    }
    assert_eq!(store.membership(anna, id).await.unwrap().unwrap().read_seq, 6);
    assert_eq!(store.membership(bert, id).await.unwrap().unwrap().read_seq, 0);
    assert!(!advance(store, cleo, id, 9).await);
    assert!(!advance(store, anna, ConversationId::new(), 9).await);

    let mut racing = tokio::task::JoinSet::new();
    for seq in 1..=20 {
        let store = store.clone();
        racing.spawn(async move { advance(&store, bert, id, seq).await });
    }
    racing.join_all().await;
    assert_eq!(store.membership(bert, id).await.unwrap().unwrap().read_seq, 20, "cursors merge by their greatest");
}

pub async fn moved_cursors_are_announced_once(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let (first, second) = (open(store, anna, bert).await, open(store, anna, cleo).await);
    assert_eq!(store.unannounced_reads(10).await.unwrap(), []);
    let read = |conversation, seq| ReadCursor { user: anna, conversation, seq };
    let together = [read(first, 4), read(second, 7), read(first, 5), read(second, 7), read(ConversationId::new(), 1)];
    assert_eq!(store.advance_reads(&together).await.unwrap(), [true, true, true, false, false]);
    let waiting = store.unannounced_reads(10).await.unwrap();
    assert_eq!(waiting.len(), 2);
    assert!(waiting.contains(&read(first, 5)) && waiting.contains(&read(second, 7)));
    assert_eq!(store.unannounced_reads(1).await.unwrap().len(), 1);

    advance(store, anna, first, 6).await;
    store.mark_announced(&[read(first, 5), read(second, 7)]).await.unwrap();
    assert_eq!(store.unannounced_reads(10).await.unwrap(), [read(first, 6)], "it moved on meanwhile");
    store.mark_announced(&[read(first, 6)]).await.unwrap();
    store.mark_announced(&[read(first, 5)]).await.unwrap();
    assert_eq!(store.unannounced_reads(10).await.unwrap(), [], "an old one does not take it back");
}

pub async fn notify_is_set_for_members(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = three(store).await;
    let id = open(store, anna, bert).await;
    for level in [NotifyLevel::None, NotifyLevel::Mentions, NotifyLevel::All, NotifyLevel::Mentions] {
        assert!(store.set_notify(anna, id, level).await.unwrap());
        assert_eq!(store.membership(anna, id).await.unwrap().unwrap().notify, level);
    }
    assert_eq!(store.membership(bert, id).await.unwrap().unwrap().notify, NotifyLevel::All);
    assert!(!store.set_notify(cleo, id, NotifyLevel::None).await.unwrap());
}

pub async fn the_outbox_keeps_its_order(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    let mut expected = Vec::new();
    for n in 0..6 {
        let peer = someone(store, &format!("peer{n}")).await.id;
        let conversation_id = open(store, anna, peer).await;
        expected.extend([anna, peer].map(|user| (StreamId::from(user), added(conversation_id))));
    }
    let rows = store.outbox(100).await.unwrap();
    let facts = |rows: &[OutboxRow]| rows.iter().map(|row| (row.stream, row.fact.clone())).collect::<Vec<_>>();
    assert_eq!(facts(&rows), expected);
    assert_eq!(store.outbox(5).await.unwrap(), rows[..5]);
    store.outbox_done(&[rows[1].id, rows[0].id, rows[7].id]).await.unwrap();
    store.outbox_done(&[rows[1].id]).await.unwrap();
    store.outbox_done(&[]).await.unwrap();
    let left: Vec<_> = rows[2..7].iter().chain(&rows[8..]).cloned().collect();
    assert_eq!(store.outbox(100).await.unwrap(), left);
}
