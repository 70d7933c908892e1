//! Whatever happens in whatever order, with sockets that die and come back: every client ends with the state that the
//! server's digest proves.

use std::sync::Arc;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use studyhall_testkit::{Person, Replica, Socket, unique};

use super::{TestApp, messages::pair};

#[derive(Clone, Debug)]
enum Step {
    Say(bool, String),
    Edit(bool, i64, String),
    Delete(bool, i64),
    React(bool, i64, bool),
    Pin(bool, i64, bool),
    /// The reader's connection is cut, and comes back when this many steps have passed.
    Cut(bool, usize),
    /// The reader takes this many frames.
    Read(bool, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = any::<bool>;
    let seq = || 1..40_i64;
    prop_oneof![
        4 => (who(), "[a-zäß漢😀\"\\\\ ]{1,12}").prop_map(|(who, text)| Step::Say(who, text)),
        2 => (who(), seq(), "[a-z]{1,8}").prop_map(|(who, seq, text)| Step::Edit(who, seq, text)),
        1 => (who(), seq()).prop_map(|(who, seq)| Step::Delete(who, seq)),
        2 => (who(), seq(), any::<bool>()).prop_map(|(who, seq, add)| Step::React(who, seq, add)),
        1 => (who(), seq(), any::<bool>()).prop_map(|(who, seq, pin)| Step::Pin(who, seq, pin)),
        1 => (who(), 0..6_usize).prop_map(|(who, steps)| Step::Cut(who, steps)),
        2 => (who(), 1..5_usize).prop_map(|(who, frames)| Step::Read(who, frames)),
    ]
}

/// One side of the conversation.
struct Side {
    person: Person,
    replica: Replica,
    socket: Option<Socket>,
    away_for: usize,
}

impl Side {
    async fn back(&mut self) {
        if self.socket.is_none() {
            self.socket = Some(self.person.connect(json!([self.replica.resume()])).await.0);
        }
    }

    async fn read_to(&mut self, head: i64) {
        self.back().await;
        let Self { socket: Some(socket), replica, .. } = self else { return };
        while replica.seq < head {
            replica.take(&socket.next().await.expect("a frame"));
        }
    }

    async fn act(&self, id: &str, step: &Step) {
        let path = |seq: &i64, rest: &str| format!("/conversations/{id}/messages/{seq}{rest}");
        let answer = match step {
            Step::Say(_, text) => {
                let body = json!({ "client_id": unique(), "text": text });
                self.person.post(&format!("/conversations/{id}/messages"), body).await
            }
            Step::Edit(_, seq, text) => self.person.patch(&path(seq, ""), json!({ "text": text })).await,
            Step::Delete(_, seq) => self.person.delete(&path(seq, "")).await,
            Step::React(_, seq, true) => self.person.put(&path(seq, "/reactions/%F0%9F%91%8D"), json!({})).await,
            Step::React(_, seq, false) => self.person.delete(&path(seq, "/reactions/%F0%9F%91%8D")).await,
            Step::Pin(_, seq, true) => self.person.put(&path(seq, "/pin"), json!({})).await,
            Step::Pin(_, seq, false) => self.person.delete(&path(seq, "/pin")).await,
            Step::Cut(..) | Step::Read(..) => return,
        };
        assert!(!answer.status.is_server_error(), "{answer:?}");
    }
}

async fn play(app: &TestApp, people: &(Person, Person), steps: Vec<Step>) {
    // A conversation of its own for each round: two people who are new.
    let (anna, ben) = people;
    let id = anna.open_direct(ben).await;
    let head =
        async || anna.get(&format!("/conversations/{id}")).await.expect(200)["head_seq"].as_i64().expect("a head");
    let start = head().await;
    assert_eq!(start, 0);
    let side =
        |person: &Person| Side { person: person.clone(), replica: Replica::new(&id, 1), socket: None, away_for: 0 };
    let mut sides = [side(anna), side(ben)];
    for side in &mut sides {
        side.back().await;
    }
    for step in steps {
        for side in &mut sides {
            match side.away_for {
                0 => side.back().await,
                _ => side.away_for -= 1,
            }
        }
        match step {
            Step::Cut(who, steps) => {
                let side = &mut sides[usize::from(who)];
                if let Some(socket) = side.socket.take() {
                    socket.kill();
                }
                side.away_for = steps;
            }
            Step::Read(who, frames) => {
                let head = head().await;
                let side = &mut sides[usize::from(who)];
                let to = (side.replica.seq + i64::try_from(frames).unwrap_or_default()).min(head);
                side.read_to(to).await;
            }
            Step::Say(who, _)
            | Step::Edit(who, ..)
            | Step::Delete(who, _)
            | Step::React(who, ..)
            | Step::Pin(who, ..) => {
                sides[usize::from(who)].act(&id, &step).await;
            }
        }
    }
    let head = head().await;
    for side in &mut sides {
        side.read_to(head).await;
        let digest = side.person.get(&format!("/conversations/{id}/digest")).await.expect(200);
        assert_eq!(digest, json!({ "at": head, "sha256": side.replica.digest() }));
    }
    let _ = app;
}

#[test]
fn any_interleaving_ends_in_one_state() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let app = Arc::new(runtime.block_on(TestApp::start()));
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let mut round = 0;
    let round = &mut round;
    let round = std::cell::RefCell::new(round);
    runner
        .run(&prop::collection::vec(step(), 1..60), |steps| {
            **round.borrow_mut() += 1;
            let n = **round.borrow();
            runtime.block_on(async {
                let anna = app.register(&format!("anna{n}")).await;
                let ben = app.register(&format!("ben{n}")).await;
                play(&app, &(anna, ben), steps).await;
            });
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_from_many_sockets_at_once_have_one_order() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let mut readers = Vec::new();
    for person in [&anna, &ben] {
        readers.push(person.connect(json!([])).await.0);
    }
    let writers = (0..6).map(|n| {
        let (person, id) = (if n % 2 == 0 { anna.clone() } else { ben.clone() }, id.clone());
        tokio::spawn(async move {
            let (mut socket, _) = person.connect(json!([])).await;
            for m in 0..20 {
                let (client_id, text) = (format!("{n}-{m}"), format!("{n} says {m}"));
                socket
                    .send(&json!({ "op": "send", "conversation_id": id, "client_id": client_id, "text": text }))
                    .await;
            }
            for _ in 0..20 {
                socket.frame("ack").await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let mut digests = Vec::new();
    for mut reader in readers {
        let mut replica = Replica::new(&id, 1);
        while replica.seq < 120 {
            replica.take(&reader.next().await.expect("a frame"));
        }
        digests.push(replica.digest());
    }
    assert_eq!(digests[0], digests[1]);
    let digest = ben.get(&format!("/conversations/{id}/digest")).await.expect(200);
    assert_eq!(digest, json!({ "at": 120, "sha256": digests[0] }));
}
