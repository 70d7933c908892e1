//! Requests to come into the groups that the reader runs: fetched, counted, and answered.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Event, EventBody, GroupId, JoinRequest, Notification, NotificationKind, UserId};

use super::{Desk, Load};
use crate::api;

/// The requests that wait in one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    pub load: Load,
    pub requests: Vec<JoinRequest>,
}

impl Desk {
    /// The requests of a group as far as they are known, tracked.
    pub fn joining(self, group: GroupId) -> Waiting {
        self.joining.with(|all| all.get(&group).cloned().unwrap_or_default())
    }

    /// How many requests wait in a group, tracked.
    pub fn join_requests(self, group: GroupId) -> u32 {
        self.joining.with(|all| all.get(&group).map_or(0, |joining| count(joining.requests.len())))
    }

    /// How many requests wait in all groups together, tracked.
    pub fn all_join_requests(self) -> u32 {
        self.joining.with(|all| count(all.values().map(|joining| joining.requests.len()).sum()))
    }

    /// Fetches the requests of a group.
    pub async fn refresh_joining(self, group: GroupId) {
        let answer = self.api.join_requests(group).await;
        if let Ok(requests) = &answer {
            let people: Vec<_> = requests.iter().map(|request| request.user.clone()).collect();
            self.remember(&people);
        }
        self.joining.update(|all| {
            let joining = all.entry(group).or_default();
            match answer {
                Ok(requests) => *joining = Waiting { load: Load::Ready, requests },
                Err(error) if joining.load != Load::Ready => joining.load = Load::Failed(error),
                Err(_) => {}
            }
        });
    }

    /// Fetches the requests of each group that the reader answers them for.
    pub(super) fn refresh_all_joining(self) {
        let answered = self.groups.with_untracked(super::groups::Groups::answered);
        self.joining.update(|all| all.retain(|group, _| answered.contains(group)));
        for group in answered {
            spawn_local(self.refresh_joining(group));
        }
    }

    /// Lets somebody in, or not.
    ///
    /// # Errors
    /// What the server says about it.
    pub async fn answer_join_request(self, group: GroupId, user: UserId, welcome: bool) -> api::Result<()> {
        self.api.answer_join_request(group, user, welcome).await?;
        self.joining.update(|all| answered(all, group, user));
        Ok(())
    }

    /// Whoever may answer is notified of each request; a notification is the sign to look again.
    pub(super) fn joining_notified(self, item: &Notification) {
        let group = item.data.get("group_id").and_then(|id| serde_json::from_value(id.clone()).ok());
        if let Some(group) = group.filter(|_| item.kind == NotificationKind::JoinRequest) {
            spawn_local(self.refresh_joining(group));
        }
    }

    /// Applies an event of a group's conversation: who has come in waits no more, and another role or way in may mean
    /// other requests.
    pub(super) fn joining_event(self, group: GroupId, event: &Event) {
        match &event.body {
            EventBody::MemberJoined(member) => self.joining.update(|all| answered(all, group, member.user_id)),
            EventBody::MemberRoleChanged(member) if member.user_id != self.my_id() => {}
            EventBody::MemberRoleChanged(_) | EventBody::GroupUpdated(_) => self.refresh_all_joining(),
            _ => {}
        }
    }
}

fn answered(all: &mut HashMap<GroupId, Waiting>, group: GroupId, user: UserId) {
    if let Some(joining) = all.get_mut(&group) {
        joining.requests.retain(|request| request.user.id != user);
    }
}

fn count(requests: usize) -> u32 {
    u32::try_from(requests).unwrap_or(u32::MAX)
}
