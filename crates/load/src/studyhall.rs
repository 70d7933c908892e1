//! Studyhall as a load client sees it: its public interface, and nothing else.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use studyhall_wire::{ClientFrame, ConversationId};
use uuid::Uuid;

use crate::{http::Client, process::Server, seed::Seeded, swarm::Swarm};

/// The socket's path and subprotocol.
pub const SOCKET: &str = "/api/v1/ws";
pub const PROTOCOL: &str = studyhall_wire::SUBPROTOCOL;
/// Every account here has it; it guards nothing.
pub const PASSWORD: &str = "a password of the load test";
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Starts `program` on `data_dir`, on a free port, without rate limits.
pub fn start(program: &Path, data_dir: &Path) -> anyhow::Result<Server> {
    let data_dir = data_dir.to_str().context("the data directory's path is not UTF-8")?;
    let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
    Server::start(program, &args, &[("STUDYHALL_RATE_LIMITS", "off"), ("STUDYHALL_LOG", "warn")])
}

/// Starts `program` as a node of the cluster whose engines the environment names.
pub fn start_node(program: &Path) -> anyhow::Result<Server> {
    let args = ["serve", "--listen", "127.0.0.1:0"];
    Server::start_node(program, &args, &[("STUDYHALL_RATE_LIMITS", "off"), ("STUDYHALL_LOG", "warn")])
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    pub access_token: String,
}

impl Account {
    /// Makes an account through the interface; costs one bcrypt hash.
    pub fn register(http: &mut Client, username: &str) -> anyhow::Result<Self> {
        let body = json!({ "username": username, "password": PASSWORD });
        Self::from_session(&http.post("/api/v1/auth/register", &body)?)
    }

    /// Signs in with the refresh token of a seeded session.
    pub fn seeded(http: &mut Client, seeded: &Seeded) -> anyhow::Result<Self> {
        let body = json!({ "refresh_token": seeded.refresh_token });
        Self::from_session(&http.post("/api/v1/auth/refresh", &body)?)
    }

    fn from_session(session: &Value) -> anyhow::Result<Self> {
        let text = |at: &str| session.pointer(at).and_then(Value::as_str).map(ToOwned::to_owned);
        Ok(Self {
            id: text("/user/id").context("a session without a user")?,
            access_token: text("/access_token").context("a session without a token")?,
        })
    }
}

/// A conversation whose messages are sent and counted.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub id: ConversationId,
    /// The seq before the first message that this client sends.
    pub head: u64,
    /// How each of its event frames begins, up to the seq.
    prefix: String,
}

impl Conversation {
    pub fn new(id: ConversationId, head: u64) -> Self {
        Self { id, head, prefix: format!(r#"{{"op":"event","stream":"{id}","seq":"#) }
    }

    /// Opens the direct conversation of `http`'s user with `peer`.
    pub fn open_direct(http: &mut Client, peer: &str) -> anyhow::Result<Self> {
        let answer: Value = http.post("/api/v1/conversations", &json!({ "user_id": peer }))?;
        let id = answer["id"].as_str().context("a conversation without an id")?.parse()?;
        Ok(Self::new(id, answer["head_seq"].as_u64().context("a conversation without head_seq")?))
    }

    /// An existing conversation of `http`'s user, as it stands.
    pub fn at_head(http: &mut Client, id: Uuid) -> anyhow::Result<Self> {
        let answer: Value = http.get(&format!("/api/v1/conversations/{id}"))?;
        Ok(Self::new(id.into(), answer["head_seq"].as_u64().context("a conversation without head_seq")?))
    }

    /// The frame that sends `text`.
    pub fn send(&self, client_id: &str, text: &str) -> String {
        let frame = ClientFrame::Send {
            conversation_id: self.id,
            client_id: client_id.to_owned(),
            text: text.to_owned(),
            reply_to: None,
            attachments: Vec::new(),
        };
        serde_json::to_string(&frame).unwrap_or_default()
    }

    /// The seq of `frame` if it is an event of this conversation.
    ///
    /// # Errors
    /// A `nack` or an `error`: the server refused what a measurement sent.
    pub fn seq_of_event(&self, frame: &[u8]) -> anyhow::Result<Option<u64>> {
        let Some(rest) = frame.strip_prefix(self.prefix.as_bytes()) else {
            refuse_refusals(frame)?;
            return Ok(None);
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        Ok(Some(digits.fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0'))))
    }
}

/// Whether `frame` acknowledges a send.
///
/// # Errors
/// A `nack` or an `error`.
pub fn is_ack(frame: &[u8]) -> anyhow::Result<bool> {
    refuse_refusals(frame)?;
    Ok(frame.starts_with(br#"{"op":"ack""#))
}

/// # Errors
/// A `nack` or an `error`.
pub fn refuse_refusals(frame: &[u8]) -> anyhow::Result<()> {
    let refused = frame.starts_with(br#"{"op":"nack""#) || frame.starts_with(br#"{"op":"error""#);
    ensure!(!refused, "refused: {}", String::from_utf8_lossy(frame));
    Ok(())
}

/// The seq of the event where `frame` brings a new message.
pub fn created(frame: &[u8]) -> Option<i64> {
    let rest = frame.strip_prefix(br#"{"op":"event","stream":""#)?.get(36..)?.strip_prefix(br#"","seq":"#)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
    let seq = digits.fold(0, |seq, digit| seq * 10 + i64::from(digit - b'0'));
    let kind = br#""kind":"message.created""#;
    frame.windows(kind.len()).take(200).any(|some| some == kind).then_some(seq)
}

/// Opens a signed-in socket for each of `accounts`, and waits until all are ready.
pub fn sign_in<'a>(addr: SocketAddr, accounts: impl IntoIterator<Item = &'a Account>) -> anyhow::Result<Swarm> {
    let mut swarm = Swarm::new()?;
    join_swarm(&mut swarm, addr, accounts)?;
    Ok(swarm)
}

/// The same beside sockets that are there already. What those hear meanwhile is not looked at.
pub fn join_swarm<'a>(
    swarm: &mut Swarm,
    addr: SocketAddr,
    accounts: impl IntoIterator<Item = &'a Account>,
) -> anyhow::Result<()> {
    let mut ready = swarm.len();
    for account in accounts {
        let socket = swarm.connect(addr, SOCKET, Some(PROTOCOL))?;
        let hello = ClientFrame::Hello { token: account.access_token.clone(), resume: Vec::new() };
        swarm.queue(socket, serde_json::to_string(&hello)?.as_bytes());
        swarm.flush(socket)?;
        swarm.poll(Duration::ZERO, |_, text| ready += usize::from(is_ready(text)))?;
    }
    let started = Instant::now();
    loop {
        swarm.poll(Duration::from_millis(10), |_, text| ready += usize::from(is_ready(text)))?;
        if ready == swarm.len() {
            return Ok(());
        }
        ensure!(started.elapsed() < READY_LIMIT, "{ready} of {} sockets are ready", swarm.len());
    }
}

fn is_ready(frame: &[u8]) -> bool {
    frame.starts_with(br#"{"op":"ready""#)
}
