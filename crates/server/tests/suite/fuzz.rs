//! A fuzzer for frames and bodies: throws mutated ones at the real application for a while, and insists that each gets
//! a documented answer and that the server is unharmed.
//!
//! For ten seconds, or as many as `FUZZ_SECONDS` says; `FUZZ_SEED` repeats a run. A failure prints the input.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use rand::{RngCore, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use studyhall_testkit::{Person, Socket, TestApp, unique};
use tokio_tungstenite::tungstenite::Message;

/// A panic anywhere in the process is a finding, even where somebody catches it.
static PANICKED: AtomicBool = AtomicBool::new(false);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_breaks_the_server() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, seed) = (number("FUZZ_SECONDS").unwrap_or(10), number("FUZZ_SEED").unwrap_or_else(seed));
    println!("fuzzing for {seconds} s with seed {seed}");
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICKED.store(true, Ordering::Relaxed);
        default(info);
    }));

    let mut inputs = Inputs::new(seed);
    let app = TestApp::start().await;
    let (anna, ben) = (app.register("anna").await, app.register("ben").await);
    let conversation = anna.open_direct(&ben).await;
    anna.say(&conversation, "a message to aim at").await;
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut frames, mut bodies) = (0_u64, 0_u64);
    while Instant::now() < until {
        frames += fuzz_socket(&anna, &conversation, &mut inputs).await;
        bodies += fuzz_bodies(&anna, &conversation, &mut inputs).await;
        check(&ben, &conversation).await;
    }
    println!("{frames} frames and {bodies} bodies, nothing broke");
    app.stop().await;
}

fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs()
}

/// Sends mutated frames on one socket until it is closed or has taken fifty.
async fn fuzz_socket(person: &Person, conversation: &str, inputs: &mut Inputs) -> u64 {
    let fresh = inputs.one_in(8);
    let mut socket = if fresh { Socket::open(person.address).await } else { person.connect(json!([])).await.0 };
    for sent in 1..=50 {
        let frame = inputs.frame(conversation, &person.token);
        let message = match String::from_utf8(frame.clone()) {
            Ok(text) => Message::text(text),
            Err(_) => Message::binary(frame.clone()),
        };
        let closed = socket.send_raw(message).await.is_err() || fresh || !alive(&mut socket).await;
        if closed {
            let code = socket.close_code_if_any().await;
            let known = code.is_none_or(|code| matches!(code, 1000 | 4400 | 4401 | 4403 | 4408 | 4413 | 4429));
            assert!(known, "closed with {code:?} after {:?}", String::from_utf8_lossy(&frame));
            return sent;
        }
    }
    50
}

