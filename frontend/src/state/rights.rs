//! Who may do what, as the wire contract's tables say it: what one may not do is not offered. The server decides. Pure.

use studyhall_wire::{GroupRole, Role};

/// What a role in a group may allow. What is done to a member or to a message also needs a higher role than theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupAction {
    /// Delete the group, give it away, make or unmake admins.
    Own,
    /// Settings, picture, archive, add members, invitations, make or unmake moderators, lift bans.
    Manage,
    /// Answer requests, remove and ban, delete messages, pin, `@everyone`.
    Moderate,
}

/// Whether a role in a group allows this.
pub fn may(role: GroupRole, action: GroupAction) -> bool {
    role <= match action {
        GroupAction::Own => GroupRole::Owner,
        GroupAction::Manage => GroupRole::Admin,
        GroupAction::Moderate => GroupRole::Moderator,
    }
}

/// Whether who has the first role may act on who has the second.
pub fn outranks(mine: GroupRole, theirs: GroupRole) -> bool {
    mine < theirs
}

/// The roles that one may give to who has `theirs`, highest first. Ownership is given away, not granted.
pub fn grants(mine: GroupRole, theirs: GroupRole) -> Vec<GroupRole> {
    let may_grant = |role: &GroupRole| match role {
        GroupRole::Owner => false,
        GroupRole::Admin => may(mine, GroupAction::Own),
        GroupRole::Moderator | GroupRole::Member => may(mine, GroupAction::Manage),
    };
    if !outranks(mine, theirs) {
        return Vec::new();
    }
    GroupRole::ALL.into_iter().filter(may_grant).filter(|role| *role != theirs).collect()
}

/// Whether a global role lets one look for people and groups, ask for friendship, make groups and invite.
pub fn reaches_out(role: Role) -> bool {
    role != Role::Guest
}

/// Whether a global role may see reports.
pub fn sees_reports(role: Role) -> bool {
    matches!(role, Role::Superuser | Role::Admin | Role::Moderator)
}

/// Whether a global role may administer people.
pub fn administers(role: Role) -> bool {
    matches!(role, Role::Superuser | Role::Admin)
}

/// Whether who has the first global role may act on who has the second: on a lower one, a superuser on any.
pub fn commands(mine: Role, theirs: Role) -> bool {
    let rank = |role: Role| Role::ALL.iter().position(|known| *known == role);
    administers(mine) && (mine == Role::Superuser || rank(mine) < rank(theirs))
}

/// The global roles that one may give, highest first.
pub fn grantable(mine: Role) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| commands(mine, *role)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use GroupRole::{Admin, Member, Moderator, Owner};

    #[test]
    fn the_table_of_a_group() {
        for (action, least) in
            [(GroupAction::Own, Owner), (GroupAction::Manage, Admin), (GroupAction::Moderate, Moderator)]
        {
            for role in GroupRole::ALL {
                assert_eq!(may(role, action), role <= least, "{role:?} {action:?}");
            }
        }
        assert_eq!(grants(Owner, Member), [Admin, Moderator]);
        assert_eq!(grants(Owner, Admin), [Moderator, Member]);
        assert_eq!(grants(Admin, Moderator), [Member]);
        assert_eq!(grants(Admin, Admin), []);
        assert_eq!(grants(Moderator, Member), []);
    }

    #[test]
    fn the_table_of_everybody() {
        assert!(commands(Role::Superuser, Role::Superuser));
        assert!(commands(Role::Admin, Role::Moderator));
        assert!(!commands(Role::Admin, Role::Admin));
        assert!(!commands(Role::Moderator, Role::Guest));
        assert_eq!(grantable(Role::Admin), [Role::Moderator, Role::User, Role::Guest]);
        assert!(sees_reports(Role::Moderator) && !sees_reports(Role::User));
        assert!(reaches_out(Role::User) && !reaches_out(Role::Guest));
    }
}
