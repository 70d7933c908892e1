//! The documents of the collection `events`, read.
//!
//! A `message.created` is the message itself, as it stands now. Any other event is a document of its own; what it
//! changes in a message is `unfolded` until it is written there (`fold`). An edit carries its text only so long.

use std::sync::Arc;

use mongodb::bson::{DateTime, RawArray, RawBinaryRef, RawBsonRef, RawDocument, oid::ObjectId, spec::BinarySubtype};
use studyhall_domain::ports::{IdempotencyKey, InboxFact, LogBody, LogEvent};
use studyhall_wire::{
    EventBody, Message, MessageDeleted, MessageEdited, MessageRef, Reaction, ReactionChange, Seq, Timestamp, UserId,
};
use uuid::Uuid;

use crate::failure::{Failure, Outcome};

/// The fields of any document of `events`.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the marks of a document")]
pub(crate) struct Stored<'a> {
    pub id: Option<ObjectId>,
    /// Nil where a projection left it out.
    pub stream: Uuid,
    pub seq: Seq,
    pub kind: &'a str,
    pub target: Seq,
    pub emoji: &'a str,
    pub user: Option<UserId>,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub at: Option<Timestamp>,
    pub text: &'a str,
    pub edit: Option<&'a RawDocument>,
    pub pinned: bool,
    pub unfolded: bool,
    /// The last event that changed the message.
    pub folded: Seq,
    pub mentions_everyone: bool,
    pub actor: Option<UserId>,
    pub mentions: Option<&'a RawArray>,
    pub reactions: Option<&'a RawArray>,
    fingerprint: Option<i64>,
    client_id: &'a str,
    inbox: bool,
    data: &'a str,
    reply_to: Option<Seq>,
    attachments: Option<&'a str>,
}

/// The fields that have one type alone.
const FIELDS: [&str; 22] = [
    "_id",
    "seq",
    "kind",
    "at",
    "created_at",
    "edited_at",
    "deleted_at",
    "fingerprint",
    "client_id",
    "inbox",
    "data",
    "text",
    "mentions",
    "mentions_everyone",
    "reply_to",
    "attachments",
    "pinned",
    "unfolded",
    "folded",
    "reactions",
    "target",
    "edit",
];

impl<'a> Stored<'a> {
    pub fn read(document: &'a RawDocument) -> Outcome<Self> {
        let mut stored = Self::default();
        for field in document {
            let (name, value) = field?;
            stored.take(name.as_str(), value)?;
        }
        Ok(stored)
    }

    fn take(&mut self, name: &str, value: RawBsonRef<'a>) -> Outcome<()> {
        match (name, value) {
            ("_id", RawBsonRef::ObjectId(id)) => self.id = Some(id),
            ("stream", value) => self.stream = uuid(value)?,
            ("seq", RawBsonRef::Int64(n)) => self.seq = n,
            ("kind", RawBsonRef::String(kind)) => self.kind = kind,
            ("at", RawBsonRef::DateTime(time)) => self.at = Some(moment(time)),
            ("created_at", RawBsonRef::DateTime(time)) => self.created_at = Some(moment(time)),
            ("edited_at", RawBsonRef::DateTime(time)) => self.edited_at = Some(moment(time)),
            ("deleted_at", RawBsonRef::DateTime(time)) => self.deleted_at = Some(moment(time)),
            ("actor", value) => self.actor = Some(uuid(value)?.into()),
            ("user", value) => self.user = Some(uuid(value)?.into()),
            ("fingerprint", RawBsonRef::Int64(n)) => self.fingerprint = Some(n),
            ("client_id", RawBsonRef::String(id)) => self.client_id = id,
            ("inbox", RawBsonRef::Boolean(yes)) => self.inbox = yes,
            ("data", RawBsonRef::String(json)) => self.data = json,
            ("text", RawBsonRef::String(text)) => self.text = text,
            ("mentions", RawBsonRef::Array(users)) => self.mentions = Some(users),
            ("mentions_everyone", RawBsonRef::Boolean(yes)) => self.mentions_everyone = yes,
            ("reply_to", RawBsonRef::Int64(n)) => self.reply_to = Some(n),
            ("attachments", RawBsonRef::String(json)) => self.attachments = Some(json),
            ("pinned", RawBsonRef::Boolean(yes)) => self.pinned = yes,
            ("unfolded", RawBsonRef::Boolean(yes)) => self.unfolded = yes,
            ("folded", RawBsonRef::Int64(n)) => self.folded = n,
            ("reactions", RawBsonRef::Array(reactions)) => self.reactions = Some(reactions),
            ("target", RawBsonRef::Int64(n)) => self.target = n,
            ("emoji", RawBsonRef::String(emoji)) => self.emoji = emoji,
            ("edit", RawBsonRef::Document(edit)) => self.edit = Some(edit),
            (name, _) if FIELDS.contains(&name) => return Err(Failure::Shape("a field of another type")),
            // Of a newer program.
            _ => {}
        }
        Ok(())
    }

    pub fn is_message(&self) -> bool {
        self.kind == "message.created"
    }

    fn time(&self) -> Outcome<Timestamp> {
        self.at.ok_or(Failure::Shape("an event without a time"))
    }

