//! What a node remembers of sessions: it spares queries, and it is not trusted for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::common::{Node, code};
use async_trait::async_trait;
use studyhall_domain::{
    Error, Result,
    ports::{EndSessions, NewSession, Revocation, Rotation, SessionStore, Standing, StoredSession, TokenHash},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{SessionId, Timestamp, UserId};

/// The real store behind a switch and a counter.
struct Gate {
    store: SqlStore,
    shut: AtomicBool,
    asked: AtomicUsize,
}

impl Gate {
    fn open(&self) -> Result<&SqlStore> {
        self.asked.fetch_add(1, SeqCst);
        if self.shut.load(SeqCst) { Err(Error::unavailable("database", "shut")) } else { Ok(&self.store) }
    }
}

#[async_trait]
impl SessionStore for Gate {
    async fn create_session(&self, session: NewSession) -> Result<()> {
        self.open()?.create_session(session).await
    }

    async fn rotate(&self, presented: TokenHash, successor: TokenHash, now: Timestamp) -> Result<Rotation> {
        self.open()?.rotate(presented, successor, now).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>> {
        self.open()?.sessions(user).await
    }

    async fn standing(&self, session: SessionId) -> Result<Option<Standing>> {
        self.open()?.standing(session).await
    }

    async fn end_sessions(&self, user: UserId, which: EndSessions, now: Timestamp) -> Result<Vec<SessionId>> {
        self.open()?.end_sessions(user, which, now).await
    }

    async fn revocations_after(&self, number: i64) -> Result<Vec<Revocation>> {
        self.open()?.revocations_after(number).await
    }

    async fn last_revocation(&self) -> Result<i64> {
        self.open()?.last_revocation().await
    }

    async fn prune_sessions(&self, before: Timestamp) -> Result<()> {
        self.open()?.prune_sessions(before).await
    }
}

async fn behind_a_gate() -> (Node, Arc<Gate>) {
    let node = Node::start().await;
    let gate = Arc::new(Gate { store: node.store.clone(), shut: AtomicBool::new(false), asked: AtomicUsize::new(0) });
    (node.beside_with(gate.clone()), gate)
}

#[tokio::test]
async fn a_remembered_session_costs_no_query() {
    let (node, gate) = behind_a_gate().await;
    let session = node.register("ada").await;
    node.actor(&session).await;
    let asked = gate.asked.load(SeqCst);
    for _ in 0..100 {
        node.actor(&session).await;
        node.sessions.authenticate_media(&session.media_token).await.unwrap();
        node.sessions.verify_socket(&session.access_token).await.unwrap();
    }
    assert_eq!(gate.asked.load(SeqCst), asked);
}

#[tokio::test]
async fn a_node_that_hears_nothing_for_a_minute_trusts_nothing() {
    let (node, gate) = behind_a_gate().await;
    let [known, unknown] = [node.register("ada").await, node.register("bob").await];
    node.actor(&known).await;
    let following = tokio::spawn({
        let (sessions, heard) = (node.sessions.clone(), node.heard.clone());
        async move { sessions.follow_revocations(heard).await }
    });
    crate::common::within_a_second(async || gate.asked.load(SeqCst) > 1).await;
    node.actor(&known).await;
    gate.shut.store(true, SeqCst);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(55)).await;
    assert_eq!(code(node.sessions.authenticate(&known.access_token).await), "ok", "remembered");
    assert_eq!(code(node.sessions.authenticate(&unknown.access_token).await), "unavailable", "not a sign-out");
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(code(node.sessions.authenticate(&known.access_token).await), "unavailable");
    tokio::time::resume();

    node.store.end_sessions(known.user.id, EndSessions::All, studyhall_domain::now()).await.unwrap();
    gate.shut.store(false, SeqCst);
    crate::common::within_a_second(async || node.sessions.authenticate(&unknown.access_token).await.is_ok()).await;
    assert_eq!(code(node.sessions.authenticate(&known.access_token).await), "session_ended", "ended meanwhile");
    assert_eq!(node.heard.ended(), [known.session]);
    following.abort();
}
