//! Events as rows: encoding on the caller's thread, so that the writer only binds, and decoding.

use std::{borrow::Cow, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::ToSqlOutput};
use serde::{Deserialize, Serialize};
use studyhall_domain::{
    Error, Result,
    ports::{Batch, IdempotencyKey, InboxFact, LogBody, LogEvent},
};
use studyhall_wire::{EventBody, Message, MessageEdited, Seq, StreamId, Timestamp, UserId};
use uuid::Uuid;

use super::{
    failure::{Outcome, ReadError},
    schema::{SEQ_MAX, StreamNo, seq_of},
};

/// Shown between messages, and part of a page of history.
const SYSTEM_KINDS: [&str; 4] = ["member.joined", "member.left", "member.role_changed", "group.updated"];

/// A [`Batch`] in the form in which it is written.
#[expect(clippy::struct_field_names, reason = "the rows of `Rows`")]
pub(super) struct Rows {
    pub stream: StreamId,
    pub after: Seq,
    pub rows: Vec<NewRow>,
}

/// An event, shared with who publishes it, and what is stored of it in another form.
pub(super) struct NewRow {
    event: Arc<LogEvent>,
    pub body: NewBody,
}

pub(super) enum NewBody {
    Message(NewMessage),
    Event(NewEvent),
}

/// A message, shared with its event, and its lists as JSON.
pub(super) struct NewMessage {
    pub message: Arc<Message>,
    pub mentions: Option<String>,
    pub attachments: Option<String>,
}

/// Any other event.
pub(super) struct NewEvent {
    pub kind: Cow<'static, str>,
    pub inbox: bool,
    pub system: bool,
    pub target: Option<Seq>,
    pub data: String,
    pub fold: Fold,
}

/// What an event changes in the message that it concerns.
pub(super) enum Fold {
    Nothing,
    Edit { text: String, mentions: Option<String>, mentions_everyone: bool, edited_at: i64 },
    Delete { deleted_at: i64 },
    React { emoji: String, user: Uuid },
    Unreact { emoji: String, user: Uuid },
    Pin(bool),
}

/// What `message.edited` keeps of its data: text and mentions stand in the message's row.
#[derive(Serialize, Deserialize)]
struct EditedData {
    edited_at: Timestamp,
}

impl Rows {
    /// Checks what the writer relies on: consecutive seqs in one stream, and a message that says the same as its event.
    pub fn encode(batch: Batch) -> Result<Self> {
        let Batch { stream, after, events } = batch;
        let mut rows = Vec::with_capacity(events.len());
        for (expected, event) in (after + 1..).zip(events) {
            if event.stream != stream || event.seq != expected || event.seq > SEQ_MAX || after < 0 {
                return Err(Error::Internal(format!(
                    "{}/{} in a batch of {stream} after {after}",
                    event.stream, event.seq
                )));
            }
            rows.push(NewRow::encode(event)?);
        }
        Ok(Self { stream, after, rows })
    }
}

impl NewRow {
    fn encode(event: Arc<LogEvent>) -> Result<Self> {
        let LogEvent { stream, seq, actor, key, body, .. } = &*event;
        let body = match body {
            LogBody::Conversation(EventBody::MessageCreated(message)) => {
                let same = message.conversation_id.0 == stream.0
                    && message.seq == *seq
                    && *actor == Some(message.author_id)
                    && key.as_ref().is_none_or(|key| key.client_id == message.client_id);
                if !same {
                    return Err(Error::Internal(format!("message and event differ at {stream}/{seq}")));
                }
                NewBody::Message(NewMessage {
                    message: Arc::clone(message),
                    mentions: json_unless_empty(&message.mentions)?,
                    attachments: json_unless_empty(&message.attachments)?,
                })
            }
            LogBody::Conversation(body) => NewBody::Event(conversation_event(body)?),
            LogBody::Inbox(fact) => {
                let mut tagged = serde_json::to_value(fact).map_err(Error::internal)?;
                NewBody::Event(NewEvent {
                    kind: fact.kind().into(),
                    inbox: true,
                    system: false,
                    target: None,
                    data: tagged["data"].take().to_string(),
                    fold: Fold::Nothing,
                })
            }
        };
        Ok(Self { event, body })
    }

    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.event.key.as_ref()
    }

    pub fn fingerprint(&self) -> Option<i64> {
        self.key().map(|key| key.fingerprint)
    }

    /// Whose it is: none where it is the server's own.
    pub fn actor(&self) -> Option<&[u8]> {
        self.event.actor.as_ref().map(|actor| actor.0.as_bytes().as_slice())
    }

    /// In milliseconds since 1970.
    pub fn at(&self) -> i64 {
        self.event.at.as_millis()
    }
}

