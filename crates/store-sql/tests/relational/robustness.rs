//! Callers that go away, callers that come all at once, and databases that do not answer.

use std::time::Duration;

use futures_util::FutureExt as _;
use studyhall_domain::{
    Error,
    ports::{AccountStore, ConversationStore, Health},
};

use crate::backend::{Backend, new_account, seconds, someone};

pub async fn the_database_answers(backend: &Backend) {
    assert_eq!(backend.store.name(), "database");
    backend.store.check().await.unwrap();
}

pub async fn dropped_callers_leave_no_transaction_open(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    for n in 0..40 {
        let peer = someone(store, &format!("peer{n}")).await.id;
        // Polled once, or for a moment, and dropped: wherever it is then.
        if n % 2 == 0 {
            let _ = store.open_direct(anna, peer, seconds(1)).now_or_never();
        } else {
            let _ =
                tokio::time::timeout(Duration::from_micros(50 * n), store.open_direct(anna, peer, seconds(1))).await;
        }
    }
    let last = someone(store, "last").await.id;
    let (id, made) = store.open_direct(anna, last, seconds(1)).await.unwrap();
    assert!(made);
    assert_eq!(store.members(id).await.unwrap().len(), 2);
    // What was done was done as a whole.
    let memberships = store.memberships(anna).await.unwrap();
    assert_eq!(store.outbox(200).await.unwrap().len(), memberships.len() * 2);
}

pub async fn many_callers_at_once(backend: &Backend) {
    let other = backend.another();
    let anna = someone(&backend.store, "anna").await.id;
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..100 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move {
            let peer = someone(&store, &format!("peer{n}")).await.id;
            store.open_direct(anna, peer, seconds(1)).await.unwrap();
            store.memberships(peer).await.unwrap().len()
        });
    }
    assert_eq!(racing.join_all().await, [1; 100]);
    assert_eq!(backend.store.memberships(anna).await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_database_out_of_reach_is_unavailable() {
    let dir = tempfile::TempDir::new().unwrap();
    let missing = studyhall_store_sql::DatabaseUrl::Sqlite(dir.path().join("no/such/folder.db"));
    let store = studyhall_store_sql::SqlStore::open(&missing).unwrap();
    for result in
        [store.migrate().await, store.check().await, store.register(new_account("a", ""), None).await.map(drop)]
    {
        assert!(matches!(result, Err(Error::Unavailable { dependency: "database", .. })), "{result:?}");
    }
    let nobody = "postgres://nobody@127.0.0.1:1/nothing".parse().unwrap();
    let store = studyhall_store_sql::SqlStore::open(&nobody).unwrap();
    let result = store.check().await;
    assert!(matches!(result, Err(Error::Unavailable { dependency: "database", .. })), "{result:?}");
}
