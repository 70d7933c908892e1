//! Events as documents of the collection `events` (`document`), written.

use mongodb::bson::{
    DateTime, RawArrayBuf, RawBinaryRef, RawDocumentBuf, oid::ObjectId, raw::cstr, spec::BinarySubtype,
};
use studyhall_domain::{
    Error, Result,
    ports::{Batch, LogBody, LogEvent},
};
use studyhall_wire::{EventBody, Message, Seq, StreamId, Timestamp, UserId};
use uuid::Uuid;

/// Shown between messages, and part of a page of history.
const SYSTEM_KINDS: [&str; 4] = ["member.joined", "member.left", "member.role_changed", "group.updated"];

/// A [`Batch`] in the form in which it is written.
pub(super) struct Rows {
    pub stream: StreamId,
    pub after: Seq,
    /// One for each event; `_id` says whose it is.
    pub documents: Vec<RawDocumentBuf>,
    pub ids: Vec<ObjectId>,
    /// Some of it changes messages.
    pub folds: bool,
}

impl Rows {
    /// Checks what the writer relies on: consecutive seqs in one stream, and a message that says the same as its event.
    pub fn encode(batch: &Batch) -> Result<Self> {
        let Batch { stream, after, events } = batch;
        let (stream, after) = (*stream, *after);
        let mut rows = Self {
            stream,
            after,
            documents: Vec::with_capacity(events.len()),
            ids: Vec::with_capacity(events.len()),
            folds: false,
        };
        for (expected, event) in (after.saturating_add(1)..).zip(events) {
            if event.stream != stream || event.seq != expected || after < 0 {
                return Err(Error::Internal(format!(
                    "{}/{} in a batch of {stream} after {after}",
                    event.stream, event.seq
                )));
            }
            let id = ObjectId::new();
            let document = rows.encode_event(event, id)?;
            rows.documents.push(document);
            rows.ids.push(id);
        }
        Ok(rows)
    }

    pub fn len(&self) -> usize {
        self.documents.len()
    }

    fn encode_event(&mut self, event: &LogEvent, id: ObjectId) -> Result<RawDocumentBuf> {
        let LogEvent { stream, seq, at, actor, key, body } = event;
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), id);
        document.append(cstr!("stream"), uuid_ref(&stream.0));
        document.append(cstr!("seq"), *seq);
        document.append(cstr!("at"), date(*at));
        if let Some(actor) = actor {
            document.append(cstr!("actor"), uuid_ref(&actor.0));
        }
        if let Some(key) = key {
            document.append(cstr!("fingerprint"), key.fingerprint);
        }
        match body {
            LogBody::Conversation(EventBody::MessageCreated(message)) => {
                let same = message.conversation_id.0 == stream.0
                    && message.seq == *seq
                    && *actor == Some(message.author_id)
                    && key.as_ref().is_none_or(|key| key.client_id == message.client_id);
                if !same {
                    return Err(Error::Internal(format!("message and event differ at {stream}/{seq}")));
                }
                encode_message(&mut document, message, *at)?;
                return Ok(document);
            }
            LogBody::Conversation(body) => {
                document.append(cstr!("kind"), body.kind());
                self.folds |= encode_conversation(&mut document, body, *seq)?;
            }
            LogBody::Inbox(fact) => {
                document.append(cstr!("kind"), fact.kind());
                document.append(cstr!("inbox"), true);
                let mut tagged = serde_json::to_value(fact).map_err(Error::internal)?;
                document.append(cstr!("data"), tagged["data"].take().to_string());
            }
        }
        if let Some(key) = key {
            document.append(cstr!("client_id"), key.client_id.as_str());
        }
        Ok(document)
    }
}

/// What is not said of a message is no, none or empty.
fn encode_message(document: &mut RawDocumentBuf, message: &Message, at: Timestamp) -> Result<()> {
    document.append(cstr!("kind"), "message.created");
    document.append(cstr!("client_id"), message.client_id.as_str());
    document.append(cstr!("text"), message.text.as_str());
    if message.created_at != at {
        document.append(cstr!("created_at"), date(message.created_at));
    }
    append_mentions(document, &message.mentions, message.mentions_everyone);
    if let Some(seq) = message.reply_to {
        document.append(cstr!("reply_to"), seq);
    }
    if !message.attachments.is_empty() {
        let json = serde_json::to_string(&message.attachments).map_err(Error::internal)?;
        document.append(cstr!("attachments"), json);
    }
    Ok(())
}

fn append_mentions(document: &mut RawDocumentBuf, mentions: &[UserId], everyone: bool) {
    if !mentions.is_empty() {
        document.append(cstr!("mentions"), ids(mentions));
    }
    if everyone {
        document.append(cstr!("mentions_everyone"), true);
    }
}

/// True if it changes a message.
fn encode_conversation(document: &mut RawDocumentBuf, body: &EventBody, seq: Seq) -> Result<bool> {
    let target = match body {
        EventBody::MessageEdited(edited) => {
            document.append(cstr!("edited_at"), date(edited.edited_at));
            let mut edit = RawDocumentBuf::new();
            edit.append(cstr!("text"), edited.text.as_str());
            append_mentions(&mut edit, &edited.mentions, edited.mentions_everyone);
            document.append(cstr!("edit"), edit);
            edited.seq
        }
        EventBody::MessageDeleted(deleted) => {
            document.append(cstr!("deleted_at"), date(deleted.deleted_at));
            deleted.seq
        }
        EventBody::ReactionAdded(change) | EventBody::ReactionRemoved(change) => {
            document.append(cstr!("emoji"), change.emoji.as_str());
            document.append(cstr!("user"), uuid_ref(&change.user_id.0));
            change.seq
        }
        EventBody::MessagePinned(message) | EventBody::MessageUnpinned(message) => message.seq,
        other => {
            if SYSTEM_KINDS.contains(&other.kind()) {
                document.append(cstr!("system"), true);
            }
            document.append(cstr!("data"), serde_json::to_string(other).map_err(Error::internal)?);
            return Ok(false);
        }
    };
    document.append(cstr!("target"), target);
    // A message of the future is not meant, whatever comes to stand there. An edit's text goes with the fold, so even
    // one without a message is looked at.
    let folds = target < seq || matches!(body, EventBody::MessageEdited(_));
    if folds {
        document.append(cstr!("unfolded"), true);
    }
    Ok(folds)
}

pub(super) fn date(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millis())
}

fn uuid_ref(id: &Uuid) -> RawBinaryRef<'_> {
    RawBinaryRef { subtype: BinarySubtype::Uuid, bytes: id.as_bytes() }
}

fn ids(users: &[UserId]) -> RawArrayBuf {
    let mut array = RawArrayBuf::new();
    for user in users {
        array.push(uuid_ref(&user.0));
    }
    array
}