fn conversation_event(body: &EventBody) -> Result<NewEvent> {
    let kind: Cow<'static, str> = EventBody::KINDS
        .iter()
        .find(|kind| **kind == body.kind())
        .map_or_else(|| body.kind().to_owned().into(), |kind| (*kind).into());
    let system = SYSTEM_KINDS.contains(&&*kind);
    let data = match body {
        EventBody::MessageEdited(edited) => serde_json::to_string(&EditedData { edited_at: edited.edited_at }),
        other => serde_json::to_string(other),
    }
    .map_err(Error::internal)?;
    let (target, fold) = match body {
        EventBody::MessageEdited(edited) => {
            let fold = Fold::Edit {
                mentions: json_unless_empty(&edited.mentions)?,
                mentions_everyone: edited.mentions_everyone,
                edited_at: edited.edited_at.as_millis(),
                text: edited.text.clone(),
            };
            (Some(edited.seq), fold)
        }
        EventBody::MessageDeleted(deleted) => {
            (Some(deleted.seq), Fold::Delete { deleted_at: deleted.deleted_at.as_millis() })
        }
        EventBody::ReactionAdded(change) => {
            (Some(change.seq), Fold::React { emoji: change.emoji.clone(), user: change.user_id.0 })
        }
        EventBody::ReactionRemoved(change) => {
            (Some(change.seq), Fold::Unreact { emoji: change.emoji.clone(), user: change.user_id.0 })
        }
        EventBody::MessagePinned(message) => (Some(message.seq), Fold::Pin(true)),
        EventBody::MessageUnpinned(message) => (Some(message.seq), Fold::Pin(false)),
        _ => (None, Fold::Nothing),
    };
    Ok(NewEvent { kind, inbox: false, system, target, data, fold })
}

fn json_unless_empty<T: Serialize>(items: &[T]) -> Result<Option<String>> {
    if items.is_empty() { Ok(None) } else { serde_json::to_string(items).map(Some).map_err(Error::internal) }
}

/// A `client_id` as a key: a UUID in its usual form by its bytes, which takes half the room, anything else as it is.
pub(super) enum ClientId<'a> {
    Uuid(Uuid),
    Text(&'a str),
}

impl<'a> From<&'a str> for ClientId<'a> {
    fn from(text: &'a str) -> Self {
        match Uuid::try_parse(text) {
            // Other spellings are other keys.
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text => Self::Uuid(uuid),
            _ => Self::Text(text),
        }
    }
}

impl ToSql for ClientId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Uuid(uuid) => uuid.as_bytes().as_slice().into(),
            Self::Text(text) => (*text).into(),
        })
    }
}

/// The columns that [`message`] and [`created`] read, in their order.
macro_rules! message_columns {
    () => {
        "id, author, created_at, at, edited_at, deleted_at, pinned, mentions_everyone, reply_to, fingerprint, \
         mentions, client_id, attachments, text"
    };
}
pub(super) use message_columns;

/// The columns that [`event`] reads, in their order.
macro_rules! event_columns {
    () => {
        "id, at, actor, kind, inbox, target, client_id, fingerprint, data"
    };
}
pub(super) use event_columns;

