//! `kill -9` under load, again and again: what was acknowledged is there once, seq has no hole, and the start repairs
//! the rest by itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use studyhall_testkit::{Person, Replica, Socket};

use crate::process::Process;

const ROUNDS: usize = 5;
const WRITERS: usize = 4;

/// What the writers were told: `client_id` → seq.
type Acknowledged = Arc<Mutex<HashMap<String, i64>>>;

/// Sends sixteen, waits for their acknowledgements, and again, until the connection dies.
async fn write(mut socket: Socket, conversation: String, prefix: String, acknowledged: Acknowledged) {
    for burst in 0.. {
        for n in 0..16 {
            let text = format!("{prefix} {}", burst * 16 + n);
            let frame = json!({ "op": "send", "conversation_id": conversation, "client_id": text, "text": text });
            if socket.send_raw(frame.to_string().into()).await.is_err() {
                return;
            }
        }
        for _ in 0..16 {
            let Some(frame) = socket.ack().await else { return };
            let (client_id, seq) = (frame["client_id"].as_str(), frame["seq"].as_i64());
            let (client_id, seq) = (client_id.expect("an id").to_owned(), seq.expect("a seq"));
            acknowledged.lock().expect("no panic").insert(client_id, seq);
        }
    }
}

/// Every event of the conversation, checked to be without holes.
async fn read_all(person: &Person, conversation: &str) -> (Replica, Vec<Value>) {
    let (mut replica, mut events) = (Replica::new(conversation, 1), Vec::new());
    loop {
        let path = format!("/conversations/{conversation}/events?after={}&limit=200", replica.seq);
        let page = person.get(&path).await.expect(200);
        for event in page["items"].as_array().expect("items") {
            replica.apply(event);
            events.push(event.clone());
        }
        if replica.seq == page["head"].as_i64().expect("a head") {
            return (replica, events);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut process = Process::start(dir.path(), &[]);
    let anna = Person::register(process.address, "anna").await;
    let ben = Person::register(process.address, "ben").await;
    let conversation = anna.open_direct(&ben).await;
    let acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        let here = |person: &Person| Person { address: process.address, ..person.clone() };
        let mut writers = Vec::new();
        for n in 0..WRITERS {
            let person = here(if n % 2 == 0 { &anna } else { &ben });
            let (socket, _) = person.connect(json!([])).await;
            let (id, acknowledged) = (conversation.clone(), acknowledged.clone());
            writers.push(tokio::spawn(write(socket, id, format!("{round}.{n}"), acknowledged)));
        }
        let enough = (round + 1) * 200;
        studyhall_testkit::eventually("enough is under way", async || {
            acknowledged.lock().expect("no panic").len() >= enough
        })
        .await;
        process.kill();
        for writer in writers {
            writer.await.expect("a writer");
        }
        process = Process::start(dir.path(), &[]);
        let anna = Person { address: process.address, ..anna.clone() };
        let (replica, events) = read_all(&anna, &conversation).await;
        let mut stored = HashMap::new();
        for event in events {
            let client_id = event["data"]["client_id"].as_str().expect("an id").to_owned();
            let seq = event["seq"].as_i64().expect("a seq");
            assert_eq!(stored.insert(client_id, seq), None, "stored twice");
        }
        for (client_id, seq) in acknowledged.lock().expect("no panic").iter() {
            assert_eq!(stored.get(client_id), Some(seq), "{client_id} was acknowledged");
        }
        let digest = anna.get(&format!("/conversations/{conversation}/digest")).await.expect(200);
        assert_eq!(digest, json!({ "at": replica.seq, "sha256": replica.digest() }));
        // A repeat of what was under way is answered with what is there, or stored now: never twice.
        let retry = json!({ "client_id": format!("{round}.0 0"), "text": format!("{round}.0 0") });
        let answer = anna.post(&format!("/conversations/{conversation}/messages"), retry).await;
        assert_eq!(answer.status.as_u16(), 200);
    }
    process.kill();
}
