//! The part of one conversation's history that is held at a time: a gapless run of messages, bounded, with what lies
//! beyond it on either side left on the server. Joins pages of history with live events. Pure; no browser.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use studyhall_wire::{Epoch, Event, EventBody, Message, MessagePage, Seq};

use super::fold::Fold;

/// The most messages that a window holds, and so the most that are in the document.
pub const CAPACITY: usize = 300;

/// Which page of history is wanted. Bounds are exclusive, but for `Around`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Newest,
    Before(Seq),
    After(Seq),
    Around(Seq),
}

/// A request for a page, for its answer to be matched with the window that it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    span: Span,
    generation: u32,
}

impl Ticket {
    pub fn span(self) -> Span {
        self.span
    }
}

/// A bounded, gapless run of a conversation's messages.
#[derive(Clone, Debug, Default)]
pub struct Window {
    fold: Fold,
    /// Members who came and went within the run.
    system: BTreeMap<Seq, Event>,
    epoch: Option<Epoch>,
    has_older: bool,
    has_newer: bool,
    /// Events since the oldest request that is still under way: a page that was read before them gets them here.
    recent: VecDeque<Event>,
    in_flight: usize,
    generation: u32,
    /// Whether the reader is at the end. Then the oldest make room for what arrives; else what arrives waits.
    following: bool,
}

impl Window {
    pub fn messages(&self) -> &Fold {
        &self.fold
    }

    pub fn system(&self) -> &BTreeMap<Seq, Event> {
        &self.system
    }

    /// Whether a page has come in at all.
    pub fn is_loaded(&self) -> bool {
        self.epoch.is_some()
    }

    pub fn has_older(&self) -> bool {
        self.has_older
    }

    /// Whether there is, or may be, something between this window and the end of the conversation.
    pub fn has_newer(&self) -> bool {
        self.has_newer
    }

    /// Whether something between `seq` and what is held is still on the server.
    pub fn starts_after(&self, seq: Seq) -> bool {
        self.has_older && self.fold.first_seq().is_none_or(|first| first > seq + 1)
    }

    pub fn get(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.fold.get(seq)
    }

    /// Says whether the reader is at the end.
    pub fn follow(&mut self, following: bool) {
        self.following = following;
    }

    /// A page is being asked for: from here on events are kept for it.
    pub fn begin(&mut self, span: Span) -> Ticket {
        self.in_flight += 1;
        Ticket { span, generation: self.generation }
    }

    /// Events were missed: what is held stays in sight, and what was asked for earlier is not taken any more. The
    /// newest page is to be asked for next.
    pub fn lose(&mut self) {
        self.generation += 1;
        self.in_flight = 0;
        self.recent.clear();
    }

    /// A page did not come.
    pub fn abandon(&mut self, ticket: Ticket) {
        if ticket.generation != self.generation {
            return;
        }
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.in_flight == 0 {
            self.recent.clear();
        }
    }

    /// Takes in the page that was asked for. A page that no longer fits (the window moved meanwhile) is let go.
    /// Answers whether it was taken.
    pub fn join(&mut self, ticket: Ticket, page: MessagePage) -> bool {
        let taken = ticket.generation == self.generation && self.take(ticket.span, page);
        self.abandon(ticket);
        taken
    }

    fn take(&mut self, span: Span, page: MessagePage) -> bool {
        let MessagePage { items, system, has_more, epoch, as_of } = page;
        let other_epoch = self.epoch.is_some_and(|known| known != epoch);
        match span {
            Span::Newest | Span::Around(_) => {
                self.fold = Fold::default();
                self.system.clear();
                self.has_older = has_more;
                // `around` does not say on which side there is more; an empty page after the last one settles it.
                self.has_newer = has_more && span != Span::Newest;
                self.following = span == Span::Newest;
                self.epoch = Some(epoch);
            }
            Span::Before(seq) => {
                if other_epoch || self.fold.first_seq() != Some(seq) {
                    return false;
                }
                self.has_older = has_more;
            }
            Span::After(seq) => {
                if other_epoch || self.fold.last_seq() != Some(seq) {
                    return false;
                }
                self.has_newer = has_more;
            }
        }
        self.fold.join(items, as_of);
        self.system.extend(system.into_iter().map(|event| (event.seq, event)));
        let missed: Vec<Event> = self.recent.iter().filter(|event| event.seq > as_of).cloned().collect();
        for event in &missed {
            self.add(event);
        }
        match span {
            Span::Before(_) => self.drop_newest(),
            Span::Newest | Span::After(_) => self.drop_oldest(),
            Span::Around(_) => {}
        }
        true
    }

    /// Applies a live event; answers whether anything changed. Events of a stream come once each and in order.
    pub fn apply(&mut self, event: &Event) -> bool {
        if self.in_flight > 0 {
            self.recent.push_back(event.clone());
        }
        if !self.is_loaded() {
            return false;
        }
        let changed = self.add(event);
        if self.fold.len() > CAPACITY {
            if self.following { self.drop_oldest() } else { self.drop_newest() }
        }
        changed
    }

    fn add(&mut self, event: &Event) -> bool {
        match event.body {
            // What follows a part that is not here would leave a hole.
            EventBody::MessageCreated(_) if self.has_newer => false,
            EventBody::MemberJoined(_)
            | EventBody::MemberLeft(_)
            | EventBody::MemberRoleChanged(_)
            | EventBody::GroupUpdated(_) => !self.has_newer && self.system.insert(event.seq, event.clone()).is_none(),
            _ => self.fold.apply(event),
        }
    }

    fn drop_oldest(&mut self) {
        if self.fold.keep_newest(CAPACITY) {
            self.has_older = true;
            if let Some(first) = self.fold.first_seq() {
                self.system = self.system.split_off(&first);
            }
        }
    }

    fn drop_newest(&mut self) {
        if self.fold.keep_oldest(CAPACITY) {
            self.has_newer = true;
            if let Some(last) = self.fold.last_seq() {
                self.system.split_off(&(last + 1));
            }
        }
    }
}