/// A message as it stands now, but for its reactions.
pub(super) fn message(stream: StreamId, row: &Row<'_>) -> Outcome<Message> {
    Ok(Message {
        conversation_id: stream.0.into(),
        seq: seq_of(row.get(0)?),
        client_id: row.get(11)?,
        author_id: uuid(row, 1)?.into(),
        text: row.get(13)?,
        reply_to: row.get(8)?,
        attachments: json_or_empty(row, 12)?,
        mentions: json_or_empty(row, 10)?,
        mentions_everyone: row.get(7)?,
        reactions: Vec::new(),
        pinned: row.get(6)?,
        created_at: Timestamp::from_millis(row.get(2)?),
        edited_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
        deleted_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
    })
}

/// The `message.created` event of a message's row: with text and mentions as they stand now, and no other state.
pub(super) fn created(stream: StreamId, row: &Row<'_>) -> Outcome<LogEvent> {
    let message = Message { pinned: false, edited_at: None, deleted_at: None, ..message(stream, row)? };
    let at = row.get::<_, Option<i64>>(3)?.map_or(message.created_at, Timestamp::from_millis);
    let fingerprint: Option<i64> = row.get(9)?;
    let key = fingerprint.map(|fingerprint| IdempotencyKey { client_id: message.client_id.clone(), fingerprint });
    Ok(LogEvent {
        stream,
        seq: message.seq,
        at,
        actor: Some(message.author_id),
        key,
        body: LogBody::Conversation(EventBody::MessageCreated(Arc::new(message))),
    })
}

/// Any other event.
pub(super) fn event(connection: &Connection, stream: StreamId, no: StreamNo, row: &Row<'_>) -> Outcome<LogEvent> {
    let kind: String = row.get(3)?;
    let target: Option<Seq> = row.get(5)?;
    let data = row.get_ref(8)?.as_str()?;
    let body = if row.get(4)? {
        let tagged = serde_json::json!({ "kind": kind, "data": serde_json::from_str::<serde_json::Value>(data)? });
        LogBody::Inbox(serde_json::from_value::<InboxFact>(tagged)?)
    } else if let ("message.edited", Some(target)) = (kind.as_str(), target) {
        let EditedData { edited_at } = serde_json::from_str(data)?;
        let (text, mentions, mentions_everyone) = present_text(connection, no, target)?;
        LogBody::Conversation(EventBody::MessageEdited(MessageEdited {
            seq: target,
            text,
            mentions,
            mentions_everyone,
            edited_at,
        }))
    } else {
        LogBody::Conversation(EventBody::parse(kind, serde_json::from_str(data)?)?)
    };
    let fingerprint: Option<i64> = row.get(7)?;
    let key = match fingerprint {
        Some(fingerprint) => Some(IdempotencyKey { client_id: row.get(6)?, fingerprint }),
        None => None,
    };
    let actor = match row.get_ref(2)?.as_blob_or_null()? {
        Some(bytes) => Some(Uuid::from_slice(bytes)?.into()),
        None => None,
    };
    Ok(LogEvent { stream, seq: seq_of(row.get(0)?), at: Timestamp::from_millis(row.get(1)?), actor, key, body })
}

/// Text and mentions of a message as they stand now: empty once deleted, and where there is no such message.
fn present_text(connection: &Connection, no: StreamNo, seq: Seq) -> Outcome<(String, Vec<UserId>, bool)> {
    let mut statement =
        connection.prepare_cached("SELECT text, mentions, mentions_everyone FROM messages WHERE id = ?1")?;
    let found = statement
        .query_row([no.id(seq)], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?)))
        .optional()?;
    let Some((text, mentions, everyone)) = found else { return Ok(Default::default()) };
    let mentions = mentions.map_or_else(|| Ok(Vec::new()), |json| serde_json::from_str(&json))?;
    Ok((text, mentions, everyone))
}

/// The UUID in a column.
pub(super) fn uuid(row: &Row<'_>, column: usize) -> Outcome<Uuid> {
    Ok(Uuid::from_slice(row.get_ref(column)?.as_blob()?)?)
}

fn json_or_empty<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Vec<T>, ReadError> {
    Ok(match row.get_ref(column)?.as_str_or_null()? {
        Some(json) => serde_json::from_str(json)?,
        None => Vec::new(),
    })
}
