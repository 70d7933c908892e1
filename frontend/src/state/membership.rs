//! One's groups and their members: fetched, kept, and left.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, Event, EventBody, Group, GroupId, GroupRole, StreamId, UserId};

use super::{
    Desk, Load,
    rights::{GroupAction, may, outranks},
    roster::Roster,
};
use crate::api;

/// How a conversation ended for the reader while the page was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub title: String,
    /// `left`, `removed`, `banned` or `deleted`.
    pub reason: String,
}

impl Desk {
    /// Fetches the groups that one is in.
    pub async fn refresh_groups(self) {
        match self.api.groups().await {
            Ok(list) => {
                self.groups.update(|groups| groups.replace(list));
                self.groups_load.set(Load::Ready);
                self.refresh_all_joining();
            }
            Err(error) => {
                if self.groups_load.get_untracked() != Load::Ready {
                    self.groups_load.set(Load::Failed(error));
                }
            }
        }
    }

    /// Takes in a group that one has made or come into.
    pub fn take_group(self, group: Group) {
        self.groups.update(|groups| groups.put(group));
    }

    /// The reader's own role in the group of a conversation, tracked; none in a direct one.
    pub fn my_role(self, conversation: ConversationId) -> Option<GroupRole> {
        self.groups.with(|groups| groups.of(conversation)?.my_role)
    }

    /// Somebody's role in the group of a conversation, tracked: whoever is not known to have a higher one is a member.
    pub fn role_of(self, conversation: ConversationId, user: UserId) -> Option<GroupRole> {
        let group = self.groups.with(|groups| groups.of(conversation).map(|group| group.id))?;
        Some(self.rosters.with(|rosters| rosters.get(&group)?.role(user)).unwrap_or(GroupRole::Member))
    }

    /// Whether the reader's role in the group of a conversation allows this, tracked; in a direct one it does not.
    pub fn may_in(self, conversation: ConversationId, action: GroupAction) -> bool {
        self.my_role(conversation).is_some_and(|role| may(role, action))
    }

    /// Whether nobody may write in a conversation any more, tracked.
    pub fn is_archived(self, conversation: ConversationId) -> bool {
        self.groups.with(|groups| groups.of(conversation).is_some_and(|group| group.archived))
    }

    /// Whether the reader may delete somebody else's messages in a conversation, tracked.
    pub fn may_delete_of(self, conversation: ConversationId, author: UserId) -> bool {
        let theirs = self.role_of(conversation, author).unwrap_or(GroupRole::Member);
        self.may_in(conversation, GroupAction::Moderate)
            && self.my_role(conversation).is_some_and(|mine| outranks(mine, theirs))
    }

    /// Reads the members of a group as far as they are known, tracked.
    pub fn roster<T>(self, group: GroupId, read: impl FnOnce(&Roster) -> T) -> Option<T> {
        self.rosters.with(|rosters| rosters.get(&group).map(read))
    }

    /// Reads the members of a group as far as they are known, untracked.
    pub fn roster_now<T>(self, group: GroupId, read: impl FnOnce(&Roster) -> T) -> Option<T> {
        self.rosters.with_untracked(|rosters| rosters.get(&group).map(read))
    }

    /// Fetches the first members of a group, unless they are here or on their way.
    pub fn open_roster(self, group: GroupId) {
        let held = self.roster_now(group, |roster| roster.busy || roster.load == Load::Ready);
        if held != Some(true) {
            self.fetch_members(group, true);
        }
    }

    /// Fetches the next members of a group.
    pub fn more_members(self, group: GroupId) {
        let wanted = self.roster_now(group, |roster| !roster.busy && roster.next().is_some());
        if wanted == Some(true) {
            self.fetch_members(group, false);
        }
    }

