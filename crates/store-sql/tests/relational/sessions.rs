//! Sessions: rotation of refresh tokens, ends, revocations.

use studyhall_domain::ports::{
    Account, AccountStore, EndSessions, NewSession, Revoked, Rotation, SessionStore, Standing, StoredSession,
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{Role, SessionId, UserId};

use crate::backend::{Backend, days, new_session, seconds, someone, token};

/// Someone who signed in with token 1.
async fn signed_in(store: &SqlStore) -> (Account, NewSession) {
    let account = someone(store, "anna").await;
    let session = new_session(account.id, token(1));
    store.create_session(session.clone()).await.unwrap();
    (account, session)
}

fn stored(session: &NewSession, last_used_s: i64) -> StoredSession {
    StoredSession {
        id: session.id,
        user: session.user,
        ip: session.ip.clone(),
        user_agent: session.user_agent.clone(),
        created_at: session.created_at,
        last_used_at: seconds(last_used_s),
    }
}

pub async fn rotation_spends_a_token_once(backend: &Backend) {
    let store = &backend.store;
    let (account, session) = signed_in(store).await;
    let rotated = store.rotate(token(1), token(2), seconds(600)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(stored(&session, 600)));
    let rotated = store.rotate(token(2), token(3), seconds(1_200)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(stored(&session, 1_200)));
    assert_eq!(store.rotate(token(9), token(10), seconds(1_200)).await.unwrap(), Rotation::Unknown);
    assert_eq!(store.sessions(account.id).await.unwrap(), [stored(&session, 1_200)]);
}

pub async fn a_repeat_gives_the_unused_successor(backend: &Backend) {
    let store = &backend.store;
    let (_, session) = signed_in(store).await;
    store.rotate(token(1), token(2), seconds(10)).await.unwrap();
    for at in [10, 25, 40, 5] {
        let repeated = store.rotate(token(1), token(2), seconds(at)).await.unwrap();
        assert_eq!(repeated, Rotation::Repeated(stored(&session, 10)), "{at} s; a clock may step back");
    }
    let rotated = store.rotate(token(2), token(3), seconds(41)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(stored(&session, 41)), "the successor still holds");
}

pub async fn a_used_successor_makes_a_repeat_a_reuse(backend: &Backend) {
    let store = &backend.store;
    let (account, session) = signed_in(store).await;
    store.rotate(token(1), token(2), seconds(10)).await.unwrap();
    store.rotate(token(2), token(3), seconds(11)).await.unwrap();
    assert_eq!(store.rotate(token(1), token(2), seconds(12)).await.unwrap(), Rotation::Reused(session.id));
    assert_eq!(store.sessions(account.id).await.unwrap(), []);
    for (presented, successor) in [(3, 4), (2, 3), (1, 2)] {
        let after = store.rotate(token(presented), token(successor), seconds(13)).await.unwrap();
        assert_eq!(after, Rotation::Unknown, "no token of the family holds");
    }
    let revocations = store.revocations_after(0).await.unwrap();
    assert_eq!(revocations.iter().map(|r| r.what).collect::<Vec<_>>(), [Revoked::Session(session.id)]);
}

pub async fn a_late_repeat_ends_the_session(backend: &Backend) {
    let store = &backend.store;
    let (account, session) = signed_in(store).await;
    store.rotate(token(1), token(2), seconds(10)).await.unwrap();
    assert_eq!(store.rotate(token(1), token(2), seconds(41)).await.unwrap(), Rotation::Reused(session.id));
    assert_eq!(store.sessions(account.id).await.unwrap(), []);
}

pub async fn another_successor_is_never_given(backend: &Backend) {
    let store = &backend.store;
    let (_, session) = signed_in(store).await;
    store.rotate(token(1), token(2), seconds(10)).await.unwrap();
    // The key that successors are made with was changed: this one was never given.
    assert_eq!(store.rotate(token(1), token(7), seconds(11)).await.unwrap(), Rotation::Reused(session.id));
    assert_eq!(store.rotate(token(7), token(8), seconds(12)).await.unwrap(), Rotation::Unknown);
}

pub async fn an_unused_session_is_unknown(backend: &Backend) {
    let store = &backend.store;
    let (account, session) = signed_in(store).await;
    let other = NewSession { token: token(5), ..new_session(account.id, token(5)) };
    store.create_session(other.clone()).await.unwrap();
    let rotated = store.rotate(token(1), token(2), days(30)).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated(stored(&session, 30 * 24 * 60 * 60)));
    assert_eq!(store.rotate(token(5), token(6), days(31)).await.unwrap(), Rotation::Unknown);
}

