//! The calls about notifications.

use studyhall_wire::{Count, Notification, NotificationId, Page};

use super::{Api, calls::page_path, error::Result};

/// Notifications in one page.
const PAGE: u32 = 30;

impl Api {
    /// The newest first.
    pub async fn notifications(self, cursor: Option<&str>) -> Result<Page<Notification>> {
        self.get(page_path("/notifications", PAGE, cursor)).await
    }

    pub async fn unread_notifications(self) -> Result<Count> {
        self.get("/notifications/unread-count".into()).await
    }

    pub async fn read_notification(self, id: NotificationId) -> Result<()> {
        self.post(format!("/notifications/{id}/read")).await
    }

    pub async fn read_all_notifications(self) -> Result<()> {
        self.post("/notifications/read-all".into()).await
    }
}