/// Whether a ping is answered; what comes before the pong must be frames that the contract knows.
async fn alive(socket: &mut Socket) -> bool {
    if socket.send_raw(Message::text(r#"{"op":"ping"}"#)).await.is_err() {
        return false;
    }
    while let Some(frame) = socket.next().await {
        match frame["op"].as_str() {
            Some("pong") => return true,
            Some("event" | "ack" | "nack" | "error" | "presence" | "typing" | "heads" | "ready" | "user") => {}
            other => panic!("an unknown frame {other:?}: {frame}"),
        }
    }
    false
}

/// Sends mutated bodies to every kind of call that takes one.
async fn fuzz_bodies(person: &Person, conversation: &str, inputs: &mut Inputs) -> u64 {
    let calls = [
        (Method::POST, "/auth/login".to_owned()),
        (Method::POST, "/auth/register".to_owned()),
        (Method::POST, "/auth/refresh".to_owned()),
        (Method::PATCH, "/users/me".to_owned()),
        (Method::POST, "/auth/password".to_owned()),
        (Method::POST, "/conversations".to_owned()),
        (Method::POST, format!("/conversations/{conversation}/messages")),
        (Method::PATCH, format!("/conversations/{conversation}/messages/1")),
        (Method::PUT, format!("/conversations/{conversation}/read")),
        (Method::PUT, format!("/conversations/{conversation}/notify")),
        (Method::PUT, "/users/me/avatar".to_owned()),
    ];
    let sent = calls.len() as u64;
    for (method, path) in calls {
        let body = inputs.body(conversation, &path);
        let request = person.request(method, &path).header("content-type", "application/json").body(body.clone());
        let answer = Person::send(request).await;
        let input = String::from_utf8_lossy(&body).into_owned();
        assert!(answer.status.as_u16() < 500, "{} for {path} {input}", answer.status);
        assert!(answer.headers.contains_key("x-request-id"), "{path} {input}");
        if answer.status.is_client_error() {
            assert_eq!(answer.headers["content-type"], "application/problem+json", "{path} {input}");
            assert!(answer.json["code"].is_string(), "{path} {input}");
        }
    }
    sent
}

/// The server works, and its state agrees with its log.
async fn check(person: &Person, conversation: &str) {
    assert!(!PANICKED.load(Ordering::Relaxed), "something panicked");
    person.get(&format!("/conversations/{conversation}/messages")).await.expect(200);
    person.get(&format!("/conversations/{conversation}/digest")).await.expect(200);
}

/// Where inputs come from: valid ones, bent.
struct Inputs(StdRng);

impl Inputs {
    fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % end.max(1) as u64).unwrap_or_default()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn frame(&mut self, conversation: &str, token: &str) -> Vec<u8> {
        let valid = [
            json!({ "op": "hello", "token": token, "resume": [{ "stream": conversation, "epoch": 1, "after": 0 }] }),
            json!({ "op": "renew", "token": token }),
            json!({ "op": "send", "conversation_id": conversation, "client_id": unique(), "text": "@anna hi" }),
            json!({ "op": "send", "conversation_id": conversation, "client_id": "1", "text": "x", "reply_to": 1 }),
            json!({ "op": "typing", "conversation_id": conversation }),
            json!({ "op": "read", "conversation_id": conversation, "seq": 1 }),
            json!({ "op": "presence", "state": "away" }),
            json!({ "op": "ping" }),
        ];
        let at = self.below(valid.len());
        self.bend(valid[at].to_string().into_bytes())
    }

    fn body(&mut self, conversation: &str, path: &str) -> Vec<u8> {
        let valid = match path {
            "/auth/login" => json!({ "username": "anna", "password": "wrong horse" }),
            "/auth/register" => json!({ "username": format!("u{}", self.below(1_000_000)), "password": "12345678" }),
            "/auth/refresh" => json!({ "refresh_token": unique() }),
            "/auth/password" => json!({ "current_password": "wrong", "new_password": "123456789" }),
            "/users/me" => json!({ "display_name": "Änna", "bio": "x", "locale": "de", "timezone": "Europe/Berlin" }),
            "/conversations" => json!({ "user_id": conversation }),
            path if path.ends_with("/messages") => json!({ "client_id": unique(), "text": "hi", "reply_to": 1 }),
            path if path.ends_with("/read") => json!({ "seq": 1 }),
            path if path.ends_with("/notify") => json!({ "level": "all" }),
            _ => json!({ "text": "an edit" }),
        };
        self.bend(valid.to_string().into_bytes())
    }

    /// Changes an input in up to four places; one in ten stays valid.
    fn bend(&mut self, mut input: Vec<u8>) -> Vec<u8> {
        if self.one_in(10) {
            return input;
        }
        for _ in 0..=self.below(4) {
            let at = self.below(input.len());
            match self.below(10) {
                0 => input[at] ^= 1 << self.below(8),
                1 => input.truncate(at),
                2 => input.insert(at, self.0.next_u32().to_le_bytes()[0]),
                3 => {
                    input.remove(at);
                }
                4 => {
                    let again = input.clone();
                    input.splice(at..at, again);
                }
                5 => input.splice(at..at, b"[".repeat(300)).for_each(drop),
                _ => {
                    let pieces: [&[u8]; 12] = [
                        b"\\ud800",
                        b"\\u0000",
                        b"null",
                        b"-1",
                        b"1e999",
                        b"9223372036854775808",
                        b"\"\":",
                        b"{\"op\":",
                        "\u{202e}".as_bytes(),
                        "\u{fffd}\u{301}".as_bytes(),
                        b"\xff\xfe",
                        b"true,",
                    ];
                    let piece = pieces[self.below(pieces.len())];
                    input.splice(at..at, piece.iter().copied());
                }
            }
            if input.is_empty() {
                break;
            }
        }
        input
    }
}
