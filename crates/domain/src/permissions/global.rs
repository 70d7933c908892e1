//! What follows from a global role: the table of what each role may do, and the rules of rank for what is done to
//! somebody else's account.

use studyhall_wire::{ErrorCode, Role};

use crate::{Error, Result};

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident: $words:literal => $least:ident,)*) => {
        /// What a global role allows or not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum GlobalAction { $($(#[$doc])* $variant,)* }

        impl GlobalAction {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As the documentation names it.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }

            /// The lowest role that may. Every higher one may, too.
            #[must_use]
            pub const fn least(self) -> Role {
                match self { $(Self::$variant => Role::$least,)* }
            }
        }
    };
}

// The table: each action with the lowest role that may do it.
actions! {
    /// Write, react, pin and read in conversations that one is in; take part in what one was invited to.
    Chat: "chat, react, upload, accept requests and invitations" => Guest,
    /// Of a message that one can read.
    Report: "report a message that one can read" => Guest,
    CreateGroup: "create groups" => User,
    /// Look at groups that one was not invited to, and ask to join them.
    Discover: "discover groups" => User,
    /// Look for people by name.
    SearchPeople: "search people" => User,
    RequestFriendship: "ask for friendship" => User,
    /// Into a group.
    Invite: "invite" => User,
    /// Open a direct conversation with somebody who is no friend. The other's `dm_policy` has its say as well.
    OpenDirect: "start a direct chat with somebody who is no friend" => User,
    /// See the reported messages, in groups that one is not in, too; dismiss a report, or delete the message.
    HandleReports: "see and resolve reports, delete a reported message" => Moderator,
    /// See every account. What may be done to which, [`may_act`] says.
    ManageUsers: "see all accounts, change them by rank" => Admin,
    ReadAudit: "read the audit log" => Admin,
    ReadStats: "read the figures" => Admin,
    ManageTasks: "see and retry tasks" => Admin,
}

/// The place of a role, the lowest first.
#[must_use]
pub const fn rank(role: Role) -> u8 {
    match role {
        Role::Guest => 0,
        Role::User => 1,
        Role::Moderator => 2,
        Role::Admin => 3,
        Role::Superuser => 4,
    }
}

/// Whether `role` allows `action`.
#[must_use]
pub const fn can(role: Role, action: GlobalAction) -> bool {
    rank(role) >= rank(action.least())
}

/// Refuses with 403 `forbidden` what [`can`] does not allow.
pub fn require(role: Role, action: GlobalAction) -> Result<()> {
    if can(role, action) { Ok(()) } else { Err(Error::Forbidden(ErrorCode::Forbidden)) }
}

/// What is done to an account by somebody who manages accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountAct {
    SetRole(Role),
    Suspend,
    /// Lift a suspension.
    Restore,
    /// Make a link by which its owner sets a new password.
    MakeResetLink,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The actor's own.
    Own,
    /// Somebody else's, who has this role.
    Of(Role),
}

/// The rules of rank. Nobody acts on an equal or a higher role, or grants a role above their own; only a superuser makes
/// admins and superusers, and superusers act on superusers, too. One may step down oneself, and do nothing else to
/// one's own account: not even a superuser suspends themselves, and a new password is set with the old one.
///
/// That the last superuser stays one depends on who else there is, and is decided where that is known.
#[must_use]
pub const fn may_act(actor: Role, whose: Whose, act: AccountAct) -> bool {
    if !can(actor, GlobalAction::ManageUsers) {
        return false;
    }
    match (whose, act) {
        (Whose::Own, AccountAct::SetRole(to)) => rank(to) <= rank(actor),
        (Whose::Own, AccountAct::Suspend | AccountAct::Restore | AccountAct::MakeResetLink) => false,
        (Whose::Of(target), AccountAct::SetRole(to)) => outranks(actor, target) && may_grant(actor, to),
        (Whose::Of(target), AccountAct::Suspend | AccountAct::Restore | AccountAct::MakeResetLink) => {
            outranks(actor, target)
        }
    }
}

