use std::sync::Arc;

use bytes::Bytes;
use studyhall_wire::{ConversationId, GroupRole, Presence, Seq, SessionId, StreamId, UserId};

/// What a hub must know of an event besides its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    /// In an inbox: its user's sockets are to hear this conversation from now on, after `head`.
    Enter {
        conversation: ConversationId,
        head: Seq,
    },
    /// In an inbox: its user's sockets are not to hear this conversation any more.
    Exit {
        conversation: ConversationId,
    },
    /// In a conversation: this user's sockets hear no event after this one.
    Leave(UserId),
    /// In a conversation: this user's role is another one from now on.
    Role {
        user: UserId,
        role: GroupRole,
    },
    /// In a conversation: whether its group is archived from now on.
    Archived(bool),
}

impl Effect {
    /// Who is out with this event.
    pub fn leaver(self) -> Option<UserId> {
        match self {
            Self::Leave(user) => Some(user),
            _ => None,
        }
    }
}

/// An event on its way to sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    pub effect: Effect,
    /// The JSON of the `event` frame, encoded once.
    pub json: Bytes,
}

/// A thing that happened now, on its way to sockets. What is an event is in the log already: this is a hint that
/// makes it fast, and losing one loses nothing.
#[derive(Clone, Debug)]
pub enum Live {
    /// Events that were written together: the first has the seq `first`, the others follow it without a hole.
    Events { stream: StreamId, first: Seq, events: Vec<LiveEvent> },
    /// To the conversation's sockets, but for the user's own.
    Typing { conversation: ConversationId, user: UserId },
    /// To whoever may see it.
    Presence { user: UserId, state: Presence },
    /// What this user may do somewhere has changed: what was remembered of it is to be read anew.
    Standing { user: UserId },
    /// What `viewer` may see of `user` has changed.
    Acquaintance { user: UserId, viewer: UserId },
    /// A changed profile, to who shares a conversation with the user and to the user.
    Profile { user: UserId },
    /// Hastens what the revocation poll finds.
    SessionEnded(SessionId),
}

/// Where [`Live`] messages arrive: a node's hub.
pub trait Receiver: Send + Sync {
    /// Must not block.
    fn receive(&self, message: Live);
    /// Messages may have been missed: compare heads.
    fn resync(&self);
    /// The same, for these streams alone: other nodes' messages on them arrive from now on.
    fn resync_streams(&self, streams: &[StreamId]);
}

/// Live fan-out between nodes. Never blocks, never fails: it is a hint. As long as it cannot be relied on, it has the
/// receiver compare heads again and again, so that nodes which hear nothing of each other agree within seconds.
pub trait Fanout: Send + Sync {
    /// To every attached receiver, this node's included, in the order of the calls.
    fn publish(&self, message: Live);

    /// Whether this node has sockets on the stream; what it has none on need not reach it.
    fn interest(&self, stream: StreamId, wanted: bool);

    /// Called once at boot.
    fn attach(&self, receiver: Arc<dyn Receiver>);
}