    /// The message as it stands now.
    pub fn message(&self) -> Outcome<Message> {
        Ok(Message {
            conversation_id: self.stream.into(),
            seq: self.seq,
            client_id: self.client_id.to_owned(),
            author_id: self.actor.ok_or(Failure::Shape("a message without an author"))?,
            text: self.text.to_owned(),
            reply_to: self.reply_to,
            attachments: self.attachments.map_or_else(|| Ok(Vec::new()), serde_json::from_str)?,
            mentions: users(self.mentions)?,
            mentions_everyone: self.mentions_everyone,
            reactions: self.reactions()?,
            pinned: self.pinned,
            created_at: match self.created_at {
                Some(time) => time,
                None => self.time()?,
            },
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
        })
    }

    /// Emoji in the order of their first use, users in the order in which they chose.
    fn reactions(&self) -> Outcome<Vec<Reaction>> {
        let mut reactions: Vec<Reaction> = Vec::new();
        for (emoji, user) in self.reaction_pairs()? {
            match reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
                Some(reaction) => reaction.user_ids.push(user),
                None => reactions.push(Reaction { emoji: emoji.to_owned(), user_ids: vec![user] }),
            }
        }
        Ok(reactions)
    }

    pub fn reaction_pairs(&self) -> Outcome<Vec<(&'a str, UserId)>> {
        let mut pairs = Vec::new();
        for reaction in self.reactions.into_iter().flatten() {
            let RawBsonRef::Document(reaction) = reaction? else { return Err(Failure::Shape("a reaction")) };
            let Self { emoji, user: Some(user), .. } = Self::read(reaction)? else {
                return Err(Failure::Shape("a reaction without a user"));
            };
            pairs.push((emoji, user));
        }
        Ok(pairs)
    }

    /// The event. `text` gives text and mentions of an edited message as they stand now, where the edit is folded.
    pub fn event(&self, text: impl FnOnce(Seq) -> Present) -> Outcome<LogEvent> {
        let body = if self.inbox {
            let data: serde_json::Value = serde_json::from_str(self.data)?;
            let tagged = serde_json::json!({ "kind": self.kind, "data": data });
            LogBody::Inbox(serde_json::from_value::<InboxFact>(tagged)?)
        } else {
            LogBody::Conversation(self.conversation(text)?)
        };
        let (stream, seq, at) = (self.stream.into(), self.seq, self.time()?);
        Ok(LogEvent { stream, seq, at, actor: self.actor, key: self.key(), body })
    }

    fn conversation(&self, text: impl FnOnce(Seq) -> Present) -> Outcome<EventBody> {
        let seq = self.target;
        Ok(match self.kind {
            "message.created" => EventBody::MessageCreated(Arc::new(Message {
                reactions: Vec::new(),
                pinned: false,
                edited_at: None,
                deleted_at: None,
                ..self.message()?
            })),
            "message.edited" => {
                let edited_at = self.edited_at.ok_or(Failure::Shape("an edit without a time"))?;
                let Present { text, mentions, mentions_everyone } = match self.edit {
                    Some(edit) => Present::of(&Stored::read(edit)?)?,
                    None => text(seq),
                };
                EventBody::MessageEdited(MessageEdited { seq, text, mentions, mentions_everyone, edited_at })
            }
            "message.deleted" => {
                let deleted_at = self.deleted_at.ok_or(Failure::Shape("a deletion without a time"))?;
                EventBody::MessageDeleted(MessageDeleted { seq, deleted_at })
            }
            "reaction.added" => EventBody::ReactionAdded(self.reaction_change()?),
            "reaction.removed" => EventBody::ReactionRemoved(self.reaction_change()?),
            "message.pinned" => EventBody::MessagePinned(MessageRef { seq }),
            "message.unpinned" => EventBody::MessageUnpinned(MessageRef { seq }),
            kind => EventBody::parse(kind.to_owned(), serde_json::from_str(self.data)?)?,
        })
    }

    fn reaction_change(&self) -> Outcome<ReactionChange> {
        let user_id = self.user.ok_or(Failure::Shape("a reaction without a user"))?;
        Ok(ReactionChange { seq: self.target, emoji: self.emoji.to_owned(), user_id })
    }

    /// The idempotency key, where the event has one.
    pub fn key(&self) -> Option<IdempotencyKey> {
        self.fingerprint.map(|fingerprint| IdempotencyKey { client_id: self.client_id.to_owned(), fingerprint })
    }
}

/// Text and mentions of a message as they stand now: empty once deleted, and where there is no such message.
#[derive(Clone, Default)]
pub(crate) struct Present {
    pub text: String,
    pub mentions: Vec<UserId>,
    pub mentions_everyone: bool,
}

impl Present {
    pub fn of(stored: &Stored<'_>) -> Outcome<Self> {
        Ok(Self {
            text: stored.text.to_owned(),
            mentions: users(stored.mentions)?,
            mentions_everyone: stored.mentions_everyone,
        })
    }
}

fn users(array: Option<&RawArray>) -> Outcome<Vec<UserId>> {
    array.into_iter().flatten().map(|user| Ok(uuid(user?)?.into())).collect()
}

pub(crate) fn uuid(value: RawBsonRef<'_>) -> Outcome<Uuid> {
    match value {
        RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::Uuid, bytes }) => {
            Uuid::from_slice(bytes).map_err(|_| Failure::Shape("a UUID of another length"))
        }
        _ => Err(Failure::Shape("an id that is no UUID")),
    }
}

fn moment(time: DateTime) -> Timestamp {
    Timestamp::from_millis(time.timestamp_millis())
}
