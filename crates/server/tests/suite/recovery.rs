//! Coming back: what was missed comes once and in order, or the client is told that it does not come.

use serde_json::{Value, json};
use studyhall_testkit::Replica;

use super::{TestApp, messages::pair};

fn stream<'a>(ready: &'a Value, id: &str) -> &'a Value {
    ready["streams"].as_array().expect("streams").iter().find(|s| s["stream"] == id).expect("the stream")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_stream_misses_nothing_and_repeats_nothing() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut socket, ready) = ben.connect(json!([])).await;
    let mut replica = Replica::new(&id, stream(&ready, &id)["epoch"].as_i64().expect("an epoch"));
    for n in 0..5 {
        anna.say(&id, &format!("before {n}")).await;
    }
    while replica.seq < 5 {
        replica.take(&socket.next().await.expect("a frame"));
    }
    socket.kill();
    for n in 0..300 {
        anna.say(&id, &format!("meanwhile {n}")).await;
    }
    let (mut socket, ready) = ben.connect(json!([replica.resume()])).await;
    let state = stream(&ready, &id);
    assert_eq!((state["recovered"].as_bool(), state["head"].as_i64()), (Some(true), Some(305)));
    anna.say(&id, "live again").await;
    while replica.seq < 306 {
        replica.take(&socket.next().await.expect("a frame"));
    }
    let digest = ben.get(&format!("/conversations/{id}/digest")).await.expect(200);
    assert_eq!(digest["sha256"], replica.digest());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_replayed_is_not_pretended() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    for n in 0..1_002 {
        anna.say(&id, &format!("{n}")).await;
    }
    let recovered = async |after: i64, epoch: i64| {
        let resume = json!([{ "stream": id, "epoch": epoch, "after": after }]);
        let (socket, ready) = ben.connect(resume).await;
        socket.kill();
        stream(&ready, &id)["recovered"] == true
    };
    assert!(!recovered(0, 1).await, "1,002 missed events are too many");
    assert!(recovered(2, 1).await, "1,000 are not");
    assert!(!recovered(1_003, 1).await, "beyond the head");
    assert!(!recovered(1_000, 2).await, "another epoch");
    assert!(recovered(1_002, 1).await, "nothing missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing() {
    let mut app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut socket, ready) = ben.connect(json!([])).await;
    let mut replica = Replica::new(&id, stream(&ready, &id)["epoch"].as_i64().expect("an epoch"));
    anna.say(&id, "before").await;
    replica.take(&socket.event("message.created").await);
    app.restart().await;
    let (anna, ben) = (app.again(&anna), app.again(&ben));
    anna.say(&id, "after").await;
    let (mut socket, ready) = ben.connect(json!([replica.resume()])).await;
    assert_eq!(stream(&ready, &id)["recovered"], true);
    replica.take(&socket.event("message.created").await);
    assert_eq!(replica.texts(), ["before", "after"]);
    let digest = ben.get(&format!("/conversations/{id}/digest")).await.expect(200);
    assert_eq!(digest["sha256"], replica.digest());
}
