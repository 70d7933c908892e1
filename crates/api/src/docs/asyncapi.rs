//! The AsyncAPI document of the socket (AsyncAPI 3.0), from the types of its frames.

use serde_json::{Map, Value, json};
use studyhall_wire::{
    ClientFrame, CloseCode, Conversation, ConversationRemoved, EventBody, FriendChange, GroupUpdated, MemberChange,
    Message, MessageDeleted, MessageEdited, MessageRef, Notification, NotificationRead, Problem, ReactionChange,
    ReadAdvanced, SUBPROTOCOL, ServerFrame, limits,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

const ABOUT: &str = "What is live, and what was missed while away. Text frames of JSON, at most 64 KiB each.\n\n\
    The first frame is `hello`, within 10 s. The server subscribes, answers `ready`, sends what `resume` says was \
    missed, in order, and goes on live: each event of a stream exactly once and in order on one socket. Up to 1,000 \
    missed events a stream and 5,000 a hello are sent; beyond that, on another epoch, or with `after` above the head, \
    a stream is `recovered: false` and live from its `head`.\n\n\
    `ping` every 25 s; a client that is silent for 75 s is closed. Clients ignore ops, kinds and fields that they do \
    not know.";

/// The whole document.
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let sent = frames::<ClientFrame>(&mut schemas, "client");
    let received = frames::<ServerFrame>(&mut schemas, "server");
    let events = events(&mut schemas);
    schemas.add::<Problem>();
    let names = |frames: &[Frame]| -> Map<String, Value> {
        frames
            .iter()
            .map(|frame| (frame.id.clone(), json!({ "$ref": format!("#/components/messages/{}", frame.id) })))
            .collect()
    };
    let mut channel_messages = names(&sent);
    channel_messages.extend(names(&received));
    let messages: Map<String, Value> =
        sent.iter().chain(&received).map(|frame| (frame.id.clone(), frame.message.clone())).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Studyhall socket",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "instance": {
                "host": "localhost:8000",
                "protocol": "ws",
                "description": "An instance where it is started without further ado; behind a proxy, wss on its host.",
            },
        },
        "channels": {
            "socket": {
                "address": "/api/v1/ws",
                "title": "The socket",
                "description": "No token travels in the address: `hello` carries it.",
                "servers": [{ "$ref": "#/servers/instance" }],
                "messages": channel_messages,
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "headers": {
                            "type": "object",
                            "properties": { "Sec-WebSocket-Protocol": { "type": "string", "const": SUBPROTOCOL } },
                        },
                        "bindingVersion": "0.1.0",
                    },
                },
                "x-close-codes": close_codes(),
                "x-limits": {
                    "frame_bytes": limits::FRAME_BYTES,
                    "hello_within_s": limits::HELLO_S,
                    "heartbeat_s": limits::HEARTBEAT_S,
                    "silence_s": limits::SILENCE_S,
                    "replay_per_stream": limits::REPLAY_PER_STREAM,
                    "replay_per_hello": limits::REPLAY_PER_HELLO,
                },
                "x-events": events,
            },
        },
        "operations": {
            // An operation is what the application described here does: the server receives what a client sends.
            "receive": operation("receive", "What the server takes from a client", &sent),
            "send": operation("send", "What the server sends to a client", &received),
        },
        "components": { "messages": messages, "schemas": schemas.0 },
    })
}

/// One `op` of a frame type.
struct Frame {
    id: String,
    message: Value,
}

/// The ops of a frame type, in the order of its definition.
fn frames<T: ToSchema + PartialSchema>(schemas: &mut Schemas, side: &str) -> Vec<Frame> {
    schemas.add_referenced::<T>();
    let whole = schemas.value(&T::schema());
    let description = whole["description"].as_str().unwrap_or_default().to_owned();
    let variants = whole["oneOf"].as_array().cloned().unwrap_or_default();
    let frames = variants.into_iter().map(|variant| {
        let op = op(&variant).unwrap_or_default();
        let summary = variant["description"].as_str().unwrap_or(&description).to_owned();
        let message = json!({ "name": op, "title": op, "summary": summary, "payload": variant });
        Frame { id: format!("{side}.{op}"), message }
    });
    frames.collect()
}

