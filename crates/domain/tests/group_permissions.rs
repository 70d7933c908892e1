//! The table of groups, as code and as it was written down a second time: every role, every action, every target.

use std::fmt::Write as _;

use studyhall_domain::permissions::group::{GroupAction, can, can_place, can_to, outranks, require};
use studyhall_wire::GroupRole;

const EXPECTED: &str = include_str!("group_permissions.txt");

/// The rows of a section below its head, which names the roles in their order.
fn section(name: &str) -> Vec<Vec<&'static str>> {
    let mut lines = EXPECTED.lines().skip_while(|line| !line.starts_with(&format!("[{name}]"))).skip(1);
    let head: Vec<&str> = lines.next().expect("a head").split_whitespace().collect();
    assert_eq!(head[head.len() - 4..], GroupRole::ALL.map(GroupRole::as_str));
    lines.take_while(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect()
}

fn role(word: &str) -> GroupRole {
    GroupRole::ALL.into_iter().find(|role| role.as_str() == word).unwrap_or_else(|| panic!("{word} is no role"))
}

fn action(word: &str) -> GroupAction {
    let known = GroupAction::ALL.into_iter().find(|action| format!("{action:?}") == word);
    known.unwrap_or_else(|| panic!("{word} is no action"))
}

fn yes(cell: &str) -> bool {
    match cell {
        "yes" => true,
        "-" => false,
        other => panic!("{other} is neither yes nor -"),
    }
}

/// The table of the documentation's page, from the code.
fn page() -> String {
    let mut page = "| in a group | owner | admin | moderator | member |\n|---|---|---|---|---|\n".to_owned();
    for action in GroupAction::ALL {
        let cells = GroupRole::ALL.map(|role| if can(role, action) { "yes" } else { "–" });
        writeln!(page, "| {} | {} |", action.words(), cells.join(" | ")).expect("a String takes it");
    }
    page
}

#[test]
fn the_page_says_what_the_code_says() {
    let page = page();
    assert!(include_str!("../../../PERMISSIONS.md").contains(&page), "PERMISSIONS.md should have:\n{page}");
}

#[test]
fn every_role_and_action() {
    let rows = section("can");
    assert_eq!(rows.len(), GroupAction::ALL.len(), "every action has its row");
    for (row, expected) in rows.iter().zip(GroupAction::ALL) {
        let action = action(row[0]);
        assert_eq!(action, expected, "in the order of the code");
        for (actor, cell) in GroupRole::ALL.into_iter().zip(&row[1..]) {
            assert_eq!(can(actor, action), yes(cell), "{actor:?} {action:?}");
            assert_eq!(require(actor, action).is_ok(), yes(cell));
        }
    }
}

#[test]
fn every_role_action_and_target() {
    let rows = section("to");
    assert_eq!(rows.len(), 4 * GroupRole::ALL.len());
    for row in rows {
        let (actor, action) = (role(row[0]), action(row[1]));
        for (target, cell) in GroupRole::ALL.into_iter().zip(&row[2..]) {
            assert_eq!(can_to(actor, action, target), yes(cell), "{actor:?} {action:?} {target:?}");
        }
    }
    // Whatever the action: nobody acts on an equal or a higher one.
    for action in GroupAction::ALL {
        for (n, actor) in GroupRole::ALL.into_iter().enumerate() {
            for target in &GroupRole::ALL[..=n] {
                assert!(
                    !can_to(actor, action, *target) && !outranks(actor, *target),
                    "{actor:?} {action:?} {target:?}"
                );
            }
        }
    }
}

#[test]
fn every_role_that_may_be_given() {
    let rows = section("place");
    assert_eq!(rows.len(), 4 * 5);
    for row in rows {
        let (actor, from) = (role(row[0]), (row[1] != "nobody").then(|| role(row[1])));
        for (to, cell) in GroupRole::ALL.into_iter().zip(&row[2..]) {
            assert_eq!(can_place(actor, from, to), yes(cell), "{actor:?} makes {from:?} {to:?}");
        }
    }
}
