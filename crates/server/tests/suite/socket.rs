//! The socket in good order: hello, ready, events, presence, typing, sessions that end.

use serde_json::json;
use studyhall_testkit::{Person, Socket, unique};

use super::{
    TestApp,
    groups::{join, open_group},
    messages::pair,
};

fn send(conversation: &str, client_id: &str, text: &str) -> serde_json::Value {
    json!({ "op": "send", "conversation_id": conversation, "client_id": client_id, "text": text })
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_names_every_stream_and_a_send_is_seen_on_both_sides() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut a, ready) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    assert_eq!(ready["user"]["username"], "anna");
    assert_eq!(ready["heartbeat_s"], 25);
    let streams = ready["streams"].as_array().expect("streams");
    assert_eq!(streams.len(), 2);
    assert!(streams.iter().any(|stream| stream["stream"] == id.as_str() && stream["head"] == 0));
    assert!(streams.iter().any(|stream| stream["stream"] == anna.id.as_str() && stream["head"] == 1));

    a.send(&send(&id, "c1", "Hello, Ben")).await;
    let ack = a.frame("ack").await;
    assert_eq!((ack["client_id"].as_str(), ack["seq"].as_i64()), (Some("c1"), Some(1)));
    let event = b.event("message.created").await;
    assert_eq!(event["stream"], id.as_str());
    assert_eq!(event["seq"], 1);
    assert_eq!(event["actor_id"], anna.id.as_str());
    assert_eq!(event["data"]["text"], "Hello, Ben");
    assert_eq!(event["data"]["client_id"], "c1");
    a.send(&send(&id, "c1", "Hello, Ben")).await;
    assert_eq!(a.frame("ack").await["seq"], 1);
    a.send(&send(&id, "c1", "Another text")).await;
    let nack = a.frame("nack").await;
    assert_eq!((nack["client_id"].as_str(), nack["problem"]["code"].as_str()), (Some("c1"), Some("client_id_reused")));
    a.send(&send(&unique(), "c2", "Anybody there?")).await;
    assert_eq!(a.frame("nack").await["problem"]["code"], "not_found");
    a.send(&send(&id, "c3", "a\u{0}b")).await;
    assert_eq!(a.frame("nack").await["problem"]["status"], 422);
    a.send(&json!({ "op": "ping" })).await;
    a.frame("pong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sends_of_one_socket_keep_their_order() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut a, _) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    for n in 0..100 {
        a.send(&send(&id, &format!("c{n}"), &format!("{n}"))).await;
    }
    for n in 0..100 {
        let event = b.event("message.created").await;
        assert_eq!((event["seq"].as_i64(), event["data"]["text"].as_str()), (Some(n + 1), Some(&*n.to_string())));
    }
}

