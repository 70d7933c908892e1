//! How one comes into a group: by joining, by asking, by an invitation.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use studyhall_wire::{
    CreateInvite, FieldError, Group, GroupId, InvitePreview, InvitedGroup, JoinRequest, Page, Timestamp, UserId, limits,
};

use super::{Groups, seen};
use crate::{
    Error, Result,
    audit::Action,
    auth::Actor,
    now,
    permissions::{self, GlobalAction},
    ports::{InviteRecord, Joined, Limit},
    validate,
};

/// Bytes of chance in a code.
const CODE_BYTES: usize = 16;

impl Groups {
    /// Joins a group: false where the caller now waits for an answer.
    pub async fn join(&self, actor: &Actor, group: GroupId) -> Result<bool> {
        let standing = self.visible(actor, group).await?;
        self.limiter.take(Limit::Join, &actor.user.to_string()).await?;
        let joined = self.store.join_group(actor.user, group, now()).await?;
        self.told(standing.group.conversation).await?;
        Ok(joined != Joined::Waiting)
    }

    /// Who waits for an answer, ascending by id.
    pub async fn requests(
        &self,
        actor: &Actor,
        group: GroupId,
        cursor: Option<UserId>,
        limit: u32,
    ) -> Result<Page<JoinRequest>> {
        let mut found = self.store.join_requests(actor.user, group, cursor, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| last.user.id.to_string());
        let (accounts, times): (Vec<_>, Vec<_>) = found.into_iter().map(|r| (r.user, r.created_at)).unzip();
        let users = self.people.present(actor.user, &accounts).await?;
        let items = users.into_iter().zip(times).map(|(user, created_at)| JoinRequest { user, created_at });
        Ok(Page { items: items.collect(), next_cursor })
    }

    /// Lets somebody in who asked, or not.
    pub async fn answer(&self, actor: &Actor, group: GroupId, user: UserId, approve: bool) -> Result<()> {
        let standing = self.visible(actor, group).await?;
        let answered = self.store.answer_join_request(actor.user, group, user, approve, now()).await;
        self.recorded(actor, Action::AnswerJoinRequest, group, Some(user), answered).await?;
        self.told(standing.group.conversation).await
    }

    /// A new invitation for whoever has its code.
    pub async fn invite(&self, actor: &Actor, group: GroupId, form: CreateInvite) -> Result<InviteRecord> {
        let mut errors = Vec::new();
        if form.max_uses.is_some_and(|uses| !limits::INVITE_USES.contains(&uses)) {
            errors.push(FieldError::new("max_uses", "out_of_range", "Between 1 and 10,000."));
        }
        if form.expires_in.is_some_and(|seconds| !limits::INVITE_SECONDS.contains(&seconds)) {
            errors.push(FieldError::new("expires_in", "out_of_range", "Between a second and a year."));
        }
        validate::finish(errors)?;
        self.visible(actor, group).await?;
        let may = permissions::require(actor.role, GlobalAction::Invite);
        self.recorded(actor, Action::InviteToGroup, group, None, may).await?;
        let created_at = now();
        let later = |seconds: u64| {
            let millis = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
            Timestamp::from_millis(created_at.as_millis().saturating_add(millis))
        };
        let invite = InviteRecord {
            code: new_code(),
            max_uses: form.max_uses,
            uses: 0,
            expires_at: form.expires_in.map(later),
            created_at,
        };
        let kept = self.store.create_invite(actor.user, group, invite.clone()).await;
        self.recorded(actor, Action::InviteToGroup, group, None, kept).await?;
        Ok(invite)
    }

    /// Invitations that still let somebody in.
    pub async fn invites(
        &self,
        actor: &Actor,
        group: GroupId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<InviteRecord>> {
        let mut items = self.store.invites(actor.user, group, cursor, limit.saturating_add(1), now()).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|last| last.code.clone());
        Ok(Page { items, next_cursor })
    }

    pub async fn withdraw(&self, actor: &Actor, group: GroupId, code: &str) -> Result<()> {
        let withdrawn = self.store.withdraw_invite(actor.user, group, code).await;
        self.recorded(actor, Action::InviteToGroup, group, None, withdrawn).await
    }

    /// What an invitation leads to, for whoever has it.
    pub async fn preview(&self, code: &str) -> Result<InvitePreview> {
        let group = self.store.invited_to(&plausible(code)?, now()).await?;
        let (id, name, description) = (group.id, group.name, group.description);
        Ok(InvitePreview { group: InvitedGroup { id, name, description, member_count: group.member_count } })
    }

    /// Comes in by an invitation.
    pub async fn accept(&self, actor: &Actor, code: &str) -> Result<Group> {
        self.limiter.take(Limit::Join, &actor.user.to_string()).await?;
        let standing = self.store.accept_invite(actor.user, &plausible(code)?, now()).await?;
        self.told(standing.group.conversation).await?;
        Ok(seen(&standing))
    }
}

pub(super) fn new_code() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; CODE_BYTES]>())
}

/// A code that could be one: nothing else is asked of the database.
fn plausible(code: &str) -> Result<String> {
    let plain = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if plain { Ok(code.to_owned()) } else { Err(Error::Absent(studyhall_wire::ErrorCode::InviteInvalid)) }
}
