//! The frames of `GET /api/v1/ws`, subprotocol `studyhall.v1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use crate::{ConversationId, Epoch, Event, FileId, Presence, Problem, Seq, SessionId, StreamId, User, UserId};

/// The subprotocol that this page describes.
pub const SUBPROTOCOL: &str = "studyhall.v1";

/// From the client: `{"op": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ClientFrame {
    /// First, within 10 s.
    Hello {
        token: String,
        #[serde(default)]
        resume: Vec<Resume>,
    },
    /// A fresh access token of the same session, before the old one ends. Silent when good.
    Renew {
        token: String,
    },
    /// Answered by `ack` or `nack`.
    Send {
        conversation_id: ConversationId,
        client_id: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<FileId>,
    },
    Typing {
        conversation_id: ConversationId,
    },
    Read {
        conversation_id: ConversationId,
        seq: Seq,
    },
    /// `online` or `away`.
    Presence {
        state: Presence,
    },
    /// The heartbeat; answered by `pong`.
    Ping {},
}

impl ClientFrame {
    /// Every `op`; any other is answered by an `error` frame `unknown_op`.
    pub const OPS: &'static [&'static str] = &["hello", "renew", "send", "typing", "read", "presence", "ping"];

    /// Reads a frame.
    ///
    /// A `send`, the frequent one, is read in one go. By its tag, serde first gathers every field of a frame to find the
    /// tag among them, which takes several times as long.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        match serde_json::from_str(text) {
            Ok(SendFrame { op: SendOp::Send, conversation_id, client_id, text, reply_to, attachments }) => {
                Ok(Self::Send { conversation_id, client_id, text, reply_to, attachments })
            }
            Err(_) => serde_json::from_str(text),
        }
    }
}

/// [`ClientFrame::Send`] by itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendFrame {
    op: SendOp,
    conversation_id: ConversationId,
    client_id: String,
    text: String,
    #[serde(default)]
    reply_to: Option<Seq>,
    #[serde(default)]
    attachments: Vec<FileId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SendOp {
    Send,
}

/// Where a client stands in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resume {
    pub stream: StreamId,
    pub epoch: Epoch,
    /// The last seq that the client has.
    pub after: Seq,
}

macro_rules! server_frames {
    ($($frames:tt)*) => {
        /// From the server: `{"op": …}`. Clients ignore what they don't know.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "op", rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ServerFrame {
            $($frames)*
        }

        /// The same where it stands under the name of its `op`.
        #[derive(Deserialize)]
        #[serde(remote = "ServerFrame", rename_all = "snake_case")]
        enum Named {
            $($frames)*
        }
    };
}

server_frames! {
    Ready {
        user: User,
        session_id: SessionId,
        heartbeat_s: u64,
        streams: Vec<StreamState>,
    },
    Event(Event),
    /// The message is durable.
    Ack {
        client_id: String,
        conversation_id: ConversationId,
        seq: Seq,
    },
    Nack {
        client_id: String,
        problem: Problem,
    },
    Typing {
        conversation_id: ConversationId,
        user_id: UserId,
    },
    Presence {
        user_id: UserId,
        state: Presence,
    },
    /// A changed profile.
    User {
        user: User,
    },
    /// The streams that changed since the last heartbeat, queued behind their events.
    Heads {
        heads: BTreeMap<StreamId, Seq>,
    },
    Pong {},
    Error {
        problem: Problem,
    },
}

/// Serde's own way to read by a tag has a second copy of the code for all that is in a frame, which clients load.
impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let Some(Value::String(op)) = fields.remove("op") else { return Err(D::Error::missing_field("op")) };
        Named::deserialize(Value::from_iter([(op, Value::Object(fields))])).map_err(D::Error::custom)
    }
}

/// A stream at the time of `ready`. Not recovered: live from `head`, and the client drops what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamState {
    pub stream: StreamId,
    pub epoch: Epoch,
    pub head: Seq,
    pub recovered: bool,
}

/// Why the server closed a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// The server is going away; reconnect.
    GoingAway,
    BadFrame,
    TokenInvalid,
    /// The session ended or the account is suspended.
    SessionEnded,
    NoHello,
    /// Too slow; reconnect and resume.
    TooSlow,
    FrameTooLarge,
    TooManyFrames,
}

impl CloseCode {
    pub const ALL: [Self; 8] = [
        Self::GoingAway,
        Self::BadFrame,
        Self::TokenInvalid,
        Self::SessionEnded,
        Self::NoHello,
        Self::TooSlow,
        Self::FrameTooLarge,
        Self::TooManyFrames,
    ];

    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::BadFrame => 4400,
            Self::TokenInvalid => 4401,
            Self::SessionEnded => 4403,
            Self::NoHello => 4408,
            Self::TooSlow => 4409,
            Self::FrameTooLarge => 4413,
            Self::TooManyFrames => 4429,
        }
    }

    /// The reason that travels with the code.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "server going away",
            Self::BadFrame => "bad frame",
            Self::TokenInvalid => "token invalid or expired",
            Self::SessionEnded => "session ended",
            Self::NoHello => "no hello",
            Self::TooSlow => "too slow",
            Self::FrameTooLarge => "frame too large",
            Self::TooManyFrames => "too many frames",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frames_are_closed_to_unknown_fields() {
        let ping: ClientFrame = serde_json::from_str(r#"{"op":"ping"}"#).unwrap();
        assert_eq!(ping, ClientFrame::Ping {});
        assert!(serde_json::from_str::<ClientFrame>(r#"{"op":"ping","extra":1}"#).is_err());
        assert!(serde_json::from_str::<ClientFrame>(r#"{"op":"dance"}"#).is_err());
    }

    #[test]
    fn a_send_reads_alike_either_way() {
        let id = r#""conversation_id":"01939d1e-0000-7000-8000-000000000001""#;
        for text in [
            format!(r#"{{"op":"send",{id},"client_id":"a","text":"b \u00e9 \" c"}}"#),
            format!(r#"{{"text":"","reply_to":7,"client_id":"","attachments":[],{id},"op":"send"}}"#),
            format!(r#"{{"op":"send",{id},"client_id":"a","text":"b","reply_to":null}}"#),
            format!(r#"{{"op":"send",{id},"client_id":"a","text":"b","extra":1}}"#),
            format!(r#"{{"op":"send",{id},"client_id":"a","text":"b","text":"c"}}"#),
            format!(r#"{{"op":"send",{id},"client_id":"a"}}"#),
            format!(r#"{{"op":"send",{id},"client_id":1,"text":"b"}}"#),
            format!(r#"{{"op":"typing",{id}}}"#),
            r#"{"op":"ping"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            let tagged = serde_json::from_str::<ClientFrame>(&text);
            assert_eq!(
                ClientFrame::parse(&text).map_err(|e| e.to_string()),
                tagged.map_err(|e| e.to_string()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_event_frame_reads_back() {
        let text = r#"{"op":"event","stream":"01939d1e-0000-7000-8000-000000000001","seq":3,
            "at":"2026-11-21T18:57:00.120Z","actor_id":null,"kind":"message.pinned","data":{"seq":2}}"#;
        let ServerFrame::Event(event) = serde_json::from_str(text).unwrap() else { panic!("not an event") };
        assert_eq!(event.body, crate::EventBody::MessagePinned(crate::MessageRef { seq: 2 }));
        assert_eq!(serde_json::from_str::<ServerFrame>(&event.to_frame()).unwrap(), ServerFrame::Event(event));
    }
}
