//! Fetching and reading notifications.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Event, EventBody, NotificationId, NotificationKind, Timestamp};

use super::{Desk, Load};
use crate::{api, clock};

fn now() -> Timestamp {
    Timestamp::from_millis(clock::now_millis())
}

impl Desk {
    /// Asks how many notifications are unread, and for the list where somebody has looked at it.
    pub(super) async fn refresh_notices(self) {
        if let Ok(count) = self.api.unread_notifications().await {
            self.notices.update(|notices| notices.counted(count.count));
        }
        if self.notices.with_untracked(|notices| notices.load == Load::Ready) {
            self.load_notices(true).await;
        }
    }

    /// Fetches the first page of notifications, unless it is here.
    pub fn open_notices(self) {
        let held = self.notices.with_untracked(|notices| notices.load == Load::Ready || notices.busy);
        if !held {
            spawn_local(self.load_notices(true));
        }
    }

    /// Fetches the next page.
    pub fn more_notices(self) {
        if self.notices.with_untracked(|notices| notices.next().is_some() && !notices.busy) {
            spawn_local(self.load_notices(false));
        }
    }

    async fn load_notices(self, first: bool) {
        self.notices.update(|notices| {
            notices.busy = true;
            if matches!(notices.load, Load::Failed(_)) {
                notices.load = Load::Loading;
            }
        });
        let cursor = self.notices.with_untracked(|notices| notices.next().map(str::to_owned)).filter(|_| !first);
        let answer = self.api.notifications(cursor.as_deref()).await;
        self.notices.update(|notices| {
            notices.busy = false;
            match answer {
                Ok(page) => notices.take(page, first),
                Err(error) if notices.load != Load::Ready => notices.load = Load::Failed(error),
                Err(_) => {}
            }
        });
    }

    /// One notification is read: shown at once.
    pub fn read_notice(self, id: NotificationId) {
        self.notices.update(|notices| notices.read(id, now()));
        spawn_local(async move {
            if self.api.read_notification(id).await.is_err() {
                self.refresh_notices().await;
            }
        });
    }

    /// All of them are read.
    ///
    /// # Errors
    /// What the server says about it.
    pub async fn read_all_notices(self) -> api::Result<()> {
        self.api.read_all_notifications().await?;
        self.notices.update(|notices| notices.read_all(now()));
        Ok(())
    }

    /// Applies an event of the inbox that is about notifications; answers whether it was.
    pub(super) fn notice_event(self, event: &Event) -> bool {
        if let EventBody::NotificationCreated(item) = &event.body {
            self.announcement.set(item.title.clone());
            self.joining_notified(item);
            // One's own global role: what it allows is shown at once.
            if item.kind == NotificationKind::RoleChanged && item.data.get("group_id").is_none() {
                spawn_local(async move { drop(self.refresh_me().await) });
            }
        }
        self.notices.try_update(|notices| notices.apply(&event.body, event.at)).unwrap_or_default()
    }
}
