//! Who may do what in a group: the table of the wire contract, in one place.
//!
//! Two rules besides the table: nobody acts on a member of an equal or higher role, and nobody grants a role at or
//! above their own.

use studyhall_wire::{ErrorCode, GroupRole};

use crate::{Error, Result};

/// What a role in a group allows or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupAction {
    Delete,
    Transfer,
    /// Make somebody an admin, or an admin something else.
    MakeAdmins,
    /// Name, description, visibility, picture, archive.
    Settings,
    AddMembers,
    Invite,
    /// Make somebody a moderator, or a moderator something else.
    MakeModerators,
    Unban,
    AnswerRequests,
    Remove,
    Ban,
    /// Delete others' messages.
    DeleteMessages,
    Pin,
    MentionEveryone,
    /// Reminders that are due for every member.
    Remind,
    Read,
    /// Post, edit and delete one's own, react, show that one types.
    Write,
    /// The owner leaves after transferring.
    Leave,
}

impl GroupAction {
    pub const ALL: [Self; 18] = [
        Self::Delete,
        Self::Transfer,
        Self::MakeAdmins,
        Self::Settings,
        Self::AddMembers,
        Self::Invite,
        Self::MakeModerators,
        Self::Unban,
        Self::AnswerRequests,
        Self::Remove,
        Self::Ban,
        Self::DeleteMessages,
        Self::Pin,
        Self::MentionEveryone,
        Self::Remind,
        Self::Read,
        Self::Write,
        Self::Leave,
    ];

    /// As the page of the documentation calls it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Delete => "delete the group",
            Self::Transfer => "transfer it to another member",
            Self::MakeAdmins => "make or unmake admins",
            Self::Settings => "settings, picture, archive",
            Self::AddMembers => "add members",
            Self::Invite => "make and withdraw invitations",
            Self::MakeModerators => "make or unmake moderators",
            Self::Unban => "take a ban away",
            Self::AnswerRequests => "answer join requests",
            Self::Remove => "remove a member",
            Self::Ban => "ban somebody",
            Self::DeleteMessages => "delete others' messages",
            Self::Pin => "pin messages",
            Self::MentionEveryone => "mention `@everyone`",
            Self::Remind => "reminders for the whole group",
            Self::Read => "read",
            Self::Write => "write, react",
            Self::Leave => "leave (the owner after transferring)",
        }
    }

    /// The least role that may.
    #[must_use]
    pub const fn least(self) -> GroupRole {
        match self {
            Self::Delete | Self::Transfer | Self::MakeAdmins => GroupRole::Owner,
            Self::Settings | Self::AddMembers | Self::Invite | Self::MakeModerators | Self::Unban => GroupRole::Admin,
            Self::AnswerRequests
            | Self::Remove
            | Self::Ban
            | Self::DeleteMessages
            | Self::Pin
            | Self::MentionEveryone
            | Self::Remind => GroupRole::Moderator,
            Self::Read | Self::Write | Self::Leave => GroupRole::Member,
        }
    }
}

/// Whether `role` allows `action`, where it concerns nobody in particular.
#[must_use]
pub const fn can(role: GroupRole, action: GroupAction) -> bool {
    role as u8 <= action.least() as u8
}

/// Whether `actor` stands above `target`.
#[must_use]
pub const fn outranks(actor: GroupRole, target: GroupRole) -> bool {
    (actor as u8) < target as u8
}

/// Whether `actor` may do `action` to a member with the role `target`.
#[must_use]
pub const fn can_to(actor: GroupRole, action: GroupAction, target: GroupRole) -> bool {
    can(actor, action) && outranks(actor, target)
}

/// Whether `actor` may give `to` to who has `from`; to nobody yet where that is none. Ownership is transferred, not
/// given.
#[must_use]
pub const fn can_place(actor: GroupRole, from: Option<GroupRole>, to: GroupRole) -> bool {
    let grants = match to {
        GroupRole::Owner => false,
        GroupRole::Admin => can(actor, GroupAction::MakeAdmins),
        GroupRole::Moderator => can(actor, GroupAction::MakeModerators),
        GroupRole::Member => true,
    };
    let takes = match from {
        None => can(actor, GroupAction::AddMembers),
        Some(GroupRole::Owner) => false,
        Some(GroupRole::Admin) => can(actor, GroupAction::MakeAdmins),
        // To make a member a member again is nothing, and takes what making a moderator takes.
        Some(GroupRole::Moderator | GroupRole::Member) => can(actor, GroupAction::MakeModerators),
    };
    grants && takes
}

/// Refuses with 403 `forbidden` what [`can`] does not allow.
pub fn require(role: GroupRole, action: GroupAction) -> Result<()> {
    allow(can(role, action))
}

/// Refuses with 403 `forbidden` what is not allowed.
pub fn allow(allowed: bool) -> Result<()> {
    if allowed { Ok(()) } else { Err(Error::Forbidden(ErrorCode::Forbidden)) }
}