/// The one value of the property `op`, which may stand in a part of the schema.
fn op(schema: &Value) -> Option<String> {
    if let Some(op) = schema["properties"]["op"]["enum"][0].as_str() {
        return Some(op.to_owned());
    }
    schema["allOf"].as_array()?.iter().find_map(op)
}

fn operation(action: &str, summary: &str, frames: &[Frame]) -> Value {
    let messages: Vec<Value> =
        frames.iter().map(|frame| json!({ "$ref": format!("#/channels/socket/messages/{}", frame.id) })).collect();
    json!({
        "action": action,
        "summary": summary,
        "channel": { "$ref": "#/channels/socket" },
        "messages": messages,
    })
}

/// What an event's `data` is, by its `kind`.
fn events(schemas: &mut Schemas) -> Value {
    let kinds = EventBody::KINDS.iter().map(|kind| {
        let data = match *kind {
            "message.created" => schemas.add::<Message>(),
            "message.edited" => schemas.add::<MessageEdited>(),
            "message.deleted" => schemas.add::<MessageDeleted>(),
            "reaction.added" | "reaction.removed" => schemas.add::<ReactionChange>(),
            "message.pinned" | "message.unpinned" => schemas.add::<MessageRef>(),
            "member.joined" | "member.left" | "member.role_changed" => schemas.add::<MemberChange>(),
            "group.updated" => schemas.add::<GroupUpdated>(),
            "friend.requested" | "friend.accepted" | "friend.declined" | "friend.removed" => {
                schemas.add::<FriendChange>()
            }
            "conversation.added" => schemas.add::<Conversation>(),
            "conversation.removed" => schemas.add::<ConversationRemoved>(),
            "read.advanced" => schemas.add::<ReadAdvanced>(),
            "notification.created" => schemas.add::<Notification>(),
            "notification.read" => schemas.add::<NotificationRead>(),
            other => json!({ "description": format!("{other} is not described") }),
        };
        ((*kind).to_owned(), data)
    });
    Value::Object(kinds.collect())
}

fn close_codes() -> Value {
    let codes = CloseCode::ALL.map(|code| (code.code().to_string(), Value::from(code.reason())));
    Value::Object(codes.into_iter().collect())
}

/// The schemas that the document refers to, by name.
#[derive(Default)]
struct Schemas(Map<String, Value>);

impl Schemas {
    /// Adds a type and what it refers to, and gives a reference to it.
    fn add<T: ToSchema + PartialSchema>(&mut self) -> Value {
        self.add_referenced::<T>();
        let schema = self.value(&T::schema());
        self.0.insert(T::name().into_owned(), schema);
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    fn add_referenced<T: ToSchema>(&mut self) {
        let mut referenced = Vec::new();
        T::schemas(&mut referenced);
        for (name, schema) in referenced {
            let value = self.value(&schema);
            self.0.insert(name, value);
        }
    }

    #[expect(clippy::unused_self, reason = "reads as: this schema, among these")]
    fn value(&self, schema: &RefOr<Schema>) -> Value {
        serde_json::to_value(schema).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_op_and_every_kind_is_described() {
        let document = document();
        for op in ClientFrame::OPS {
            assert!(document["components"]["messages"][format!("client.{op}")].is_object(), "{op}");
        }
        for op in ["ready", "event", "ack", "nack", "typing", "presence", "user", "heads", "pong", "error"] {
            assert!(document["components"]["messages"][format!("server.{op}")].is_object(), "{op}");
        }
        for kind in EventBody::KINDS {
            let data = &document["channels"]["socket"]["x-events"][*kind]["$ref"];
            let name = data.as_str().and_then(|path| path.rsplit('/').next()).expect("a reference");
            assert!(document["components"]["schemas"][name].is_object(), "{kind}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 20);
        for reference in references {
            let pointer = reference.strip_prefix('#').expect("a local reference");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    fn collect(value: &Value, references: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| collect(value, references));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
            _ => {}
        }
    }
}
