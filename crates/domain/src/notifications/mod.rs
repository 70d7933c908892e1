//! Notifications: made in the transaction of what they tell of, written out for each reader in one place.

mod notice;
mod text;

use std::{sync::Arc, time::Duration};

use studyhall_wire::{Count, Notification, NotificationId, Page, Timestamp, UserId};

pub use self::{
    notice::{NamedGroup, Notice, SecurityEvent},
    text::{Language, render},
};
use crate::{
    Error, Result,
    auth::Actor,
    now,
    outbox::Outbox,
    ports::{Account, AccountStore, NotificationStore, StoredNotification},
};

/// How long notifications are kept, read or not, and how often older ones are looked for.
const KEEP_MS: i64 = 90 * 24 * 3_600_000;
const TIDY: Duration = Duration::from_hours(6);

/// Writes notifications out: for lists, and for the events of an inbox.
pub struct Letters {
    store: Arc<dyn NotificationStore>,
    accounts: Arc<dyn AccountStore>,
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letters").finish_non_exhaustive()
    }
}

impl Letters {
    pub fn new(store: Arc<dyn NotificationStore>, accounts: Arc<dyn AccountStore>) -> Arc<Self> {
        Arc::new(Self { store, accounts })
    }

    /// One of the reader's notifications; `None` where it is gone.
    pub async fn letter(&self, reader: UserId, id: NotificationId) -> Result<Option<Notification>> {
        match self.store.notification(reader, id).await? {
            Some(stored) => Ok(self.write(reader, vec![stored]).await?.pop()),
            None => Ok(None),
        }
    }

    /// `stored`, all of one reader, in the reader's language and in the same order. One query, however many there are.
    pub async fn write(&self, reader: UserId, stored: Vec<StoredNotification>) -> Result<Vec<Notification>> {
        if stored.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids: Vec<UserId> = stored.iter().filter_map(|stored| stored.notice.person()).collect();
        ids.push(reader);
        ids.sort_unstable();
        ids.dedup();
        let accounts = self.accounts.accounts(&ids).await?;
        let find = |id: UserId| accounts.iter().find(|account| account.id == id);
        let language = Language::of(find(reader).map_or("", |account| account.locale.as_str()));
        let written = stored.into_iter().map(|stored| {
            let StoredNotification { id, user: _, notice, created_at, read_at } = stored;
            let name = notice.person().and_then(find).and_then(name);
            let (title, body) = render(&notice, language, name);
            Ok(Notification { id, kind: notice.kind(), title, body, data: notice.data()?, created_at, read_at })
        });
        written.collect()
    }
}

/// A deleted account has no name.
fn name(account: &Account) -> Option<&str> {
    account.deleted_at.is_none().then_some(account.display_name.as_str())
}

/// What one does with one's own notifications.
pub struct Notifications {
    pub(crate) store: Arc<dyn NotificationStore>,
    pub(crate) letters: Arc<Letters>,
    pub(crate) outbox: Arc<Outbox>,
}

impl std::fmt::Debug for Notifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifications").finish_non_exhaustive()
    }
}

impl Notifications {
    /// The caller's, the newest first; `unread` alone where asked for.
    pub async fn list(
        &self,
        actor: &Actor,
        unread: bool,
        before: Option<NotificationId>,
        limit: u32,
    ) -> Result<Page<Notification>> {
        let mut found = self.store.notifications(actor.user, unread, before, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(Page { items: self.letters.write(actor.user, found).await?, next_cursor })
    }

    pub async fn count_unread(&self, actor: &Actor) -> Result<Count> {
        Ok(Count { count: self.store.count_unread(actor.user).await? })
    }

    /// Marks one as read: 404 where the caller has none with this id. Again, it changes nothing.
    pub async fn read(&self, actor: &Actor, id: NotificationId) -> Result<()> {
        if !self.store.mark_notification_read(actor.user, id, now()).await? {
            return Err(Error::NotFound("notification"));
        }
        self.outbox.flush().await;
        Ok(())
    }

    pub async fn read_all(&self, actor: &Actor) -> Result<()> {
        self.store.mark_notifications_read(actor.user, now()).await?;
        self.outbox.flush().await;
        Ok(())
    }

    /// Forgets old ones, now and then, for ever.
    pub(crate) async fn tidy(&self) {
        loop {
            tokio::time::sleep(TIDY).await;
            let before = Timestamp::from_millis(now().as_millis() - KEEP_MS);
            if let Err(error) = self.store.prune_notifications(before).await {
                tracing::warn!(%error, "old notifications could not be pruned");
            }
        }
    }
}
