//! Authority over a conversation as a value: a [`Member<C>`] can only be made by checking, and what needs the
//! authority takes it as an argument.

use std::marker::PhantomData;

use studyhall_wire::{ConversationId, ConversationKind, ErrorCode, StreamId, UserId};

use crate::{
    Error, Result,
    permissions::group::{self, GroupAction},
    ports::Membership,
};

/// Something that a member may be allowed to do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Read,
    /// Post, edit and delete one's own, react, show that one types.
    Write,
    Pin,
    /// Delete others' messages.
    Moderate,
    /// Have `@everyone` count as a mention.
    MentionEveryone,
}

/// Whether a member may do something: in a group by the role's table, in a direct conversation both may do all but
/// moderate. `Forbidden(Blocked)` where one of the two has blocked the other, `Forbidden(GroupArchived)` where nobody
/// writes any more.
pub fn require(membership: &Membership, action: Action) -> Result<()> {
    let writes = matches!(action, Action::Write | Action::Pin | Action::MentionEveryone);
    let refuse = |code| Err(Error::Forbidden(code));
    match membership.kind {
        ConversationKind::Direct if action == Action::Moderate => refuse(ErrorCode::Forbidden),
        ConversationKind::Direct if writes && membership.blocked => refuse(ErrorCode::Blocked),
        ConversationKind::Direct => Ok(()),
        ConversationKind::Group => {
            let role = membership.role.ok_or(Error::Forbidden(ErrorCode::Forbidden))?;
            group::require(role, in_group(action))?;
            if writes && membership.archived { refuse(ErrorCode::GroupArchived) } else { Ok(()) }
        }
    }
}

/// What the table of groups calls it.
const fn in_group(action: Action) -> GroupAction {
    match action {
        Action::Read => GroupAction::Read,
        Action::Write => GroupAction::Write,
        Action::Pin => GroupAction::Pin,
        Action::Moderate => GroupAction::DeleteMessages,
        Action::MentionEveryone => GroupAction::MentionEveryone,
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
    CanMentionEveryone => MentionEveryone,
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
        require(&membership, C::ACTION)?;
        Ok(Self { membership, capability: PhantomData })
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
