//! What follows from a global role.

use studyhall_wire::{ErrorCode, Role};

use crate::{Error, Result};

/// What a global role allows or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlobalAction {
    /// Look for people by name.
    SearchPeople,
    /// Open a direct conversation with somebody who is no friend. The other's `dm_policy` has its say as well.
    OpenDirect,
    /// Write, react, pin and read in conversations that one is in; take part in what one was invited to.
    Chat,
    /// See what the server owes, and have it try again what failed.
    ManageTasks,
}

impl GlobalAction {
    pub const ALL: [Self; 4] = [Self::SearchPeople, Self::OpenDirect, Self::Chat, Self::ManageTasks];
}

/// Whether `role` allows `action`.
#[must_use]
pub const fn can(role: Role, action: GlobalAction) -> bool {
    match (action, role) {
        (GlobalAction::SearchPeople | GlobalAction::OpenDirect, Role::Guest)
        | (GlobalAction::ManageTasks, Role::Moderator | Role::User | Role::Guest) => false,
        (
            GlobalAction::SearchPeople | GlobalAction::OpenDirect,
            Role::Superuser | Role::Admin | Role::Moderator | Role::User,
        )
        | (GlobalAction::ManageTasks, Role::Superuser | Role::Admin)
        | (GlobalAction::Chat, _) => true,
    }
}

/// Refuses with 403 `forbidden` what [`can`] does not allow.
pub fn require(role: Role, action: GlobalAction) -> Result<()> {
    if can(role, action) { Ok(()) } else { Err(Error::Forbidden(ErrorCode::Forbidden)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wire contract's table, written down a second time as it stands there.
    const TABLE: &str = "
        action        superuser admin moderator user guest
        SearchPeople  yes       yes   yes       yes  –
        OpenDirect    yes       yes   yes       yes  –
        Chat          yes       yes   yes       yes  yes
        ManageTasks   yes       yes   –         –    –";

    #[test]
    fn the_code_says_what_the_table_says() {
        let mut rows = TABLE.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let head = rows.next().expect("a table has a head");
        assert_eq!(head[1..], Role::ALL.map(Role::as_str));
        let mut seen = 0;
        for row in rows {
            let action = GlobalAction::ALL.into_iter().find(|action| format!("{action:?}") == row[0]);
            let action = action.unwrap_or_else(|| panic!("{} is no action", row[0]));
            for (role, cell) in Role::ALL.into_iter().zip(&row[1..]) {
                assert_eq!(can(role, action), *cell == "yes", "{role:?} {action:?}");
                assert_eq!(require(role, action).is_ok(), can(role, action));
            }
            seen += 1;
        }
        assert_eq!(seen, GlobalAction::ALL.len(), "every action has its row");
    }
}
