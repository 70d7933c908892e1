//! Clients that do not keep to the protocol: each gets its close code, and the server goes on.

use serde_json::json;
use studyhall_testkit::{Socket, eventually, unique};
use tokio_tungstenite::tungstenite::Message;

use super::{TestApp, messages::pair};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_frame_closes_with_its_code() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bad = [
        ("not JSON", Message::text("{"), 4400),
        ("no op", Message::text("{}"), 4400),
        ("an array", Message::text("[]"), 4400),
        ("deep nesting", Message::text(deep), 4400),
        ("a lone surrogate", Message::text(r#"{"op":"ping","x":"\ud800"}"#), 4400),
        ("binary", Message::binary(vec![1, 2, 3]), 4400),
        ("a second hello", Message::text(json!({ "op": "hello", "token": anna.token }).to_string()), 4400),
        ("too large", Message::text("x".repeat(64 * 1024 + 1)), 4413),
        ("much too large", Message::text("x".repeat(4 * 1024 * 1024)), 4413),
    ];
    for (what, message, code) in bad {
        let (mut socket, _) = anna.connect(json!([])).await;
        // A server that closes early may refuse the rest.
        let _ = socket.send_raw(message).await;
        assert_eq!(socket.close_code().await, code, "{what}");
    }
    let first = [
        ("another first frame", Message::text(r#"{"op":"ping"}"#), 4400),
        ("a hello without a token", Message::text(r#"{"op":"hello"}"#), 4400),
        ("a hello with a number", Message::text(r#"{"op":"hello","token":7}"#), 4400),
        ("an unknown op first", Message::text(r#"{"op":"dance"}"#), 4400),
    ];
    for (what, message, code) in first {
        let mut socket = Socket::open(app.address).await;
        socket.send_raw(message).await.expect("an open socket");
        assert_eq!(socket.close_code().await, code, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_answered_is_answered_and_the_socket_stays() {
    let app = TestApp::start().await;
    let (anna, _, id) = pair(&app).await;
    let (mut socket, _) = anna.connect(json!([])).await;
    socket.send(&json!({ "op": "dance" })).await;
    assert_eq!(socket.frame("error").await["problem"]["code"], "unknown_op");
    socket.send(&json!({ "op": "send", "client_id": "c", "conversation_id": id, "text": 5 })).await;
    let nack = socket.frame("nack").await;
    assert_eq!((nack["client_id"].as_str(), nack["problem"]["status"].as_i64()), (Some("c"), Some(400)));
    socket.send(&json!({ "op": "read", "conversation_id": id, "seq": "all" })).await;
    assert_eq!(socket.frame("error").await["problem"]["code"], "malformed");
    socket.send(&json!({ "op": "read", "conversation_id": unique(), "seq": 1 })).await;
    assert_eq!(socket.frame("error").await["problem"]["code"], "not_found");
    socket.send(&json!({ "op": "ping" })).await;
    socket.frame("pong").await;
    assert_eq!(anna.get(&format!("/conversations/{id}")).await.expect(200)["head_seq"], 0, "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_frames_is_cut_off() {
    let app = TestApp::with([]).await;
    let anna = app.register("anna").await;
    let (mut socket, _) = anna.connect(json!([])).await;
    for _ in 0..10_000 {
        if socket.send_raw(Message::text(r#"{"op":"ping"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(socket.close_code().await, 4429);
    anna.connect(json!([])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_closed_and_comes_back_to_everything() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let (mut slow, _) = ben.connect(json!([])).await;
    let text = "x".repeat(8_000);
    // More than the kernel's buffers and the queue together can hold, in less than a replay gives.
    let (mut sender, _) = anna.connect(json!([])).await;
    let sent = 999;
    for n in 0..sent {
        let client_id = format!("c{n}");
        sender.send(&json!({ "op": "send", "conversation_id": id, "client_id": client_id, "text": text })).await;
        sender.ack().await.expect("an acknowledgement");
    }
    // Reading at last, one finds the close behind what was under way, or all of it, if the buffers held it.
    let mut last = 0;
    while let Some(frame) = slow.next().await {
        if frame["kind"] == "message.created" {
            last = frame["seq"].as_i64().expect("a seq");
        }
        if last == sent {
            break;
        }
    }
    let (mut back, _) = ben.connect(json!([{ "stream": id, "epoch": 1, "after": last }])).await;
    while last < sent {
        let frame = back.event("message.created").await;
        assert_eq!(frame["seq"], last + 1);
        last += 1;
    }
    eventually("the server is well", async || ben.get("/users/me").await.status.is_success()).await;
}
