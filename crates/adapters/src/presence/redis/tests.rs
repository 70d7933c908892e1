use std::time::Instant;

use super::*;
use crate::{
    fanout::{LocalFanout, contract::Heard},
    presence::contract,
    proxy::Proxy,
    redis::testing,
};

/// One node, and what its hub is told by it.
fn node(redis: &Redis) -> (RedisPresence, Arc<Heard>) {
    let (fanout, heard) = (Arc::new(LocalFanout::new()), Arc::new(Heard::default()));
    fanout.attach(heard.clone());
    (RedisPresence::start(redis.clone(), fanout), heard)
}

async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done().await {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// It has said that it lives.
async fn alive(node: &RedisPresence) {
    eventually("it lives", async || {
        let mut score = redis::cmd("ZSCORE");
        score.arg(node.shared.nodes_key()).arg(&node.shared.node);
        node.shared.redis.run::<Option<f64>>(score).await.is_ok_and(|score| score.is_some())
    })
    .await;
}

async fn is(node: &RedisPresence, user: UserId, state: Presence) -> bool {
    node.of(&[user]).await.expect("answers").get(&user).copied().unwrap_or_default() == state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let (presence, _) = node(&testing::redis());
    alive(&presence).await;
    contract::holds(&presence).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_what_all_nodes_say_together() {
    let redis = testing::redis();
    let ((one, _), (two, _)) = (node(&redis), node(&redis));
    alive(&one).await;
    alive(&two).await;
    let ada = UserId::new();
    assert_eq!(one.set(ada, Presence::Away).await.expect("set"), Some(Presence::Away));
    assert_eq!(two.set(ada, Presence::Online).await.expect("set"), Some(Presence::Online));
    assert_eq!(one.set(ada, Presence::Online).await.expect("set"), None);
    assert!(is(&one, ada, Presence::Online).await && is(&two, ada, Presence::Online).await);
    assert_eq!(one.set(ada, Presence::Away).await.expect("set"), None, "online elsewhere");
    assert_eq!(two.set(ada, Presence::Offline).await.expect("set"), Some(Presence::Away), "still there elsewhere");
    assert!(is(&two, ada, Presence::Away).await);
    assert_eq!(one.set(ada, Presence::Offline).await.expect("set"), Some(Presence::Offline));
    assert!(is(&one, ada, Presence::Offline).await && is(&two, ada, Presence::Offline).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_nodes_users_go_offline_and_it_is_told_once() {
    let redis = testing::redis();
    let ((killed, _), (one, heard_one), (two, heard_two)) = (node(&redis), node(&redis), node(&redis));
    for node in [&killed, &one, &two] {
        alive(node).await;
    }
    let users: Vec<UserId> = (0..1_200).map(|_| UserId::new()).collect();
    for user in &users {
        killed.set(*user, Presence::Online).await.expect("set");
    }
    one.set(users[0], Presence::Away).await.expect("set");
    two.set(users[1], Presence::Online).await.expect("set");
    assert!(is(&one, users[2], Presence::Online).await);
    drop(killed);
    eventually("they are offline", async || is(&one, users[2], Presence::Offline).await).await;
    let told =
        || -> Vec<(UserId, Presence)> { heard_one.presences().into_iter().chain(heard_two.presences()).collect() };
    eventually("it is told", async || told().len() >= users.len() - 1).await;
    let mut told = told();
    told.sort_unstable_by_key(|(user, _)| *user);
    let mut expected: Vec<_> = users.iter().map(|user| (*user, Presence::Offline)).collect();
    expected[0].1 = Presence::Away;
    expected.remove(1);
    assert!(told == expected, "once each, and nothing of who is still online elsewhere");
    assert!(is(&two, users[0], Presence::Away).await && is(&one, users[1], Presence::Online).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_says_again_what_redis_forgot_or_never_heard() {
    let redis = testing::redis();
    let proxy = Proxy::to(&testing::address()).await;
    let ((near, _), (far, far_heard)) = (node(&redis), node(&testing::redis_through(&redis, &proxy)));
    alive(&near).await;
    alive(&far).await;
    let [ada, bob, eve] = [UserId::new(), UserId::new(), UserId::new()];
    far.set(ada, Presence::Online).await.expect("set");
    far.set(eve, Presence::Online).await.expect("set");
    proxy.cut();
    assert_eq!(far.set(bob, Presence::Away).await.expect("set alone"), Some(Presence::Away));
    assert_eq!(far.set(eve, Presence::Offline).await.expect("set alone"), Some(Presence::Offline));
    assert!(is(&far, bob, Presence::Away).await, "what it knows itself");
    assert!(!is(&near, bob, Presence::Away).await);
    proxy.heal();
    eventually("the other node knows", async || {
        is(&near, bob, Presence::Away).await && is(&near, eve, Presence::Offline).await
    })
    .await;
    eventually("it is told", async || far_heard.presences().contains(&(bob, Presence::Away))).await;

    let mut forget = redis::cmd("DEL");
    forget.arg(near.shared.nodes_key()).arg(far.shared.users_key()).arg(far.shared.user_key(ada));
    redis.run::<usize>(forget).await.expect("forgotten");
    eventually("it says so again", async || is(&near, ada, Presence::Online).await).await;
}
