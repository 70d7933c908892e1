//! Groups: made, found, changed and deleted; who is in them ([`members`]), and how one comes in ([`entry`]).
//!
//! Roles are looked at by the store inside of each transaction, by the rules in
//! [`crate::permissions::group`]. What the conversation and the inboxes are told is owed in the same
//! transaction and appended here, before the caller is answered.

mod entry;
mod members;
mod picture;

use std::sync::Arc;

use serde_json::json;
use studyhall_wire::{
    ConversationId, CreateGroup, FieldError, Group, GroupId, GroupRole, Page, StreamId, UpdateGroup, UserId, limits,
};

use crate::{
    Error, Result,
    accounts::Accounts,
    audit::{Act, Action},
    auth::Actor,
    now,
    outbox::Outbox,
    people::People,
    permissions::{self, GlobalAction},
    ports::{AuditStore, GroupChange, GroupStanding, GroupStore, NewGroup, RateLimiter},
    validate,
};

pub struct Groups {
    pub(crate) store: Arc<dyn GroupStore>,
    pub(crate) audit: Arc<dyn AuditStore>,
    pub(crate) people: Arc<People>,
    pub(crate) accounts: Accounts,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) outbox: Arc<Outbox>,
}

impl std::fmt::Debug for Groups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Groups").finish_non_exhaustive()
    }
}

impl Groups {
    /// A new group, which the caller owns.
    pub async fn create(&self, actor: &Actor, form: CreateGroup) -> Result<Group> {
        permissions::require(actor.role, GlobalAction::CreateGroup)?;
        let mut errors = Vec::new();
        let name = validate::group_name(&form.name, &mut errors);
        let description = form.description.map(|text| description(&text, &mut errors)).unwrap_or_default();
        validate::finish(errors)?;
        let group = NewGroup {
            id: GroupId::new(),
            conversation: ConversationId::new(),
            owner: actor.user,
            name,
            description,
            visibility: form.visibility.unwrap_or_default(),
            join_policy: form.join_policy.unwrap_or_default(),
            created_at: now(),
        };
        let made = self.store.create_group(group).await?;
        self.outbox.flush().await;
        tracing::info!(group.id = %made.id, "group created");
        Ok(seen(&GroupStanding { group: made, role: Some(GroupRole::Owner) }))
    }

    /// One's own groups, the newest first.
    pub async fn list(&self, actor: &Actor, cursor: Option<GroupId>, limit: u32) -> Result<Page<Group>> {
        let found = self.store.groups_of(actor.user, cursor, limit.saturating_add(1)).await?;
        Ok(page(found, limit))
    }

    /// Public groups with a word that begins with `query` in their name, the newest first; all of them without one.
    pub async fn discover(
        &self,
        actor: &Actor,
        query: &str,
        cursor: Option<GroupId>,
        limit: u32,
    ) -> Result<Page<Group>> {
        permissions::require(actor.role, GlobalAction::Discover)?;
        let found = self.store.discover(actor.user, query.trim(), cursor, limit.saturating_add(1)).await?;
        Ok(page(found, limit))
    }

    pub async fn get(&self, actor: &Actor, group: GroupId) -> Result<Group> {
        Ok(seen(&self.visible(actor, group).await?))
    }

    /// The group, to who may know of it. Guests discover nothing: they know of the groups that they are in.
    pub(crate) async fn visible(&self, actor: &Actor, group: GroupId) -> Result<GroupStanding> {
        let standing = self.store.standing(actor.user, group).await?;
        if standing.role.is_none() && !permissions::can(actor.role, GlobalAction::Discover) {
            return Err(Error::NotFound("group"));
        }
        Ok(standing)
    }

    /// Changes what is given.
    pub async fn update(&self, actor: &Actor, group: GroupId, form: UpdateGroup) -> Result<Group> {
        let mut errors = Vec::new();
        let change = GroupChange {
            name: form.name.map(|name| validate::group_name(&name, &mut errors)),
            description: form.description.map(|text| description(&text, &mut errors)),
            visibility: form.visibility,
            join_policy: form.join_policy,
            archived: form.archived,
            avatar: None,
        };
        validate::finish(errors)?;
        self.change(actor, group, change).await
    }

    async fn change(&self, actor: &Actor, group: GroupId, change: GroupChange) -> Result<Group> {
        let changed = self.store.update_group(actor.user, group, change, now()).await;
        let standing = self.recorded(actor, Action::UpdateGroup, group, None, changed).await?;
        self.outbox.deliver(standing.group.conversation.into()).await?;
        Ok(seen(&standing))
    }

    /// Removes the group for everybody. Its history is erased after 30 days.
    pub async fn delete(&self, actor: &Actor, group: GroupId) -> Result<()> {
        let deleted = self.store.delete_group(actor.user, group, now()).await;
        self.recorded(actor, Action::DeleteGroup, group, None, deleted).await?;
        self.accounts.let_go_of_pictures();
        self.outbox.flush().await;
        tracing::info!(group.id = %group, "group deleted");
        Ok(())
    }

    /// Appends what a conversation is owed, and answers only then.
    async fn told(&self, stream: impl Into<StreamId>) -> Result<()> {
        self.outbox.deliver(stream.into()).await
    }

    /// Records a refusal, and gives the result on. What was done is recorded in its own transaction.
    async fn recorded<T>(
        &self,
        actor: &Actor,
        action: Action,
        group: GroupId,
        target: Option<UserId>,
        result: Result<T>,
    ) -> Result<T> {
        if let Err(Error::Forbidden(_)) = &result {
            let act = match target {
                Some(target) => Act::denied(Some(actor.user), action, target).with(json!({ "group_id": group })),
                None => Act::denied(Some(actor.user), action, group),
            };
            self.audit.record(&act, now()).await?;
        }
        result
    }
}

/// A group as somebody sees it.
fn seen(standing: &GroupStanding) -> Group {
    standing.group.updated().seen_by(standing.role)
}

fn page(mut found: Vec<GroupStanding>, limit: u32) -> Page<Group> {
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.group.id.to_string());
    Page { items: found.iter().map(seen).collect(), next_cursor }
}

fn description(text: &str, errors: &mut Vec<FieldError>) -> String {
    validate::prose("description", limits::GROUP_DESCRIPTION_CHARS, text, errors)
}
