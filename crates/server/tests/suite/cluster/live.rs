//! What one node does is seen on the other at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use studyhall_testkit::{Person, eventually};

use super::Cluster;

/// The same person at the other node, on a device of their own.
async fn second_device(cluster: &Cluster, person: &Person) -> Person {
    let other = cluster.nodes.iter().find(|node| node.address != person.address).expect("two nodes");
    Person { address: other.address, ..person.clone() }.sign_in().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_ends_on_every_node_within_a_second() {
    let cluster = Cluster::start().await;
    let device = second_device(&cluster, &cluster.anna).await;
    let (mut socket, ready) = device.connect(json!([])).await;
    let session = ready["session_id"].as_str().expect("an id");
    cluster.anna.delete(&format!("/auth/sessions/{session}")).await.expect(204);
    let ended = Instant::now();
    assert_eq!(socket.close_code().await, 4403);
    eventually("its token is of no use", async || device.get("/users/me").await.status == 401).await;
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_on_one_node_is_told_on_the_other_once() {
    let cluster = Cluster::start().await;
    let (anna, ben, id) = (&cluster.anna, &cluster.ben, &cluster.conversation);
    let (here, there) = (ben, second_device(&cluster, ben).await);
    let (mut one, _) = here.connect(json!([])).await;
    let (mut other, _) = there.connect(json!([])).await;
    let read = format!("/conversations/{id}/read");
    for _ in 0..5 {
        let seq = anna.say(id, "news").await["seq"].clone();
        // Both devices say so at once.
        let (a, b) = tokio::join!(here.put(&read, json!({ "seq": seq })), there.put(&read, json!({ "seq": seq })));
        assert!(a.status.is_success() && b.status.is_success(), "{a:?} {b:?}");
        for socket in [&mut one, &mut other] {
            let told = socket.event("read.advanced").await;
            assert_eq!((&told["data"]["conversation_id"], &told["data"]["seq"]), (&json!(id), &seq));
        }
    }
    for node in [here, &there] {
        eventually("nothing is unread", async || {
            node.get(&format!("/conversations/{id}")).await.expect(200)["unread"] == 0
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_presence_cross_nodes() {
    let cluster = Cluster::start().await;
    let (anna, ben, id) = (&cluster.anna, &cluster.ben, &cluster.conversation);
    let (mut a, _) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    let online = a.until("Ben's coming", |frame| frame["op"] == "presence" && frame["user_id"] == json!(ben.id)).await;
    assert_eq!(online["state"], "online");
    b.send(&json!({ "op": "typing", "conversation_id": id })).await;
    assert_eq!(a.frame("typing").await["user_id"], json!(ben.id));
    let seen = |user: &Value| user["peer"]["presence"].clone();
    assert_eq!(seen(&anna.get(&format!("/conversations/{id}")).await.expect(200)), "online");
    b.close().await;
    let gone = a.until("Ben's going", |frame| frame["op"] == "presence" && frame["user_id"] == json!(ben.id)).await;
    assert_eq!(gone["state"], "offline");
}
