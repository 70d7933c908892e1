//! A client's copy of one conversation, written from the contract alone: it takes events, insists on their order, and
//! computes the digest that the server must agree with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, Default)]
pub struct Replica {
    pub stream: String,
    pub epoch: i64,
    /// The last seq that was applied.
    pub seq: i64,
    messages: BTreeMap<i64, Copy>,
}

#[derive(Clone, Debug, Default)]
struct Copy {
    author: String,
    text: String,
    edited: bool,
    deleted: bool,
    pinned: bool,
    reactions: BTreeSet<(String, String)>,
}

impl Replica {
    pub fn new(stream: &str, epoch: i64) -> Self {
        Self { stream: stream.to_owned(), epoch, ..Self::default() }
    }

    /// What `hello` says to go on from here.
    pub fn resume(&self) -> Value {
        json!({ "stream": self.stream, "epoch": self.epoch, "after": self.seq })
    }

    /// Applies a frame of the socket, if it is an event of this stream. Panics at a hole or a repeat.
    pub fn take(&mut self, frame: &Value) {
        if frame["op"] == "event" && frame["stream"] == self.stream.as_str() {
            self.apply(frame);
        }
    }

    /// Applies the next event.
    pub fn apply(&mut self, event: &Value) {
        let (seq, data) = (int(&event["seq"]), &event["data"]);
        assert_eq!(seq, self.seq + 1, "not the next event: {event}");
        self.seq = seq;
        let kind = event["kind"].as_str().unwrap_or_default();
        if kind == "message.created" {
            assert_eq!(int(&data["seq"]), seq);
            let (author, text) = (string(&data["author_id"]), string(&data["text"]));
            self.messages.insert(seq, Copy { author, text, ..Copy::default() });
            return;
        }
        let Some(message) = self.messages.get_mut(&int(&data["seq"])) else { return };
        if message.deleted {
            return;
        }
        match kind {
            "message.edited" => {
                message.text = string(&data["text"]);
                message.edited = true;
            }
            "message.deleted" => {
                let author = std::mem::take(&mut message.author);
                *message = Copy { author, deleted: true, ..Copy::default() };
            }
            "reaction.added" => {
                message.reactions.insert((string(&data["emoji"]), string(&data["user_id"])));
            }
            "reaction.removed" => {
                message.reactions.remove(&(string(&data["emoji"]), string(&data["user_id"])));
            }
            "message.pinned" => message.pinned = true,
            "message.unpinned" => message.pinned = false,
            _ => {}
        }
    }

    /// How many messages there are, deleted ones counted.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The texts of what is not deleted, in order.
    pub fn texts(&self) -> Vec<&str> {
        self.messages.values().filter(|message| !message.deleted).map(|message| message.text.as_str()).collect()
    }

    /// Lower-case hex of the SHA-256, as `GET …/digest` gives it.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (seq, message) in &self.messages {
            let Copy { author, text, edited, deleted, pinned, reactions } = message;
            let line = if *deleted {
                json!([seq, author, "", false, true, false, []])
            } else {
                json!([seq, author, text, edited, false, pinned, reactions.iter().collect::<Vec<_>>()])
            };
            hash.update(line.to_string().as_bytes());
            hash.update(b"\n");
        }
        hex::encode(hash.finalize())
    }
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
