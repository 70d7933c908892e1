//! Notifications: made with an outbox row, read one by one or all at once.

use studyhall_domain::{
    notifications::{Notice, SecurityEvent},
    ports::{ConversationStore, InboxFact, NotificationStore, OutboxFact, StoredNotification},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{NotificationId, NotificationRead, UserId};

use crate::backend::{Backend, seconds, someone};

fn inbox(fact: OutboxFact) -> InboxFact {
    let OutboxFact::Inbox(fact) = fact else { panic!("{fact:?} is for no inbox") };
    fact
}

/// What the inbox of `user` is owed, in order.
async fn owed(store: &SqlStore, user: UserId) -> Vec<InboxFact> {
    let rows = store.outbox(100).await.unwrap();
    assert!(rows.iter().all(|row| row.actor.is_some()), "without an actor, a row has no idempotency key");
    rows.into_iter().filter(|row| row.stream == user.into()).map(|row| inbox(row.fact)).collect()
}

async fn unread(store: &SqlStore, user: UserId) -> Vec<NotificationId> {
    store.notifications(user, true, None, 100).await.unwrap().into_iter().map(|stored| stored.id).collect()
}

pub async fn a_notification_is_kept_as_it_was_said(backend: &Backend) {
    let store = &backend.store;
    let (anna, ben) = (someone(store, "anna").await.id, someone(store, "ben").await.id);
    let notices = [
        Notice::FriendRequest { user_id: ben },
        Notice::RoleChanged { role: "moderator".to_owned(), group: None },
        Notice::Security { event: SecurityEvent::PasswordReset },
    ];
    let mut ids = Vec::new();
    for (at, notice) in (1..).zip(&notices) {
        ids.push(store.notify(anna, notice, seconds(at)).await.unwrap());
    }
    let stored: Vec<StoredNotification> = store.notifications(anna, false, None, 100).await.unwrap();
    let expected = (1..).zip(ids.iter().zip(&notices)).map(|(at, (id, notice))| StoredNotification {
        id: *id,
        user: anna,
        notice: notice.clone(),
        created_at: seconds(at),
        read_at: None,
    });
    let mut expected: Vec<_> = expected.collect();
    expected.reverse();
    assert_eq!(stored, expected, "the newest first");
    let after: Vec<_> = store.notifications(anna, false, Some(ids[1]), 100).await.unwrap();
    assert_eq!(after, expected[2..]);
    assert_eq!(store.notifications(anna, false, None, 2).await.unwrap(), expected[..2]);
    let created: Vec<_> = ids.iter().map(|id| InboxFact::NotificationCreated { id: *id }).collect();
    assert_eq!(owed(store, anna).await, created);
    assert_eq!(store.notification(anna, ids[0]).await.unwrap().as_ref(), Some(&expected[2]));
    assert_eq!(store.notification(ben, ids[0]).await.unwrap(), None, "another's is not there");
    assert_eq!(store.notifications(ben, false, None, 100).await.unwrap(), []);
}

pub async fn reading_is_told_once(backend: &Backend) {
    let store = &backend.store;
    let (anna, ben) = (someone(store, "anna").await.id, someone(store, "ben").await.id);
    let mut ids = Vec::new();
    for at in 0..4 {
        ids.push(store.notify(anna, &Notice::FriendRequest { user_id: ben }, seconds(at)).await.unwrap());
    }
    assert_eq!(store.count_unread(anna).await.unwrap(), 4);
    assert!(!store.mark_notification_read(ben, ids[1], seconds(5)).await.unwrap(), "it is not Ben's");
    for at in [5, 6] {
        assert!(store.mark_notification_read(anna, ids[1], seconds(at)).await.unwrap());
    }
    let read = store.notification(anna, ids[1]).await.unwrap().unwrap();
    assert_eq!(read.read_at, Some(seconds(5)), "read when it was read first");
    assert_eq!(unread(store, anna).await, [ids[3], ids[2], ids[0]]);
    for at in [7, 8] {
        store.mark_notifications_read(anna, seconds(at)).await.unwrap();
    }
    assert_eq!(store.count_unread(anna).await.unwrap(), 0);
    let facts = owed(store, anna).await;
    let expected = [NotificationRead::one(ids[1]), NotificationRead::all()].map(InboxFact::NotificationRead);
    assert_eq!(facts[4..], expected);
    assert_eq!(store.notifications(anna, false, None, 100).await.unwrap().len(), 4, "what is read stays");
}

pub async fn simultaneous_readings_are_told_once(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    let notice = Notice::Security { event: SecurityEvent::Restored };
    let id = store.notify(anna, &notice, seconds(0)).await.unwrap();
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = if n % 2 == 0 { store.clone() } else { other.clone() };
        racing.spawn(async move { store.mark_notification_read(anna, id, seconds(n)).await.unwrap() });
    }
    assert!(racing.join_all().await.into_iter().all(|found| found));
    assert_eq!(owed(store, anna).await.len(), 2, "made once, read once");
}

pub async fn old_notifications_are_forgotten(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    let notice = Notice::Security { event: SecurityEvent::PasswordReset };
    store.notify(anna, &notice, seconds(0)).await.unwrap();
    let kept = store.notify(anna, &notice, seconds(10)).await.unwrap();
    store.prune_notifications(seconds(10)).await.unwrap();
    assert_eq!(unread(store, anna).await, [kept]);
}