pub async fn simultaneous_refreshes_share_one_successor(backend: &Backend) {
    let (account, session) = signed_in(&backend.store).await;
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..24 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move { store.rotate(token(1), token(2), seconds(10)).await.unwrap() });
    }
    let results = racing.join_all().await;
    let rotated = Rotation::Rotated(stored(&session, 10));
    let repeated = Rotation::Repeated(stored(&session, 10));
    assert_eq!(results.iter().filter(|result| **result == rotated).count(), 1);
    assert_eq!(results.iter().filter(|result| **result == repeated).count(), 23, "{results:?}");
    assert_eq!(backend.store.sessions(account.id).await.unwrap().len(), 1, "nobody was signed out");

    // Different successors of one token: one is given at most, and the family ends.
    let mut racing = tokio::task::JoinSet::new();
    for n in 10..20 {
        let store = backend.store.clone();
        racing.spawn(async move { store.rotate(token(2), token(n), seconds(20)).await.unwrap() });
    }
    let results = racing.join_all().await;
    assert_eq!(results.iter().filter(|result| matches!(result, Rotation::Rotated(_))).count(), 1);
    assert!(!results.iter().any(|result| matches!(result, Rotation::Repeated(_))));
    assert_eq!(backend.store.sessions(account.id).await.unwrap(), []);
}

pub async fn sessions_are_listed_last_used_first(backend: &Backend) {
    let store = &backend.store;
    let (account, first) = signed_in(store).await;
    let second = NewSession { created_at: seconds(5), ip: None, user_agent: None, ..new_session(account.id, token(2)) };
    store.create_session(second.clone()).await.unwrap();
    assert_eq!(store.sessions(account.id).await.unwrap(), [stored(&second, 5), stored(&first, 0)]);
    store.rotate(token(1), token(3), seconds(60)).await.unwrap();
    assert_eq!(store.sessions(account.id).await.unwrap(), [stored(&first, 60), stored(&second, 5)]);
    assert_eq!(store.sessions(UserId::new()).await.unwrap(), []);
}

pub async fn standing_tells_what_a_request_needs(backend: &Backend) {
    let store = &backend.store;
    let (account, session) = signed_in(store).await;
    let good = Standing { user: account.id, role: Role::User, ended: false, suspended: false };
    assert_eq!(store.standing(session.id).await.unwrap(), Some(good));
    store.set_role(account.id, Role::Moderator).await.unwrap();
    assert_eq!(store.standing(session.id).await.unwrap(), Some(Standing { role: Role::Moderator, ..good }));
    backend.execute("UPDATE accounts SET suspended_at = created_at").await;
    let suspended = Standing { role: Role::Moderator, suspended: true, ..good };
    assert_eq!(store.standing(session.id).await.unwrap(), Some(suspended));
    store.end_sessions(account.id, EndSessions::All, seconds(1)).await.unwrap();
    assert_eq!(store.standing(session.id).await.unwrap(), Some(Standing { ended: true, ..suspended }));
    assert_eq!(store.standing(SessionId::new()).await.unwrap(), None);
}

