//! `PERMISSIONS.md`: the tables that the code decides by, for reading. Made from the code, so that it says what holds.

use std::fmt::Write as _;

use studyhall_wire::{GroupRole, Role};

use super::{
    global::{AccountAct, GlobalAction, Whose, can, may_act},
    group::{self, GroupAction},
};

const HEAD: &str = "# Who may do what\n\n\
    This page is written by the code (`studyhall openapi --permissions > PERMISSIONS.md`), from the tables in \
    `crates/domain/src/permissions`; a test fails where it is another one. Those tables are compared, cell by cell, with \
    expectations that were written by hand.\n\n\
    ## By global role\n\n\
    Roles, highest first: superuser, admin, moderator, user, guest.\n\n";

const ACCOUNTS: &str = "\n## What is done to accounts\n\n\
    Nobody acts on an equal or a higher role, or grants a role above their own. Only a superuser makes admins and \
    superusers, and superusers act on superusers, too. One may step down oneself; the last superuser may not, nor delete \
    the own account (409 `last_superuser`). A row is who acts, a column whose account it is.\n";

const GROUPS: &str = "\n## In a group\n\n\
    Roles in a group, highest first: owner, admin, moderator, member. Nobody acts on a member of an equal or a higher \
    role, and nobody grants a role at or above their own; ownership is transferred, not granted. Who is not in a group \
    any more stands below everybody who moderates it.\n\n";

/// The whole page.
#[must_use]
pub fn document() -> String {
    let mut page = HEAD.to_owned();
    let roles = Role::ALL.map(Role::as_str);
    table(
        &mut page,
        "globally",
        &roles,
        GlobalAction::ALL.iter().map(|action| (action.words(), Role::ALL.map(|role| can(role, *action)).to_vec())),
    );
    page.push_str(ACCOUNTS);
    let targets: Vec<Whose> = Role::ALL.map(Whose::Of).into_iter().chain([Whose::Own]).collect();
    let columns: Vec<&str> = roles.into_iter().chain(["oneself"]).collect();
    let managers = Role::ALL.into_iter().filter(|role| can(*role, GlobalAction::ManageUsers));
    let managers: Vec<Role> = managers.collect();
    let acts = Role::ALL.map(|to| (format!("Make somebody {}", to.as_str()), AccountAct::SetRole(to))).into_iter();
    let others = [
        ("Suspend", AccountAct::Suspend),
        ("Lift a suspension", AccountAct::Restore),
        ("Make a link for a new password", AccountAct::MakeResetLink),
    ];
    for (words, act) in acts.chain(others.map(|(words, act)| (words.to_owned(), act))) {
        let _ = write!(page, "\n{words}:\n\n");
        table(
            &mut page,
            "who acts",
            &columns,
            managers
                .iter()
                .map(|actor| (actor.as_str(), targets.iter().map(|whose| may_act(*actor, *whose, act)).collect())),
        );
    }
    page.push_str(GROUPS);
    let rows = GroupAction::ALL.into_iter().map(|action| {
        let cells = GroupRole::ALL.map(|role| group::can(role, action));
        (action.words(), cells.to_vec())
    });
    table(&mut page, "in a group", &GroupRole::ALL.map(GroupRole::as_str), rows);
    page
}

/// A table of yes and no; `corner` is its first head.
fn table<'a>(page: &mut String, corner: &str, columns: &[&str], rows: impl Iterator<Item = (&'a str, Vec<bool>)>) {
    let _ = writeln!(page, "| {corner} | {} |", columns.join(" | "));
    let _ = writeln!(page, "|---|{}", "---|".repeat(columns.len()));
    for (name, cells) in rows {
        let cells: Vec<&str> = cells.into_iter().map(|cell| if cell { "yes" } else { "–" }).collect();
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    }
}
