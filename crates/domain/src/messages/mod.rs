//! Messages: post, edit, delete, react, pin; and reading them back.

mod mentions;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use studyhall_wire::{
    Digest, ErrorCode, EventPage, FieldError, Message, MessagePage, PostMessage, Seq, StreamId, UserId, limits,
};

use crate::{
    Error, Result,
    appender::{Appender, Change, Outcome, Post, What, created},
    member::{CanMentionEveryone, CanModerate, CanPin, CanRead, CanWrite, Member},
    permissions::group::outranks,
    ports::{AccountStore, ConversationStore, EventLog, HistoryQuery, Limit, RateLimiter},
    validate,
    views::Views,
};

/// What a post led to.
#[derive(Debug)]
pub struct Posted {
    pub message: Message,
    /// False where the same `client_id` had been posted before.
    pub new: bool,
}

pub struct Messages {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) appender: Arc<Appender>,
    pub(crate) accounts: Arc<dyn AccountStore>,
    pub(crate) conversations: Arc<dyn ConversationStore>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) views: Arc<Views>,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl Messages {
    /// Posts a message; durable when it returns. The same `client_id` again gives the original, another body under it
    /// is a conflict.
    pub async fn post(&self, member: &Member<CanWrite>, body: PostMessage) -> Result<Posted> {
        let change = self.prepare(member, body).await?;
        match self.appender.apply(member.stream(), change).await? {
            Outcome::Appended(event) => {
                let message = created(&event).cloned().ok_or_else(|| Error::internal("no message in the event"))?;
                Ok(Posted { message, new: true })
            }
            Outcome::Known(seq) => Ok(Posted { message: self.message(member.stream(), seq).await?, new: false }),
            Outcome::Unchanged => Err(Error::internal("a post that changes nothing")),
        }
    }

    /// Posts a message without waiting: `done` gets its seq once it is durable, or why it was refused. Calls for one
    /// conversation keep their order.
    pub async fn send(
        &self,
        member: &Member<CanWrite>,
        body: PostMessage,
        done: impl FnOnce(Result<Seq>) + Send + 'static,
    ) {
        match self.prepare(member, body).await {
            Ok(change) => self.appender.submit(member.stream(), change, |outcome| {
                done(outcome.and_then(|outcome| match outcome {
                    Outcome::Appended(event) => Ok(event.seq),
                    Outcome::Known(seq) => Ok(seq),
                    Outcome::Unchanged => Err(Error::internal("a post that changes nothing")),
                }));
            }),
            Err(error) => done(Err(error)),
        }
    }

    async fn prepare(&self, member: &Member<CanWrite>, body: PostMessage) -> Result<Change> {
        let mut buffer = uuid::Uuid::encode_buffer();
        self.limiter.take(Limit::Send, member.user().0.simple().encode_lower(&mut buffer)).await?;
        let PostMessage { client_id, text, reply_to, attachments } = body;
        let mut errors = Vec::new();
        validate::client_id(&client_id, &mut errors);
        if attachments.len() > limits::ATTACHMENTS {
            errors.push(FieldError::new("attachments", "too_long", "At most 10 files go with a message."));
        }
        validate::message_text(&text, !attachments.is_empty(), &mut errors);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        if !attachments.is_empty() {
            return Err(Error::NotFound("file"));
        }
        let fingerprint = fingerprint(&text, reply_to);
        let (mentions, mentions_everyone) = self.mentions(member, &text).await?;
        let post =
            Post { client_id, fingerprint, text, reply_to, attachments: Vec::new(), mentions, mentions_everyone };
        Ok(Change { actor: Some(member.user()), what: What::Post(post) })
    }

    /// Members of the conversation who are named in the text. Costs nothing where there is no `@`. From who may not
    /// call everyone, `@everyone` is a word like any other.
    async fn mentions(&self, member: &Member<CanWrite>, text: &str) -> Result<(Vec<UserId>, bool)> {
        let named = mentions::named(text);
        let everyone = named.everyone && Member::<CanMentionEveryone>::of(member.membership().clone()).is_ok();
        if named.usernames.is_empty() {
            return Ok((Vec::new(), everyone));
        }
        // Boxed, so that the future of a message without names is small.
        let mentioned = Box::pin(self.members_named(member, named.usernames.into_iter().collect())).await?;
        Ok((mentioned, everyone))
    }

    async fn members_named(&self, member: &Member<CanWrite>, usernames: Vec<String>) -> Result<Vec<UserId>> {
        let named: Vec<_> = self.accounts.accounts_named(&usernames).await?.into_iter().map(|a| a.id).collect();
        let members = self.conversations.memberships_in(member.conversation(), &named).await?;
        let mut mentioned: Vec<_> = members.into_iter().map(|member| member.user).collect();
        mentioned.sort_unstable();
        Ok(mentioned)
    }

    /// Only the author edits.
    pub async fn edit(&self, member: &Member<CanWrite>, seq: Seq, text: String) -> Result<Message> {
        self.own(member, seq).await?;
        let mut errors = Vec::new();
        // Whether an empty text will do depends on attachments, which the appender knows.
        validate::message_text(&text, true, &mut errors);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let (mentions, mentions_everyone) = self.mentions(member, &text).await?;
        self.change(member, What::Edit { seq, text, mentions, mentions_everyone }).await?;
        self.message(member.stream(), seq).await
    }

    /// Deletes one's own message, also where one may not write any more, or that of somebody below oneself in a group.
    /// Deleting it again changes nothing.
    pub async fn delete(&self, member: &Member<CanRead>, seq: Seq) -> Result<()> {
        let author = self.message(member.stream(), seq).await?.author_id;
        if author != member.user() {
            let moderator = Member::<CanModerate>::of(member.membership().clone())?;
            self.require_above(&moderator, author).await?;
        }
        self.appender.apply(member.stream(), by(member.user(), What::Delete { seq })).await.map(drop)
    }

    /// Who is in the group no more stands below everybody who moderates.
    async fn require_above(&self, moderator: &Member<CanModerate>, author: UserId) -> Result<()> {
        let author = self.conversations.membership(author, moderator.conversation()).await?;
        let above = match (moderator.membership().role, author.and_then(|author| author.role)) {
            (Some(own), Some(theirs)) => outranks(own, theirs),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if above { Ok(()) } else { Err(Error::Forbidden(ErrorCode::Forbidden)) }
    }

    pub async fn react(&self, member: &Member<CanWrite>, seq: Seq, emoji: String) -> Result<()> {
        validate::emoji(&emoji)?;
        self.change(member, What::React { seq, emoji, add: true }).await
    }

    pub async fn unreact(&self, member: &Member<CanWrite>, seq: Seq, emoji: String) -> Result<()> {
        validate::emoji(&emoji)?;
        self.change(member, What::React { seq, emoji, add: false }).await
    }

    pub async fn set_pinned(&self, member: &Member<CanPin>, seq: Seq, pinned: bool) -> Result<()> {
        self.appender.apply(member.stream(), by(member.user(), What::Pin { seq, pinned })).await.map(drop)
    }

    async fn change(&self, member: &Member<CanWrite>, what: What) -> Result<()> {
        self.appender.apply(member.stream(), by(member.user(), what)).await.map(drop)
    }

    async fn own(&self, member: &Member<CanWrite>, seq: Seq) -> Result<()> {
        if self.message(member.stream(), seq).await?.author_id == member.user() {
            Ok(())
        } else {
            Err(Error::Forbidden(ErrorCode::Forbidden))
        }
    }

    async fn message(&self, stream: StreamId, seq: Seq) -> Result<Message> {
        self.log.messages(stream, &[seq]).await?.pop().ok_or(Error::NotFound("message"))
    }

    pub async fn history(&self, member: &Member<CanRead>, query: HistoryQuery) -> Result<MessagePage> {
        let epoch = self.log.epoch().await?;
        let history = self.log.history(member.stream(), query).await?;
        let (items, system) = (history.items, history.system);
        Ok(MessagePage { items, system, has_more: history.has_more, epoch, as_of: history.as_of })
    }

    /// Events of a conversation after `after`, gapless.
    pub async fn events(&self, member: &Member<CanRead>, after: Seq, limit: u32) -> Result<EventPage> {
        self.events_of(member.stream(), after, limit).await
    }

    /// Events of one's own inbox.
    pub async fn inbox_events(&self, user: UserId, after: Seq, limit: u32) -> Result<EventPage> {
        self.events_of(user.into(), after, limit).await
    }

    async fn events_of(&self, stream: StreamId, after: Seq, limit: u32) -> Result<EventPage> {
        let events = self.log.events(stream, after, limit).await?;
        let items = self.views.events(&events).await?;
        let head = self.log.heads(&[stream]).await?.first().copied().unwrap_or_default();
        Ok(EventPage { items, head, epoch: self.log.epoch().await? })
    }

    pub async fn digest(&self, member: &Member<CanRead>) -> Result<Digest> {
        self.log.digest(member.stream()).await
    }
}

fn by(user: UserId, what: What) -> Change {
    Change { actor: Some(user), what }
}

/// Tells bodies apart that were sent under one `client_id`: the first eight bytes of a SHA-256.
fn fingerprint(text: &str, reply_to: Option<Seq>) -> i64 {
    let mut hash = Sha256::new();
    hash.update(reply_to.unwrap_or_default().to_be_bytes());
    hash.update(text.as_bytes());
    let hash = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
