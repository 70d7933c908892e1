//! Friends: asking, answering, parting; and blocks, which stop what two people could do with each other.

use std::sync::Arc;

use studyhall_wire::{FriendRequest, FriendRequests, FriendshipState, Page, User, UserId};

use crate::{
    Error, Result,
    appender::Appender,
    auth::Actor,
    now,
    outbox::Outbox,
    people::{People, username_cursor, username_of},
    permissions::{self, GlobalAction},
    ports::{Account, Fanout, FriendStore, Limit, Live, OpenRequest, RateLimiter},
};

/// Requests that are shown at most, in either direction.
const REQUESTS: u32 = 200;

pub struct Friends {
    pub(crate) store: Arc<dyn FriendStore>,
    pub(crate) people: Arc<People>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) appender: Arc<Appender>,
    pub(crate) fanout: Arc<dyn Fanout>,
}

impl std::fmt::Debug for Friends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Friends").finish_non_exhaustive()
    }
}

impl Friends {
    /// One's friends, ascending by username.
    pub async fn list(&self, actor: &Actor, cursor: Option<&str>, limit: u32) -> Result<Page<User>> {
        let after = cursor.map(username_of).transpose()?;
        let found = self.store.friends(actor.user, after.as_deref(), limit.saturating_add(1)).await?;
        self.page(actor, found, limit).await
    }

    /// What waits for an answer, the newest first, at most 200 in either direction.
    pub async fn requests(&self, actor: &Actor) -> Result<FriendRequests> {
        let incoming = self.store.incoming_requests(actor.user, REQUESTS).await?;
        let outgoing = self.store.outgoing_requests(actor.user, REQUESTS).await?;
        Ok(FriendRequests {
            incoming: self.shown(actor, incoming).await?,
            outgoing: self.shown(actor, outgoing).await?,
        })
    }

    /// Asks for friendship; who was asked by that person already accepts by it.
    pub async fn request(&self, actor: &Actor, user: UserId) -> Result<FriendshipState> {
        permissions::require(actor.role, GlobalAction::RequestFriendship)?;
        not_oneself(actor, user)?;
        self.limiter.take(Limit::Friend, &actor.user.to_string()).await?;
        let state = self.store.request_friendship(actor.user, user, now()).await?;
        self.told(actor.user, user, state == FriendshipState::Friends).await;
        Ok(state)
    }

    pub async fn accept(&self, actor: &Actor, asker: UserId) -> Result<()> {
        self.store.accept_friendship(actor.user, asker, now()).await?;
        self.told(actor.user, asker, true).await;
        Ok(())
    }

    pub async fn reject(&self, actor: &Actor, asker: UserId) -> Result<()> {
        self.store.decline_friendship(actor.user, asker, now()).await?;
        self.told(actor.user, asker, false).await;
        Ok(())
    }

    /// Takes one's own request back.
    pub async fn take_back(&self, actor: &Actor, asked: UserId) -> Result<()> {
        self.store.take_request_back(actor.user, asked, now()).await?;
        self.told(actor.user, asked, false).await;
        Ok(())
    }

    pub async fn remove(&self, actor: &Actor, friend: UserId) -> Result<()> {
        self.store.end_friendship(actor.user, friend, now()).await?;
        self.told(actor.user, friend, true).await;
        Ok(())
    }

    /// Whom one has blocked, ascending by username.
    pub async fn blocks(&self, actor: &Actor, cursor: Option<&str>, limit: u32) -> Result<Page<User>> {
        let after = cursor.map(username_of).transpose()?;
        let found = self.store.blocks(actor.user, after.as_deref(), limit.saturating_add(1)).await?;
        self.page(actor, found, limit).await
    }

    /// Blocks somebody. When it returns, neither of the two can write to the other.
    pub async fn block(&self, actor: &Actor, other: UserId) -> Result<()> {
        not_oneself(actor, other)?;
        self.store.block(actor.user, other, now()).await?;
        self.recheck(actor.user, other).await;
        Ok(())
    }

    pub async fn unblock(&self, actor: &Actor, other: UserId) -> Result<()> {
        self.store.unblock(actor.user, other, now()).await?;
        self.recheck(actor.user, other).await;
        Ok(())
    }

    /// Whether the two may write to each other has changed: here at once, on other nodes with the next look at the
    /// revocations, which the fan-out hastens.
    async fn recheck(&self, one: UserId, other: UserId) {
        for user in [one, other] {
            self.appender.recheck(user);
            self.fanout.publish(Live::Standing { user });
        }
        self.told(one, other, true).await;
    }

    /// Appends what the inboxes are owed; where who may see whom has changed, both are told anew of each other.
    async fn told(&self, one: UserId, other: UserId, acquaintance: bool) {
        self.outbox.flush().await;
        if acquaintance {
            for (user, viewer) in [(one, other), (other, one)] {
                self.fanout.publish(Live::Acquaintance { user, viewer });
            }
        }
    }

    async fn page(&self, actor: &Actor, mut found: Vec<Account>, limit: u32) -> Result<Page<User>> {
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| username_cursor(&last.username));
        Ok(Page { items: self.people.present(actor.user, &found).await?, next_cursor })
    }

    async fn shown(&self, actor: &Actor, requests: Vec<OpenRequest>) -> Result<Vec<FriendRequest>> {
        let (others, times): (Vec<_>, Vec<_>) = requests.into_iter().map(|r| (r.other, r.created_at)).unzip();
        let users = self.people.present(actor.user, &others).await?;
        Ok(users.into_iter().zip(times).map(|(user, created_at)| FriendRequest { user, created_at }).collect())
    }
}

fn not_oneself(actor: &Actor, user: UserId) -> Result<()> {
    if user == actor.user {
        return Err(Error::invalid("user_id", "invalid", "Choose somebody else than yourself."));
    }
    Ok(())
}
