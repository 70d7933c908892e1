//! An event of the log as a line of an archive.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use studyhall_domain::ports::{IdempotencyKey, LogBody, LogEvent};
use studyhall_wire::{EventBody, Seq, StreamId, Timestamp, UserId};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    seq: Seq,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    /// Of an inbox: its ids alone, as the log has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inbox: bool,
    kind: String,
    data: Value,
}

#[derive(Debug, Serialize, Deserialize)]
struct Key {
    client_id: String,
    fingerprint: i64,
}

impl Line {
    pub fn of(event: LogEvent) -> Result<Self> {
        let LogEvent { stream: _, seq, at, actor, key, body } = event;
        let (inbox, kind, data) = match body {
            LogBody::Conversation(body) => (false, body.kind().to_owned(), serde_json::to_value(body)?),
            LogBody::Inbox(fact) => (true, fact.kind().to_owned(), serde_json::to_value(fact)?["data"].take()),
        };
        let key = key.map(|IdempotencyKey { client_id, fingerprint }| Key { client_id, fingerprint });
        Ok(Self { seq, at, actor, key, inbox, kind, data })
    }

    pub fn into_event(self, stream: StreamId) -> Result<LogEvent> {
        let Self { seq, at, actor, key, inbox, kind, data } = self;
        let body = if inbox {
            LogBody::Inbox(serde_json::from_value(json!({ "kind": kind, "data": data }))?)
        } else {
            LogBody::Conversation(EventBody::parse(kind, data)?)
        };
        let key = key.map(|Key { client_id, fingerprint }| IdempotencyKey { client_id, fingerprint });
        Ok(LogEvent { stream, seq, at, actor, key, body })
    }
}
