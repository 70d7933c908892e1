//! Conversations: finding, opening and listing them, and each member's own settings in one.

use std::{cmp::Reverse, sync::Arc};

use studyhall_wire::{
    Conversation, ConversationId, DmPolicy, ErrorCode, NotifyLevel, Page, Seq, StreamId, Timestamp, UserId,
};

use crate::{
    Error, Result,
    auth::Actor,
    member::{CanRead, Capability, Member},
    outbox::Outbox,
    permissions::{self, GlobalAction},
    ports::{AccountStore, ConversationStore, EventLog, FriendStore, Membership},
    reads::Reads,
    views::Views,
};

/// A cursor this far behind, with nothing unread in between, is moved when conversations are listed.
const OWN_MESSAGES: Seq = 100;

pub struct Conversations {
    pub(crate) store: Arc<dyn ConversationStore>,
    pub(crate) accounts: Arc<dyn AccountStore>,
    pub(crate) friends: Arc<dyn FriendStore>,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) reads: Arc<Reads>,
    pub(crate) views: Arc<Views>,
}

impl std::fmt::Debug for Conversations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversations").finish_non_exhaustive()
    }
}

impl Conversations {
    /// The caller as a member with a capability. To who is no member, the conversation does not exist.
    pub async fn member<C: Capability>(&self, actor: &Actor, id: ConversationId) -> Result<Member<C>> {
        let membership = self.store.membership(actor.user, id).await?;
        Member::of(membership.ok_or(Error::NotFound("conversation"))?)
    }

    /// The caller's memberships, in no order.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        self.store.memberships(user).await
    }

    /// The caller's conversations, the last active first.
    pub async fn list(&self, actor: &Actor, cursor: Option<Cursor>, limit: u32) -> Result<Page<Conversation>> {
        let memberships = self.store.memberships(actor.user).await?;
        let mut all = self.views.conversations(actor.user, &memberships).await?;
        self.pass_own_messages(actor.user, &all);
        all.sort_by_key(|conversation| Reverse(Cursor::of(conversation)));
        let mut rest = all.into_iter().filter(|c| cursor.is_none_or(|cursor| Cursor::of(c) < cursor));
        let items: Vec<_> = rest.by_ref().take(limit as usize).collect();
        let more = rest.next().is_some();
        let next_cursor = items.last().filter(|_| more).map(|last| Cursor::of(last).to_string());
        Ok(Page { items, next_cursor })
    }

    /// Counting what is unread reads past one's own messages. Where nothing else lies behind the cursor, it moves over
    /// them: that changes no count, and the next one is short again for who writes much and reads nothing.
    fn pass_own_messages(&self, user: UserId, conversations: &[Conversation]) {
        for conversation in conversations.iter().filter(|conversation| conversation.unread == 0) {
            let last = conversation.last_message.as_ref().map_or(0, |message| message.seq);
            if last - conversation.read_seq >= OWN_MESSAGES {
                let (reads, id) = (Arc::clone(&self.reads), conversation.id);
                tokio::spawn(async move {
                    if let Err(error) = reads.advance(user, id, last).await {
                        tracing::debug!(%error, "a cursor stays behind its user's own messages");
                    }
                });
            }
        }
    }

    pub async fn get(&self, member: &Member<CanRead>) -> Result<Conversation> {
        let membership = std::slice::from_ref(member.membership());
        let mut conversations = self.views.conversations(member.user(), membership).await?;
        conversations.pop().ok_or(Error::NotFound("conversation"))
    }

    /// The direct conversation with `peer`, and whether it is new. Whom one may reach is the other's `dm_policy`; a
    /// conversation that exists is found again, unless one of the two has blocked the other.
    pub async fn open_direct(&self, actor: &Actor, peer: UserId) -> Result<(Conversation, bool)> {
        if peer == actor.user {
            return Err(Error::invalid("user_id", "invalid", "Choose somebody else than yourself."));
        }
        let account = self.accounts.account(peer).await?.filter(|account| account.deleted_at.is_none());
        let account = account.ok_or(Error::NotFound("user"))?;
        let relation = self.friends.relation(actor.user, peer).await?;
        let welcome = match account.dm_policy {
            DmPolicy::Everyone => relation.friends || permissions::can(actor.role, GlobalAction::OpenDirect),
            DmPolicy::Friends => relation.friends,
            DmPolicy::Nobody => false,
        };
        if relation.blocked {
            return Err(Error::Forbidden(ErrorCode::DmNotAllowed));
        }
        let existing = self.store.memberships(actor.user).await?.into_iter().find(|m| m.peer == Some(peer));
        let (id, new) = match existing {
            Some(membership) => (membership.conversation, false),
            None if !welcome => return Err(Error::Forbidden(ErrorCode::DmNotAllowed)),
            None => self.store.open_direct(actor.user, peer, crate::now()).await?,
        };
        if new {
            self.outbox.flush().await;
        }
        Ok((self.get(&self.member(actor, id).await?).await?, new))
    }

    /// Moves the caller's read cursor forward; past the head it stops there.
    pub async fn advance_read(&self, member: &Member<CanRead>, seq: Seq) -> Result<()> {
        if seq < 0 {
            return Err(Error::invalid("seq", "out_of_range", "0 or more."));
        }
        let head = self.log.heads(&[member.stream()]).await?.first().copied().unwrap_or_default();
        self.reads.advance(member.user(), member.conversation(), seq.min(head)).await
    }

    pub async fn set_notify(&self, member: &Member<CanRead>, level: NotifyLevel) -> Result<()> {
        let found = self.store.set_notify(member.user(), member.conversation(), level).await?;
        if found { Ok(()) } else { Err(Error::NotFound("conversation")) }
    }

    /// Every stream that a user hears: the inbox, and one for each conversation.
    pub async fn streams(&self, user: UserId) -> Result<Vec<StreamId>> {
        let memberships = self.store.memberships(user).await?;
        Ok(std::iter::once(user.into()).chain(memberships.into_iter().map(|m| m.conversation.into())).collect())
    }
}

/// A place in the list of conversations: by last activity, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    active: i64,
    id: ConversationId,
}

impl Cursor {
    /// An empty conversation was active when it was made: its id tells.
    fn of(conversation: &Conversation) -> Self {
        let made = || {
            let (secs, nanos) = conversation.id.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
            i64::try_from(secs).unwrap_or_default() * 1_000 + i64::from(nanos / 1_000_000)
        };
        let active = conversation.last_message.as_ref().map_or_else(made, |last| last.created_at.as_millis());
        Self { active: Timestamp::from_millis(active).as_millis(), id: conversation.id }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.active, self.id.0.simple())
    }
}

impl std::str::FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (active, id) = text.split_once('.')?;
            Some(Self { active: active.parse().ok()?, id: id.parse().ok()? })
        };
        parse().ok_or_else(|| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))
    }
}