    fn fetch_members(self, group: GroupId, first: bool) {
        self.rosters.update(|rosters| {
            let roster = rosters.entry(group).or_default();
            roster.busy = true;
            if matches!(roster.load, Load::Failed(_)) {
                roster.load = Load::Loading;
            }
        });
        let cursor = self.roster_now(group, |roster| roster.next().map(str::to_owned)).flatten().filter(|_| !first);
        spawn_local(async move {
            let answer = self.api.members(group, cursor.as_deref()).await;
            if let Ok(page) = &answer {
                let people: Vec<_> = page.items.iter().map(|member| member.user.clone()).collect();
                self.remember(&people);
            }
            self.rosters.update(|rosters| {
                let Some(roster) = rosters.get_mut(&group) else { return };
                roster.busy = false;
                match answer {
                    Ok(page) => roster.take(&page, first),
                    Err(error) if roster.load != Load::Ready => roster.load = Load::Failed(error),
                    Err(_) => {}
                }
            });
        });
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// What the server says about it: its owner must give it away first.
    pub async fn leave_group(self, group: GroupId) -> api::Result<()> {
        self.api.remove_member(group, self.my_id()).await?;
        self.forget_group(group);
        Ok(())
    }

    /// A group is none of the reader's any more.
    pub fn forget_group(self, group: GroupId) {
        self.groups.update(|groups| groups.remove(group));
        self.rosters.update(|rosters| drop(rosters.remove(&group)));
        self.joining.update(|joining| drop(joining.remove(&group)));
    }

    /// Fetches a group that one has just come into.
    pub(super) fn enter_group(self, group: GroupId) {
        spawn_local(async move {
            if let Ok(group) = self.api.group(group).await {
                self.take_group(group);
            }
        });
    }

    /// The conversation is over for the reader; its page says why.
    pub(super) fn departed(self, id: ConversationId, reason: &str) {
        let title = self.conversations.with_untracked(|known| known.get(id).map(|known| known.title.clone()));
        if let Some(title) = title {
            self.departures.update(|all| drop(all.insert(id, Departure { title, reason: reason.to_owned() })));
        }
        let group = self.groups.with_untracked(|groups| groups.of(id).map(|group| group.id));
        if let Some(group) = group {
            self.forget_group(group);
        }
    }

    /// Applies an event of a conversation to its group and to what is known of its members.
    pub(super) fn group_event(self, event: &Event) {
        let about_members = matches!(
            event.body,
            EventBody::MemberJoined(_) | EventBody::MemberLeft(_) | EventBody::MemberRoleChanged(_)
        );
        if !about_members && !matches!(event.body, EventBody::GroupUpdated(_)) {
            return;
        }
        let me = self.my_id();
        self.groups.update(|groups| {
            groups.apply(event, me);
        });
        let group = self.groups.with_untracked(|groups| Some(groups.of(ConversationId(event.stream.0))?.id));
        let Some(group) = group else { return };
        self.joining_event(group, event);
        if about_members && self.roster_now(group, |_| ()).is_some() {
            self.rosters.update(|rosters| {
                if let Some(roster) = rosters.get_mut(&group) {
                    roster.apply(&event.body);
                }
            });
        }
    }

    /// A connection stands: what was not resumed is fetched anew.
    pub(super) fn refresh_people(self, resumed: &[StreamId]) {
        let gapless = |stream: StreamId| resumed.contains(&stream);
        if !gapless(self.my_id().into()) || self.circle_load.get_untracked() != Load::Ready {
            spawn_local(self.refresh_circle());
        }
        let held: HashMap<GroupId, StreamId> = self.groups.with_untracked(|groups| {
            groups.by_name().into_iter().filter_map(|id| Some((id, groups.get(id)?.conversation_id.into()))).collect()
        });
        let all_there = gapless(self.my_id().into()) && held.values().all(|stream| gapless(*stream));
        if !all_there || self.groups_load.get_untracked() != Load::Ready {
            spawn_local(self.refresh_groups());
        }
        let lost = |group: &GroupId| !held.get(group).is_some_and(|stream| gapless(*stream));
        let stale: Vec<GroupId> = self.rosters.with_untracked(|rosters| rosters.keys().copied().filter(lost).collect());
        for group in stale {
            self.fetch_members(group, true);
        }
    }
}