pub async fn ended_sessions_are_revoked_in_order(backend: &Backend) {
    let store = &backend.store;
    let (anna, first) = signed_in(store).await;
    let bert = someone(store, "bert").await;
    let mut ids = vec![first.id];
    for n in 2..5 {
        let session = new_session(anna.id, token(n));
        ids.push(session.id);
        store.create_session(session).await.unwrap();
    }
    assert_eq!(store.last_revocation().await.unwrap(), 0);
    let end = |user, which| store.end_sessions(user, which, seconds(1));
    assert_eq!(end(bert.id, EndSessions::One(ids[0])).await.unwrap(), [], "it is not Bert's");
    assert_eq!(end(anna.id, EndSessions::One(ids[0])).await.unwrap(), [ids[0]]);
    assert_eq!(end(anna.id, EndSessions::One(ids[0])).await.unwrap(), [], "it ended before");
    assert_eq!(end(anna.id, EndSessions::AllBut(ids[1])).await.unwrap(), ids[2..]);
    assert_eq!(end(anna.id, EndSessions::All).await.unwrap(), [ids[1]]);
    let revocations = store.revocations_after(0).await.unwrap();
    assert_eq!(revocations.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let expected = [ids[0], ids[2], ids[3], ids[1]].map(Revoked::Session);
    assert_eq!(revocations.iter().map(|r| r.what).collect::<Vec<_>>(), expected);
    assert_eq!(store.revocations_after(3).await.unwrap(), revocations[3..]);
    assert_eq!(store.last_revocation().await.unwrap(), 4);
}

pub async fn simultaneous_revocations_have_no_holes(backend: &Backend) {
    let other = backend.another();
    let anna = someone(&backend.store, "anna").await;
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move { store.set_role(anna.id, Role::Guest).await.unwrap() });
    }
    // Whoever reads meanwhile never sees a number before a smaller one.
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let after = seen.last().copied().unwrap_or(0);
        seen.extend(backend.store.revocations_after(after).await.unwrap().into_iter().map(|r| r.number));
    }
    racing.join_all().await;
    assert_eq!(seen, (1..=20).collect::<Vec<i64>>());
}

pub async fn pruning_forgets_what_is_old(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await;
    let now = studyhall_domain::now();
    let ago = |days: i64| studyhall_wire::Timestamp::from_millis(now.as_millis() - days * 24 * 60 * 60 * 1_000);
    let at = |n: u8, days: i64| NewSession { created_at: ago(days), ..new_session(anna.id, token(n)) };
    let (unused, ended, old, fresh) = (at(1, 40), at(2, 3), at(3, 100), at(4, 1));
    for session in [&unused, &ended, &old, &fresh] {
        store.create_session(session.clone()).await.unwrap();
    }
    store.end_sessions(anna.id, EndSessions::One(ended.id), ago(2)).await.unwrap();
    // Signed in 100 days ago and used ever since.
    backend
        .execute(
            "UPDATE sessions SET last_used_at = (SELECT max(last_used_at) FROM sessions) WHERE ended_at IS NULL \
        AND created_at = (SELECT min(created_at) FROM sessions)",
        )
        .await;
    store.rotate(token(4), token(5), ago(1)).await.unwrap();
    store.rotate(token(5), token(6), now).await.unwrap();

    store.prune_sessions(ago(1)).await.unwrap();
    let left = store.sessions(anna.id).await.unwrap();
    let summary: Vec<_> = left.iter().map(|s| (s.id, s.ip.is_some(), s.user_agent.is_some())).collect();
    assert_eq!(summary, [(fresh.id, true, true), (old.id, false, false)]);
    assert_eq!(store.standing(ended.id).await.unwrap(), None);
    assert_eq!(store.last_revocation().await.unwrap(), 1, "a number is not given again");
    assert!(matches!(store.rotate(token(6), token(7), now).await.unwrap(), Rotation::Rotated(_)));
    store.prune_sessions(studyhall_wire::Timestamp::from_millis(now.as_millis() + 1)).await.unwrap();
    assert_eq!(store.rotate(token(4), token(5), now).await.unwrap(), Rotation::Unknown, "spent tokens are forgotten");
    assert_eq!(store.sessions(anna.id).await.unwrap().len(), 2, "a session in use stays");
}
