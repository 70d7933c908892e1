//! People on two nodes do at once what only one of them can do, while the nodes hear each other well, late, or not at all:
//! it ends in a state that the rules allow, and nobody who is out writes or hears.

use std::time::Duration;

use serde_json::{Value, json};
use studyhall_testkit::{Answer, Network, Person, Proxy, Socket, unique, variable};

use super::Cluster;
use crate::embedded::{
    groups::{join, make, open_group, place, text},
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

async fn role(group: &str, person: &Person) -> Value {
    person.get(&format!("/groups/{group}")).await.expect(200)["my_role"].clone()
}

/// Nobody's request fails for another reason than the rules.
fn ruled(answer: &Answer) {
    assert!(answer.status.as_u16() < 500, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_rules_hold() {
    let (cluster, proxy) = start().await;
    let (anna, ben) = (&cluster.anna, &cluster.ben);
    let cleo = Person::register(anna.address, "cleo").await;
    let dora = Person::register(ben.address, "dora").await;
    for network in NETWORKS {
        proxy.be(network);

        // Two admins take each other's role away.
        let (id, _) = open_group(anna).await;
        for admin in [ben, &cleo] {
            place(anna, &id, admin, "admin").await;
        }
        let member = |person: &Person| format!("/groups/{id}/members/{}", person.id);
        let (of_anna, of_ben, of_cleo, of_dora) = (member(anna), member(ben), member(&cleo), member(&dora));
        let demotion = json!({ "role": "member" });
        let (one, other) = tokio::join!(cleo.put(&of_ben, demotion.clone()), ben.put(&of_cleo, demotion));
        [&one, &other].into_iter().for_each(ruled);
        let roles = [role(&id, ben).await, role(&id, &cleo).await];
        assert_eq!(role(&id, anna).await, "owner");
        // An admin acts on nobody at or above their own role: neither succeeds.
        assert_eq!(roles, ["admin", "admin"], "{one:?} {other:?}");
        let (demoting, promoting) = tokio::join!(
            anna.put(&of_ben, json!({ "role": "member" })),
            ben.put(&of_dora, json!({ "role": "moderator" }))
        );
        [&demoting, &promoting].into_iter().for_each(ruled);
        assert_eq!(role(&id, ben).await, "member");

        // The owner leaves and hands over at once.
        let (handing, there) = (format!("/groups/{id}/owner"), elsewhere(&cluster, anna));
        let owner = json!({ "user_id": cleo.id });
        let (left, handed) = tokio::join!(anna.delete(&of_anna), there.post(&handing, owner));
        [&left, &handed].into_iter().for_each(ruled);
        assert!(handed.status.is_success(), "{handed:?}");
        assert_eq!(role(&id, &cleo).await, "owner");
        let expected = if left.status.is_success() { Value::Null } else { json!("admin") };
        assert_eq!(role(&id, anna).await, expected);

        // Two take the last use of an invitation.
        let group = make(anna, json!({ "name": "Secret" })).await;
        let id = text(&group["id"]);
        let invite = anna.post(&format!("/groups/{id}/invites"), json!({ "max_uses": 1 })).await.expect(201);
        let path = format!("/invites/{}/accept", text(&invite["code"]));
        let (one, other) = tokio::join!(cleo.post(&path, json!({})), dora.post(&path, json!({})));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404], "{one:?} {other:?}");
        assert_eq!(anna.get(&format!("/groups/{id}")).await.expect(200)["member_count"], 2);

        // A request is accepted and its sender blocked at once, on two of one's devices.
        cleo.post("/friends/requests", json!({ "user_id": ben.id })).await.expect(201);
        let (accept, block) = (format!("/friends/requests/{}/accept", cleo.id), format!("/blocks/{}", cleo.id));
        let there = elsewhere(&cluster, ben);
        let (accepted, blocked) = tokio::join!(ben.post(&accept, json!({})), there.put(&block, json!({})));
        ruled(&accepted);
        assert!(blocked.status.is_success(), "{blocked:?}");
        assert_eq!(cleo.get("/friends").await.expect(200)["items"], json!([]), "who is blocked is no friend");
        assert_eq!(ben.get("/blocks").await.expect(200)["items"].as_array().map(Vec::len), Some(1));
        ben.delete(&block).await.expect(204);

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
