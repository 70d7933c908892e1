//! Events to test with.

use std::sync::Arc;

use studyhall_domain::ports::{AppendError, Batch, EventLog, IdempotencyKey, LogBody, LogEvent};
use studyhall_wire::{
    EventBody, File, FileId, GroupRole, MemberChange, Message, MessageDeleted, MessageEdited, MessageRef,
    ReactionChange, Seq, StreamId, Timestamp, UserId,
};

/// A moment, `n` milliseconds after a fixed one.
#[must_use]
pub fn moment(n: i64) -> Timestamp {
    Timestamp::from_millis(1_795_287_420_000 + n)
}

/// An event of a conversation, made at `moment(seq)`.
#[must_use]
pub fn event(stream: StreamId, seq: Seq, actor: UserId, body: EventBody) -> LogEvent {
    LogEvent { stream, seq, at: moment(seq), actor: Some(actor), key: None, body: LogBody::Conversation(body) }
}

/// A new message with a key.
#[must_use]
pub fn message(stream: StreamId, seq: Seq, author: UserId, client_id: &str, text: &str) -> LogEvent {
    let body = EventBody::MessageCreated(Arc::new(Message {
        conversation_id: stream.0.into(),
        seq,
        client_id: client_id.to_owned(),
        author_id: author,
        text: text.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        mentions: Vec::new(),
        mentions_everyone: false,
        reactions: Vec::new(),
        pinned: false,
        created_at: moment(seq),
        edited_at: None,
        deleted_at: None,
    }));
    let key = Some(IdempotencyKey { client_id: client_id.to_owned(), fingerprint: fingerprint(text) });
    LogEvent { key, ..event(stream, seq, author, body) }
}

/// Of a text: whatever differs for different ones.
#[must_use]
pub fn fingerprint(text: &str) -> i64 {
    text.bytes().fold(-1, |sum: i64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

/// Changes the message within a `message.created`.
#[must_use]
pub fn with(mut event: LogEvent, change: impl FnOnce(&mut Message)) -> LogEvent {
    if let LogBody::Conversation(EventBody::MessageCreated(message)) = &mut event.body {
        change(Arc::make_mut(message));
    }
    event
}

#[must_use]
pub fn edited(seq: Seq, text: &str, mentions: Vec<UserId>, edited_at: Timestamp) -> EventBody {
    EventBody::MessageEdited(MessageEdited {
        seq,
        text: text.to_owned(),
        mentions,
        mentions_everyone: false,
        edited_at,
    })
}

#[must_use]
pub fn deleted(seq: Seq, deleted_at: Timestamp) -> EventBody {
    EventBody::MessageDeleted(MessageDeleted { seq, deleted_at })
}

#[must_use]
pub fn reaction(seq: Seq, emoji: &str, user: UserId) -> ReactionChange {
    ReactionChange { seq, emoji: emoji.to_owned(), user_id: user }
}

#[must_use]
pub fn pinned(seq: Seq) -> EventBody {
    EventBody::MessagePinned(MessageRef { seq })
}

#[must_use]
pub fn joined(user: UserId) -> EventBody {
    EventBody::MemberJoined(MemberChange { user_id: user, role: GroupRole::Member })
}

/// A file to attach.
#[must_use]
pub fn file(owner: UserId) -> File {
    File {
        id: FileId::new(),
        name: "notes – día 1.pdf".to_owned(),
        size: 123_456_789_012,
        media_type: "application/pdf".to_owned(),
        sha256: "00".repeat(32),
        owner_id: owner,
        created_at: moment(0),
        thumbnail_url: None,
    }
}

/// Appends consecutive events in one batch.
pub async fn append(log: &dyn EventLog, events: Vec<LogEvent>) -> Result<(), AppendError> {
    let first = events.first().expect("a batch has events");
    let (stream, after) = (first.stream, first.seq - 1);
    log.append(Batch { stream, after, events: events.into_iter().map(Arc::new).collect() }).await
}
