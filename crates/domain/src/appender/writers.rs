//! Who may write in a stream. A sender's membership was checked when the message came; by the time it is its turn, the
//! sender may have been removed, blocked, or the group archived. So the appender asks once more, in stream order, and
//! remembers who may write for as long as nothing could have changed it: what changes it passes through the same lane
//! (`forgotten_by`), comes between two batches from another node ([`Appender::heard`], or a conflict), or is told
//! ([`Appender::recheck`]).

use std::collections::{HashMap, HashSet};

use studyhall_wire::{ConversationId, ErrorCode, EventBody, StreamId, UserId};

use super::{Appender, Change, What};
use crate::{
    Error, Result,
    member::{CanWrite, Member},
    ports::{LogBody, LogEvent},
};

/// Why somebody may not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No member: to them there is no such conversation.
    Outsider,
    Forbidden(ErrorCode),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Outsider => Self::NotFound("conversation"),
            Refusal::Forbidden(code) => Self::Forbidden(code),
        }
    }
}

/// Who of a batch's authors may not write, and why.
pub type Refused = HashMap<UserId, Refusal>;

/// What a lane remembers of who may write.
#[derive(Debug, Default)]
pub struct Writers {
    known: HashSet<UserId>,
    /// Counts how often something was forgotten, so that an answer that was asked for before is not remembered after.
    forgotten: u64,
}

impl Writers {
    pub fn forget(&mut self) {
        self.known.clear();
        self.forgotten += 1;
    }

    fn forget_after(&mut self, event: &LogEvent) {
        match &event.body {
            LogBody::Conversation(EventBody::MemberLeft(left)) => {
                self.known.remove(&left.user_id);
                self.forgotten += 1;
            }
            LogBody::Conversation(EventBody::GroupUpdated(_)) => self.forget(),
            _ => {}
        }
    }
}

/// Who writes with this change. Deleting is decided where it is asked for.
pub fn author(change: &Change) -> Option<UserId> {
    match &change.what {
        What::Post(_) | What::Edit { .. } | What::React { .. } | What::Pin { .. } => change.actor,
        What::Delete { .. } | What::Inbox { .. } | What::Group { .. } => None,
    }
}

impl Appender {
    /// What this user may do where has changed: whoever writes next in a stream in which the user wrote is asked for
    /// anew.
    pub fn recheck(&self, user: UserId) {
        let mut lanes = self.lanes.lock();
        for lane in lanes.values_mut() {
            // An answer that is on its way counts as little.
            lane.writers.forgotten += 1;
            if lane.writers.known.contains(&user) {
                lane.writers.forget();
            }
        }
    }

    /// Asks for those authors whom the lane does not know. Where the head was read anew, call it after that: then a
    /// removal that the head includes is found, and one that it does not include makes the append a conflict.
    pub(super) async fn refused(&self, stream: StreamId, changes: &[Change]) -> Result<Refused> {
        let (mut strangers, forgotten) = {
            let lanes = self.lanes.lock();
            let Some(lane) = lanes.get(&stream) else { return Ok(Refused::new()) };
            let unknown = |user: &UserId| !lane.writers.known.contains(user);
            let strangers: Vec<UserId> = changes.iter().filter_map(author).filter(unknown).collect();
            (strangers, lane.writers.forgotten)
        };
        if strangers.is_empty() {
            return Ok(Refused::new());
        }
        strangers.sort_unstable();
        strangers.dedup();
        let conversation = ConversationId::from(stream.0);
        let members = self.conversations.memberships_in(conversation, &strangers).await?;
        let mut refused: Refused = strangers.iter().map(|user| (*user, Refusal::Outsider)).collect();
        for member in members {
            let user = member.user;
            match Member::<CanWrite>::of(member) {
                Ok(_) => drop(refused.remove(&user)),
                Err(error) => drop(refused.insert(user, Refusal::Forbidden(error.code()))),
            }
        }
        let mut lanes = self.lanes.lock();
        if let Some(lane) = lanes.get_mut(&stream).filter(|lane| lane.writers.forgotten == forgotten) {
            lane.writers.known.extend(strangers.into_iter().filter(|user| !refused.contains_key(user)));
        }
        Ok(refused)
    }

    /// These events are in the log now. Whether one of them changes who may write.
    pub(super) fn forgotten_by<'a>(&self, stream: StreamId, events: impl Iterator<Item = &'a LogEvent>) -> bool {
        let mut changing = events.filter(|event| changes_writers(event)).peekable();
        if changing.peek().is_none() {
            return false;
        }
        self.at(stream, |lane| changing.for_each(|event| lane.writers.forget_after(event)));
        true
    }
}

fn changes_writers(event: &LogEvent) -> bool {
    matches!(&event.body, LogBody::Conversation(EventBody::MemberLeft(_) | EventBody::GroupUpdated(_)))
}