/// Who writes much and reads nothing has nothing unread, and a cursor that follows when the list is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_passes_its_users_own_messages_but_nobody_elses() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut a, _) = anna.connect(json!([])).await;
    for n in 0..100 {
        a.send(&send(&id, &format!("c{n}"), "One more thing")).await;
    }
    a.until("the last ack", |frame| frame["op"] == "ack" && frame["seq"] == 100).await;
    let counts = async |person: &Person| {
        let list = person.get("/conversations").await.expect(200);
        (list["items"][0]["read_seq"].clone(), list["items"][0]["unread"].clone())
    };
    assert_eq!(counts(&ben).await, (json!(0), json!(100)));
    assert_eq!(counts(&anna).await, (json!(0), json!(0)));
    let advanced = a.event("read.advanced").await;
    assert_eq!((&advanced["data"]["conversation_id"], &advanced["data"]["seq"]), (&json!(id), &json!(100)));
    ben.say(&id, "Slowly").await;
    assert_eq!(counts(&anna).await, (json!(100), json!(1)));
    assert_eq!(counts(&ben).await, (json!(0), json!(100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_one_enters_is_heard_at_once() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let ben = app.register("ben").await;
    let (mut b, _) = ben.connect(json!([])).await;
    let id = anna.open_direct(&ben).await;
    anna.say(&id, "Surprise").await;
    let added = b.event("conversation.added").await;
    assert_eq!(added["stream"], ben.id.as_str());
    assert_eq!(added["data"]["id"], id.as_str());
    assert_eq!(added["data"]["peer"]["username"], "anna");
    let created = b.event("message.created").await;
    assert_eq!((created["seq"].as_i64(), created["data"]["text"].as_str()), (Some(1), Some("Surprise")));
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_on_one_device_is_told_to_the_other() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    anna.say(&id, "one").await;
    let (mut phone, _) = ben.connect(json!([])).await;
    let (mut desk, _) = ben.sign_in().await.connect(json!([])).await;
    phone.send(&json!({ "op": "read", "conversation_id": id, "seq": 1 })).await;
    let read = desk.event("read.advanced").await;
    assert_eq!(read["stream"], ben.id.as_str());
    assert_eq!(read["data"], json!({ "conversation_id": id, "seq": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_presence_reach_who_shares_a_conversation() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut a, _) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    let online = a.frame("presence").await;
    assert_eq!((online["user_id"].as_str(), online["state"].as_str()), (Some(&*ben.id), Some("online")));
    b.send(&json!({ "op": "typing", "conversation_id": id })).await;
    let typing = a.frame("typing").await;
    assert_eq!(typing, json!({ "op": "typing", "conversation_id": id, "user_id": ben.id }));
    b.send(&json!({ "op": "presence", "state": "away" })).await;
    assert_eq!(a.frame("presence").await["state"], "away");
    let peer = anna.get(&format!("/conversations/{id}")).await.expect(200)["peer"].clone();
    assert_eq!(peer["presence"], "away");
    let stranger = app.register("cleo").await;
    assert_eq!(stranger.get(&format!("/users/{}", ben.id)).await.expect(200)["presence"], "offline");
    b.close().await;
    assert_eq!(a.frame("presence").await["state"], "offline");
    ben.patch("/users/me", json!({ "display_name": "Ben B." })).await.expect(200);
    assert_eq!(a.frame("user").await["user"]["display_name"], "Ben B.");
}

/// One frame to each of thousands, for every few letters that somebody types, is more than the messages themselves.
#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_in_conversations_of_up_to_a_hundred() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (group, id) = open_group(&anna).await;
    let mut members = Vec::new();
    for number in 1..100 {
        let member = app.register(&format!("member{number}")).await;
        join(&member, &group).await;
        members.push(member);
    }
    // Whether a typing frame comes before the message that is sent after it.
    let is_told = async || {
        let (mut a, _) = anna.connect(json!([])).await;
        let (mut b, _) = members[0].connect(json!([])).await;
        b.send(&json!({ "op": "typing", "conversation_id": id })).await;
        b.send(&send(&id, &unique(), "What one typed")).await;
        let first = a.until("either", |frame| frame["op"] == "typing" || frame["kind"] == "message.created").await;
        first["op"] == "typing"
    };
    assert!(is_told().await);
    join(&app.register("one.too.many").await, &group).await;
    assert!(!is_told().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_loses_its_sockets_and_no_other() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let second = anna.sign_in().await;
    let (mut first_socket, ready) = anna.connect(json!([])).await;
    let (mut second_socket, _) = second.connect(json!([])).await;
    let session = ready["session_id"].as_str().expect("a session").to_owned();
    second.delete(&format!("/auth/sessions/{session}")).await.expect(204);
    assert_eq!(first_socket.close_code().await, 4403);
    second_socket.send(&json!({ "op": "ping" })).await;
    second_socket.frame("pong").await;
    assert_eq!(hello(&anna, &anna.token).await, 4403);
    second.post("/auth/logout", json!({})).await.expect(204);
    assert_eq!(second_socket.close_code().await, 4403);
}

#[tokio::test(flavor = "multi_thread")]
async fn renew_takes_a_token_of_the_same_session_only() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (mut socket, _) = anna.connect(json!([])).await;
    let session = anna.post("/auth/refresh", json!({ "refresh_token": anna.refresh_token })).await.expect(200);
    socket.send(&json!({ "op": "renew", "token": session["access_token"] })).await;
    socket.send(&json!({ "op": "ping" })).await;
    assert_eq!(socket.next().await, Some(json!({ "op": "pong" })));
    let other = anna.sign_in().await;
    socket.send(&json!({ "op": "renew", "token": other.token })).await;
    assert_eq!(socket.close_code().await, 4401);
    assert_eq!(hello(&anna, "no.such.token").await, 4401);
}

/// The code with which a hello with this token is closed.
async fn hello(person: &Person, token: &str) -> u16 {
    let mut socket = Socket::open(person.address).await;
    socket.send(&json!({ "op": "hello", "token": token })).await;
    socket.close_code().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let (mut socket, _) = anna.connect(json!([])).await;
    app.stop().await;
    assert_eq!(socket.close_code().await, 1001);
}