const fn outranks(actor: Role, target: Role) -> bool {
    rank(actor) > rank(target) || matches!(actor, Role::Superuser)
}

const fn may_grant(actor: Role, to: Role) -> bool {
    matches!(actor, Role::Superuser) || rank(to) < rank(Role::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract, written down a second time by hand.
    const EXPECTED: &str = include_str!("global.expected.txt");

    /// The tables of a section, each row as its first word or words and its cells.
    fn rows(section: &str) -> Vec<(Vec<&str>, Vec<&str>)> {
        let begins = format!("[{section}]");
        let lines = EXPECTED.lines().map(str::trim).skip_while(|line| *line != begins).skip(1);
        let lines = lines.take_while(|line| !line.starts_with('['));
        let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        rows.map(|line| {
            let (name, cells) = line.split_once('|').unwrap_or_else(|| panic!("{line}: no |"));
            (name.split_whitespace().collect(), cells.split_whitespace().collect())
        })
        .collect()
    }

    fn yes(cell: &str) -> bool {
        match cell {
            "yes" => true,
            "-" => false,
            other => panic!("{other} is neither yes nor -"),
        }
    }

    fn role(word: &str) -> Role {
        Role::ALL.into_iter().find(|role| role.as_str() == word).unwrap_or_else(|| panic!("{word} is no role"))
    }

    #[test]
    fn each_role_may_do_what_was_expected() {
        let mut seen = 0;
        for (name, cells) in rows("actions") {
            if name == ["action"] {
                assert_eq!(cells, Role::ALL.map(Role::as_str));
                continue;
            }
            let action = GlobalAction::ALL.iter().copied().find(|action| format!("{action:?}") == name[0]);
            let action = action.unwrap_or_else(|| panic!("{name:?} is no action"));
            assert_eq!(cells.len(), Role::ALL.len(), "{action:?}");
            for (role, cell) in Role::ALL.into_iter().zip(cells) {
                assert_eq!(can(role, action), yes(cell), "{role:?} {action:?}");
                assert_eq!(require(role, action).is_ok(), can(role, action));
            }
            seen += 1;
        }
        assert_eq!(seen, GlobalAction::ALL.len(), "every action has its row");
    }

    #[test]
    fn each_role_may_do_to_each_account_what_was_expected() {
        let acts = Role::ALL.map(AccountAct::SetRole).into_iter();
        let acts = acts.chain([AccountAct::Suspend, AccountAct::Restore, AccountAct::MakeResetLink]);
        let mut left: Vec<(AccountAct, Role)> = acts.flat_map(|act| Role::ALL.map(|actor| (act, actor))).collect();
        for (name, cells) in rows("accounts") {
            let (act, actor) = match name.as_slice() {
                ["act", "actor"] => {
                    let columns: Vec<_> = Role::ALL.map(Role::as_str).into_iter().chain(["oneself"]).collect();
                    assert_eq!(cells, columns);
                    continue;
                }
                ["suspend", actor] => (AccountAct::Suspend, role(actor)),
                ["restore", actor] => (AccountAct::Restore, role(actor)),
                ["reset_link", actor] => (AccountAct::MakeResetLink, role(actor)),
                ["make", to, actor] => (AccountAct::SetRole(role(to)), role(actor)),
                other => panic!("{other:?} is no act"),
            };
            assert_eq!(cells.len(), Role::ALL.len() + 1, "{name:?}");
            let targets = Role::ALL.map(Whose::Of).into_iter().chain([Whose::Own]);
            for (whose, cell) in targets.zip(cells) {
                assert_eq!(may_act(actor, whose, act), yes(cell), "{actor:?} {act:?} {whose:?}");
            }
            let before = left.len();
            left.retain(|case| *case != (act, actor));
            assert_eq!(left.len(), before - 1, "{name:?} stands there twice");
        }
        assert_eq!(left, [], "every case has its row");
    }
}
