//! The members of one group, as far as they have come in. Pure; no browser.

use std::collections::BTreeMap;

use studyhall_wire::{EventBody, GroupMember, GroupRole, Page, UserId};

use super::Load;

/// The members of a group: in a large one the first pages of them, highest roles first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    pub load: Load,
    roles: BTreeMap<UserId, GroupRole>,
    /// Where the next page begins; none at the end.
    next: Option<String>,
    /// Whether a page is on its way.
    pub busy: bool,
}

impl Roster {
    /// Takes in a page: the first one, or the next.
    pub fn take(&mut self, page: &Page<GroupMember>, first: bool) {
        if first {
            self.roles.clear();
        }
        self.roles.extend(page.items.iter().map(|member| (member.user.id, member.role)));
        self.next.clone_from(&page.next_cursor);
        self.load = Load::Ready;
    }

    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The role of a member; none for who is not known to be one.
    pub fn role(&self, user: UserId) -> Option<GroupRole> {
        self.roles.get(&user).copied()
    }

    pub fn members(&self) -> impl Iterator<Item = (UserId, GroupRole)> {
        self.roles.iter().map(|(user, role)| (*user, *role))
    }

    /// Applies an event of the group's conversation; answers whether it changed anything.
    pub fn apply(&mut self, body: &EventBody) -> bool {
        match body {
            EventBody::MemberJoined(change) | EventBody::MemberRoleChanged(change) => {
                self.roles.insert(change.user_id, change.role) != Some(change.role)
            }
            EventBody::MemberLeft(change) => self.roles.remove(&change.user_id).is_some(),
            _ => false,
        }
    }
}
