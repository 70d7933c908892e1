//! The groups that one is in, kept true by the events of their conversations. Pure; no browser.

use std::{collections::BTreeMap, sync::Arc};

use studyhall_wire::{ConversationId, Event, EventBody, Group, GroupId, GroupRole, JoinPolicy, UserId};

use super::rights::{GroupAction, may};

/// Groups by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    by_id: BTreeMap<GroupId, Arc<Group>>,
}

impl Groups {
    pub fn get(&self, id: GroupId) -> Option<&Arc<Group>> {
        self.by_id.get(&id)
    }

    /// The group whose conversation this is.
    pub fn of(&self, conversation: ConversationId) -> Option<&Arc<Group>> {
        self.by_id.values().find(|group| group.conversation_id == conversation)
    }

    /// Those that the reader may let people into who ask.
    pub fn answered(&self) -> Vec<GroupId> {
        let answers = |group: &&Arc<Group>| {
            group.join_policy == JoinPolicy::Approval
                && !group.archived
                && group.my_role.is_some_and(|role| may(role, GroupAction::Moderate))
        };
        self.by_id.values().filter(answers).map(|group| group.id).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// By name; archived ones last.
    pub fn by_name(&self) -> Vec<GroupId> {
        let mut order: Vec<&Arc<Group>> = self.by_id.values().collect();
        order.sort_by_cached_key(|group| (group.archived, group.name.to_lowercase(), group.id));
        order.into_iter().map(|group| group.id).collect()
    }

    /// The whole list as the server has it now.
    pub fn replace(&mut self, list: Vec<Group>) {
        self.by_id = list.into_iter().map(|group| (group.id, Arc::new(group))).collect();
    }

    /// Takes in a group that one is in.
    pub fn put(&mut self, group: Group) {
        self.by_id.insert(group.id, Arc::new(group));
    }

    pub fn remove(&mut self, id: GroupId) {
        self.by_id.remove(&id);
    }

    /// Applies an event of a conversation; `me` is who reads. Answers whether a group changed.
    pub fn apply(&mut self, event: &Event, me: UserId) -> bool {
        let matters = matches!(
            event.body,
            EventBody::GroupUpdated(_)
                | EventBody::MemberJoined(_)
                | EventBody::MemberLeft(_)
                | EventBody::MemberRoleChanged(_)
        );
        let Some(id) = matters.then(|| self.of(ConversationId(event.stream.0))).flatten().map(|group| group.id) else {
            return false;
        };
        let Some(group) = self.by_id.get_mut(&id).map(Arc::make_mut) else { return false };
        match &event.body {
            EventBody::GroupUpdated(now) => *group = (**now).clone().seen_by(group.my_role),
            EventBody::MemberJoined(_) => group.member_count = group.member_count.saturating_add(1),
            EventBody::MemberLeft(_) => group.member_count = group.member_count.saturating_sub(1),
            EventBody::MemberRoleChanged(change) => {
                if change.user_id == me {
                    group.my_role = Some(change.role);
                }
                if change.role == GroupRole::Owner {
                    group.owner_id = change.user_id;
                }
            }
            _ => {}
        }
        true
    }
}

#[cfg(test)]
pub(super) mod tests {
    use studyhall_wire::{MemberChange, Timestamp, Visibility};

    use super::*;

    pub fn group(name: &str, my_role: GroupRole) -> Group {
        Group {
            id: GroupId::new(),
            name: name.into(),
            description: String::new(),
            visibility: Visibility::Private,
            join_policy: JoinPolicy::Invite,
            owner_id: UserId::new(),
            my_role: Some(my_role),
            member_count: 2,
            conversation_id: ConversationId::new(),
            avatar_url: None,
            created_at: Timestamp::from_millis(0),
            archived: false,
        }
    }

    fn event(group: &Group, body: EventBody) -> Event {
        Event { stream: group.conversation_id.into(), seq: 1, at: Timestamp::from_millis(1), actor_id: None, body }
    }

    #[test]
    fn events_change_the_group_of_their_conversation_alone() {
        let me = UserId::new();
        let (algebra, latin) = (group("Algebra", GroupRole::Member), group("latin", GroupRole::Owner));
        let mut groups = Groups::default();
        groups.replace(vec![latin.clone(), algebra.clone()]);
        assert_eq!(groups.by_name(), [algebra.id, latin.id]);

        let promoted = MemberChange { user_id: me, role: GroupRole::Admin };
        assert!(groups.apply(&event(&algebra, EventBody::MemberRoleChanged(promoted)), me));
        let joined = MemberChange { user_id: UserId::new(), role: GroupRole::Member };
        assert!(groups.apply(&event(&algebra, EventBody::MemberJoined(joined)), me));
        let now = groups.get(algebra.id).unwrap();
        assert_eq!((now.my_role, now.member_count), (Some(GroupRole::Admin), 3));
        assert_eq!(**groups.get(latin.id).unwrap(), latin);
    }

    #[test]
    fn who_runs_a_group_that_one_asks_to_join_answers() {
        let by_asking = |name: &str, role| Group { join_policy: JoinPolicy::Approval, ..group(name, role) };
        let (mine, other) = (by_asking("mine", GroupRole::Moderator), by_asking("other", GroupRole::Member));
        let archived = Group { archived: true, ..by_asking("old", GroupRole::Owner) };
        let mut groups = Groups::default();
        groups.replace(vec![mine.clone(), other, archived, group("closed", GroupRole::Owner)]);
        assert_eq!(groups.answered(), [mine.id]);
    }
}
