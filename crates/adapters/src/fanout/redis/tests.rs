use std::time::Duration;

use studyhall_wire::{Seq, SessionId, StreamId};
use tokio::time::Instant;

use super::*;
use crate::{
    fanout::contract::{self, Heard, event},
    proxy::Proxy,
    redis::testing,
};

struct Node {
    fanout: RedisFanout,
    heard: Arc<Heard>,
}

impl Node {
    fn on(redis: &Redis) -> Self {
        let (fanout, heard) = (RedisFanout::start(redis.clone()), Arc::new(Heard::default()));
        fanout.attach(heard.clone());
        Self { fanout, heard }
    }

    /// Connected, with the stream's subscription in force.
    async fn hearing(redis: &Redis, stream: StreamId) -> Self {
        let node = Self::on(redis);
        node.connected().await;
        node.fanout.interest(stream, true);
        eventually("the stream is heard", || node.heard.follows(stream)).await;
        node
    }

    async fn connected(&self) {
        eventually("it is connected", || self.fanout.shared.is_connected()).await;
    }
}

async fn eventually(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn upto(last: Seq) -> Vec<Seq> {
    (1..=last).collect()
}

#[tokio::test]
async fn keeps_the_contract() {
    let redis = testing::redis();
    contract::holds(|| RedisFanout::start(redis.clone()));
}

#[tokio::test]
#[should_panic(expected = "a hub is attached already")]
async fn takes_one_hub() {
    contract::takes_one_hub(&RedisFanout::start(testing::redis()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_hear_of_the_streams_that_they_want_in_order_and_once() {
    let redis = testing::redis();
    let (stream, other) = (StreamId::new(), StreamId::new());
    let [one, two] = [Node::hearing(&redis, stream).await, Node::hearing(&redis, stream).await];
    for seq in 1..=5_000 {
        one.fanout.publish(event(other, seq));
        one.fanout.publish(event(stream, seq));
    }
    eventually("the other node hears all", || two.heard.seqs(stream).len() == 5_000).await;
    assert_eq!(two.heard.seqs(stream), upto(5_000));
    assert_eq!(two.heard.seqs(other), Vec::<Seq>::new(), "nobody there wants it");
    let session = SessionId::new();
    two.fanout.publish(Live::SessionEnded(session));
    eventually("the first node hears of the session", || one.heard.sessions() == [session]).await;
    assert_eq!(one.heard.seqs(stream), upto(5_000), "what it published itself came once");
    assert_eq!(two.heard.sessions(), [session]);

    two.fanout.interest(stream, false);
    let channel = one.fanout.shared.channel_name(Channel::Stream(stream));
    let listeners = async || {
        let mut count = redis::cmd("PUBSUB");
        count.arg("NUMSUB").arg(&channel);
        let answer: (String, usize) = redis.run(count).await.expect("counted");
        answer.1
    };
    while listeners().await != 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_come_back_and_heads_are_compared() {
    let redis = testing::redis();
    let stream = StreamId::new();
    let proxy = Proxy::to(&testing::address()).await;
    let near = Node::hearing(&redis, stream).await;
    let far = Node::hearing(&testing::redis_through(&redis, &proxy), stream).await;
    for seq in 1..=100 {
        near.fanout.publish(event(stream, seq));
    }
    eventually("the far node hears", || far.heard.seqs(stream) == upto(100)).await;

    eventually("the near node knows the far one", || near.fanout.shared.peers.know(far.fanout.shared.node)).await;
    let before = far.heard.resyncs();
    proxy.cut();
    eventually("the far node notices", || !far.fanout.shared.is_connected()).await;
    assert!(far.fanout.check().await.is_err());
    eventually("it compares heads again and again", || far.heard.resyncs() >= before + 2).await;
    let near_before = near.heard.resyncs();
    eventually("so does the near one, which misses its heartbeat", || near.heard.resyncs() >= near_before + 2).await;
    for seq in 101..=200 {
        near.fanout.publish(event(stream, seq));
        far.fanout.publish(event(stream, 1_000 + seq));
    }
    assert_eq!(far.heard.seqs(stream).len(), 200, "its own chat goes on");

    let before = far.heard.resyncs();
    proxy.heal();
    far.connected().await;
    eventually("heads are compared once it hears again", || far.heard.resyncs() > before).await;
    while far.fanout.check().await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for seq in 201..=300 {
        near.fanout.publish(event(stream, seq));
    }
    eventually("the far node hears what comes now", || far.heard.seqs(stream).ends_with(&[299, 300])).await;
    let lost = far.fanout.shared.lost.load(Ordering::Relaxed);
    assert!(lost >= 100, "{lost} messages are known to be lost");
    eventually("the near node was told", || !near.fanout.shared.peers.any_silent(std::time::Instant::now())).await;
    assert!(near.heard.seqs(stream).iter().all(|seq| *seq <= 300), "what was lost comes from the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_noticed_and_blocks_nobody() {
    let redis = testing::redis();
    let stream = StreamId::new();
    let proxy = Proxy::to(&testing::address()).await;
    let node = Node::hearing(&testing::redis_through(&redis, &proxy), stream).await;
    proxy.silence();
    let begun = Instant::now();
    for seq in 1..=50_000 {
        node.fanout.publish(event(stream, seq));
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "publishing never waits: {:?}", begun.elapsed());
    assert_eq!(node.heard.seqs(stream).len(), 50_000);
    eventually("it is noticed", || !node.fanout.shared.is_connected()).await;
    eventually("what did not fit is known to be lost", || node.fanout.shared.lost.load(Ordering::Relaxed) > 30_000)
        .await;
    proxy.heal();
    node.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_without_redis() {
    let redis = testing::redis();
    let proxy = Proxy::to(&testing::address()).await;
    proxy.cut();
    let node = Node::on(&testing::redis_through(&redis, &proxy));
    let stream = StreamId::new();
    node.fanout.interest(stream, true);
    node.fanout.publish(event(stream, 1));
    assert_eq!(node.heard.seqs(stream), [1]);
    let there = Node::on(&redis);
    there.connected().await;
    proxy.heal();
    node.connected().await;
    there.fanout.publish(event(stream, 2));
    eventually("what was wanted before is heard", || node.heard.seqs(stream) == [1, 2]).await;
}
