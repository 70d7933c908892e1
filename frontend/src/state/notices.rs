//! The notifications, as far as they have come in, and how many are unread. Pure; no browser.

use studyhall_wire::{EventBody, Notification, NotificationId, Page, Timestamp};

use super::Load;

/// The newest notifications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notices {
    /// How the list stands; it is fetched when somebody first looks at it.
    pub load: Load,
    items: Vec<Notification>,
    unread: u32,
    next: Option<String>,
    /// Whether a page is on its way.
    pub busy: bool,
}

impl Notices {
    /// The newest first.
    pub fn items(&self) -> &[Notification] {
        &self.items
    }

    pub fn unread(&self) -> u32 {
        self.unread
    }

    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// How many are unread, as the server counts them.
    pub fn counted(&mut self, unread: u64) {
        self.unread = u32::try_from(unread).unwrap_or(u32::MAX);
    }

    /// Takes in a page: the first one, or the next. What came over the socket meanwhile stays.
    pub fn take(&mut self, page: Page<Notification>, first: bool) {
        if first {
            let newest = page.items.first().map(|newest| newest.id);
            self.items.retain(|known| newest.is_some_and(|newest| known.id > newest));
        }
        for item in page.items {
            if !self.items.iter().any(|known| known.id == item.id) {
                self.items.push(item);
            }
        }
        self.next = page.next_cursor;
        self.load = Load::Ready;
    }

    /// Somebody has read one, here or on another device.
    pub fn read(&mut self, id: NotificationId, at: Timestamp) {
        match self.items.iter_mut().find(|item| item.id == id) {
            Some(item) if item.read_at.is_some() => return,
            Some(item) => item.read_at = Some(at),
            None => {}
        }
        self.unread = self.unread.saturating_sub(1);
    }

    /// Somebody has read all of them.
    pub fn read_all(&mut self, at: Timestamp) {
        for item in &mut self.items {
            item.read_at.get_or_insert(at);
        }
        self.unread = 0;
    }

    /// Applies an event of the inbox; answers whether it was about notifications.
    pub fn apply(&mut self, body: &EventBody, at: Timestamp) -> bool {
        match body {
            EventBody::NotificationCreated(item) => {
                if !self.items.iter().any(|known| known.id == item.id) {
                    self.items.insert(0, (**item).clone());
                    self.unread += u32::from(item.read_at.is_none());
                }
            }
            EventBody::NotificationRead(read) => match read.id {
                Some(id) => self.read(id, at),
                None => self.read_all(at),
            },
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use studyhall_wire::{NotificationKind, NotificationRead};

    use super::*;

    fn notification() -> Notification {
        Notification {
            id: NotificationId::new(),
            kind: NotificationKind::Mention,
            title: "Ada mentioned you".into(),
            body: String::new(),
            data: Value::Null,
            created_at: Timestamp::from_millis(1),
            read_at: None,
        }
    }

    #[test]
    fn what_comes_counts_until_it_is_read() {
        let (mut notices, at) = (Notices::default(), Timestamp::from_millis(2));
        let (one, two) = (notification(), notification());
        for item in [&one, &two, &two] {
            assert!(notices.apply(&EventBody::NotificationCreated(Box::new(item.clone())), at));
        }
        assert_eq!((notices.unread(), notices.items().len()), (2, 2));
        notices.read(one.id, at);
        notices.apply(&EventBody::NotificationRead(NotificationRead::one(one.id)), at);
        assert_eq!(notices.unread(), 1);
        notices.apply(&EventBody::NotificationRead(NotificationRead::all()), at);
        assert_eq!(notices.unread(), 0);
        assert!(notices.items().iter().all(|item| item.read_at.is_some()));
    }

    #[test]
    fn a_page_joins_what_came_meanwhile() {
        let mut notices = Notices::default();
        let (old, new) = (notification(), notification());
        notices.apply(&EventBody::NotificationCreated(Box::new(new.clone())), Timestamp::from_millis(2));
        notices.take(Page { items: vec![old.clone()], next_cursor: None }, true);
        let ids: Vec<_> = notices.items().iter().map(|item| item.id).collect();
        assert_eq!(ids, [new.id, old.id]);
    }
}
