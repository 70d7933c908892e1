//! People on two nodes do at once what only one of them can do, while the nodes hear each other well, late, or not at all:
//! it ends in a state that the rules allow, and nobody who is out writes or hears.

use std::time::Duration;

use serde_json::{Value, json};
use studyhall_testkit::{Network, Person, Proxy, Socket, unique, variable};

use super::Cluster;
use crate::embedded::{
    groups::{join, open_group},
    races::Crowd,
    removal::events_after,
};

/// How well the nodes hear each other.
const NETWORKS: [Network; 3] = [Network::Good, Network::Slow(Duration::from_millis(100)), Network::Cut];

/// Two nodes that hear each other through the proxy.
async fn start() -> (Cluster, Proxy) {
    let (proxy, url) = Proxy::before(&variable("REDIS_URL")).await;
    (Cluster::among(vec![("REDIS_URL", url)]).await, proxy)
}

/// The same person at the other node.
fn elsewhere(cluster: &Cluster, person: &Person) -> Person {
    let other = cluster.nodes.iter().find(|node| node.address != person.address).expect("two nodes");
    Person { address: other.address, ..person.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_rules_hold() {
    let (cluster, proxy) = start().await;
    let crowd = Crowd {
        anna: [cluster.anna.clone(), elsewhere(&cluster, &cluster.anna)],
        ben: [cluster.ben.clone(), elsewhere(&cluster, &cluster.ben)],
        cleo: Person::register(cluster.anna.address, "cleo").await,
        dora: Person::register(cluster.ben.address, "dora").await,
    };
    for network in NETWORKS {
        proxy.be(network);
        crowd.quarrel().await;
        proxy.be(Network::Good);
        cluster.until_ready().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_out_on_one_node_is_out_on_the_other() {
    let (cluster, proxy) = start().await;
    let anna = &cluster.anna;
    for (round, network) in NETWORKS.into_iter().cycle().take(9).enumerate() {
        proxy.be(Network::Good);
        cluster.until_ready().await;
        let (id, conversation) = open_group(anna).await;
        let carl = Person::register(cluster.ben.address, &format!("carl{round}")).await;
        join(&carl, &id).await;
        let (mut hears, _) = carl.connect(json!([])).await;
        let writes = tokio::spawn(flood(carl.connect(json!([])).await.0, conversation.clone()));
        hears.until("the flood", |frame| frame["op"] == "event" && frame["stream"] == json!(conversation)).await;
        proxy.be(network);
        anna.put(&format!("/groups/{id}/bans/{}", carl.id), json!({})).await.expect(204);
        for _ in 0..5 {
            anna.say(&conversation, "a secret").await;
        }
        let acknowledged = writes.await.expect("the flood");
        let events = events_after(anna, &conversation, 0).await;
        let out = |event: &&Value| event["kind"] == "member.left" && event["data"]["user_id"] == json!(carl.id);
        let left = events.iter().find(out).expect("the ban is told")["seq"].as_i64();
        assert!(acknowledged.iter().all(|seq| Some(*seq) < left), "{acknowledged:?} and left at {left:?}");
        let his = events.iter().filter(|event| event["actor_id"] == json!(carl.id));
        assert!(his.into_iter().all(|event| event["seq"].as_i64() < left));
        // The node hears of it by and by, even where nobody tells it; from then on there is nothing to hear.
        let there = elsewhere(&cluster, anna);
        let body = json!({ "client_id": unique(), "text": "Again" });
        assert_eq!(carl.post(&format!("/conversations/{conversation}/messages"), body).await.status, 404);
        there.say(&conversation, "another secret").await;
        hears.event("conversation.removed").await;
        hears.send(&json!({ "op": "ping" })).await;
        loop {
            let frame = hears.next().await.expect("an open socket");
            if frame["op"] == "pong" {
                break;
            }
            assert!(frame["stream"] != json!(conversation) || frame["seq"].as_i64() <= left, "{frame}");
        }
    }
}

/// Sends until something is refused; gives the seqs of what was not.
async fn flood(mut socket: Socket, conversation: String) -> Vec<i64> {
    let (mut acknowledged, mut open) = (Vec::new(), 0);
    for n in 0.. {
        let text = n.to_string();
        let send = json!({ "op": "send", "conversation_id": conversation, "client_id": text, "text": text });
        socket.send(&send).await;
        open += 1;
        while open > 3 {
            let frame = socket.until("an answer", |frame| frame["op"] == "ack" || frame["op"] == "nack").await;
            open -= 1;
            if frame["op"] == "nack" {
                assert_eq!(frame["problem"]["code"], "not_found");
                return acknowledged;
            }
            acknowledged.push(frame["seq"].as_i64().expect("a seq"));
        }
    }
    acknowledged
}
