//! Authority over a conversation as a value: a [`Member<C>`] can only be made by checking, and what needs the
//! authority takes it as an argument.

use std::marker::PhantomData;

use studyhall_wire::{ConversationId, ConversationKind, ErrorCode, StreamId, UserId};

use crate::{Error, Result, ports::Membership};

/// Something that a member may be allowed to do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Read,
    /// Post, edit and delete one's own, react, show that one types.
    Write,
    Pin,
    /// Delete others' messages.
    Moderate,
}

/// Who may do what in a conversation of which kind.
#[must_use]
pub fn allows(kind: ConversationKind, action: Action) -> bool {
    match (kind, action) {
        (_, Action::Read | Action::Write) | (ConversationKind::Direct, Action::Pin) => true,
        (ConversationKind::Direct, Action::Moderate) | (ConversationKind::Group, Action::Pin | Action::Moderate) => {
            false
        }
    }
}

/// An [`Action`] as a type, for signatures.
pub trait Capability {
    const ACTION: Action;
}

macro_rules! capabilities {
    ($($name:ident => $action:ident,)*) => {$(
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Capability for $name {
            const ACTION: Action = Action::$action;
        }
    )*};
}

capabilities! {
    CanRead => Read,
    CanWrite => Write,
    CanPin => Pin,
    CanModerate => Moderate,
}

/// A user who was found to be a member with the capability `C`.
#[derive(Clone, Debug)]
pub struct Member<C: Capability> {
    membership: Membership,
    capability: PhantomData<C>,
}

impl<C: Capability> Member<C> {
    /// `Forbidden` where the membership does not carry the capability.
    pub fn of(membership: Membership) -> Result<Self> {
        if allows(membership.kind, C::ACTION) {
            Ok(Self { membership, capability: PhantomData })
        } else {
            Err(Error::Forbidden(ErrorCode::Forbidden))
        }
    }

    pub fn user(&self) -> UserId {
        self.membership.user
    }

    pub fn conversation(&self) -> ConversationId {
        self.membership.conversation
    }

    pub fn stream(&self) -> StreamId {
        self.membership.conversation.into()
    }

    pub fn membership(&self) -> &Membership {
        &self.membership
    }
}
