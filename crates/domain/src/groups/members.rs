//! Who is in a group, and as what.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use studyhall_wire::{Ban, BanMember, GroupId, GroupMember, GroupRole, Page, SetMember, UserId, limits};

use super::Groups;
use crate::{
    Error, Result,
    audit::Action,
    auth::Actor,
    now,
    permissions::{self, GlobalAction},
    ports::{Limit, MemberPlace, Placed, Removal},
    validate,
};

impl Groups {
    /// Members by role, the highest first. To who may not see a group, it has none.
    pub async fn members(
        &self,
        actor: &Actor,
        group: GroupId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<GroupMember>> {
        self.visible(actor, group).await?;
        let after = cursor.map(place_of).transpose()?;
        let mut found = self.store.group_members(group, after, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| place_cursor(last.role, last.account.id));
        let (accounts, places): (Vec<_>, Vec<_>) =
            found.into_iter().map(|m| (m.account, (m.role, m.joined_at))).unzip();
        let users = self.people.present(actor.user, &accounts).await?;
        let items = users.into_iter().zip(places);
        let items = items.map(|(user, (role, joined_at))| GroupMember { user, role, joined_at }).collect();
        Ok(Page { items, next_cursor })
    }

    /// Adds a member, or changes a role. True where the other's `dm_policy` shuts the caller out, and there is an
    /// invitation instead.
    pub async fn place(&self, actor: &Actor, group: GroupId, user: UserId, form: SetMember) -> Result<bool> {
        if form.role == GroupRole::Owner {
            return Err(Error::invalid("role", "invalid", "Ownership is transferred, not given."));
        }
        let standing = self.visible(actor, group).await?;
        let member = self.store.role_in(standing.group.conversation, user).await?.is_some();
        if !member {
            let may = permissions::require(actor.role, GlobalAction::Invite);
            self.recorded(actor, Action::AddMember, group, Some(user), may).await?;
            self.limiter.take(Limit::Join, &actor.user.to_string()).await?;
        }
        let code = super::entry::new_code();
        let placed = self.store.place_member(actor.user, group, user, form.role, &code, now()).await;
        let action = if member { Action::SetGroupRole } else { Action::AddMember };
        let placed = self.recorded(actor, action, group, Some(user), placed).await?;
        self.told(standing.group.conversation).await?;
        Ok(placed == Placed::Invited)
    }

    /// Removes a member, or lets the caller leave. When it returns, the member is told nothing more.
    pub async fn remove(&self, actor: &Actor, group: GroupId, user: UserId) -> Result<()> {
        let removed = self.store.remove_member(actor.user, group, user, Removal::Leave, now()).await;
        let conversation = self.recorded(actor, Action::RemoveMember, group, Some(user), removed).await?;
        self.told(conversation).await
    }

    /// Puts somebody out for good, or keeps out who is no member.
    pub async fn ban(&self, actor: &Actor, group: GroupId, user: UserId, form: BanMember) -> Result<()> {
        let mut errors = Vec::new();
        let reason = form.reason.unwrap_or_default();
        let reason = validate::prose("reason", limits::BAN_REASON_CHARS, &reason, &mut errors);
        validate::finish(errors)?;
        let banned = self.store.remove_member(actor.user, group, user, Removal::Ban { reason }, now()).await;
        let conversation = self.recorded(actor, Action::BanMember, group, Some(user), banned).await?;
        self.told(conversation).await
    }

    pub async fn unban(&self, actor: &Actor, group: GroupId, user: UserId) -> Result<()> {
        let unbanned = self.store.unban(actor.user, group, user, now()).await;
        self.recorded(actor, Action::UnbanMember, group, Some(user), unbanned).await
    }

    /// Who is banned, ascending by id.
    pub async fn bans(&self, actor: &Actor, group: GroupId, cursor: Option<UserId>, limit: u32) -> Result<Page<Ban>> {
        let mut found = self.store.group_bans(actor.user, group, cursor, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| last.user.id.to_string());
        let mut items = Vec::with_capacity(found.len());
        for ban in found {
            let mut two = self.people.present(actor.user, &[ban.user, ban.banned_by]).await?;
            if let (Some(banned_by), Some(user)) = (two.pop(), two.pop()) {
                items.push(Ban { user, reason: ban.reason, banned_by, created_at: ban.created_at });
            }
        }
        Ok(Page { items, next_cursor })
    }

    /// Gives the group to a member; the caller becomes an admin of it.
    pub async fn transfer(&self, actor: &Actor, group: GroupId, user: UserId) -> Result<()> {
        let standing = self.visible(actor, group).await?;
        let transferred = self.store.transfer_group(actor.user, group, user, now()).await;
        self.recorded(actor, Action::SetGroupRole, group, Some(user), transferred).await?;
        self.told(standing.group.conversation).await
    }
}

fn place_cursor(role: GroupRole, user: UserId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{user}", role.as_str()))
}

/// The place that a cursor stands for.
fn place_of(cursor: &str) -> Result<MemberPlace> {
    let parse = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (role, user) = text.split_once('.')?;
        let role = GroupRole::ALL.into_iter().find(|known| known.as_str() == role)?;
        Some(MemberPlace { role, user: user.parse().ok()? })
    };
    parse().ok_or_else(|| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))
}
