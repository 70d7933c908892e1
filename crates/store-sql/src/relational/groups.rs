//! Groups: made, found, changed and deleted. Who is in them is in [`group_members`](super::group_members), how one comes
//! in in [`group_entry`](super::group_entry), and what these share in [`group_steps`](super::group_steps).

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Action},
    permissions::group::GroupAction,
    ports::{
        BanRecord, GroupChange, GroupRecord, GroupStanding, GroupStore, InboxFact, InviteRecord, Job,
        JoinRequestRecord, Joined, MemberPlace, MemberRecord, NewGroup, Placed, Removal,
    },
};
use studyhall_wire::{
    ConversationId, ConversationKind, ConversationRemoved, GroupId, GroupRole, JoinPolicy, Timestamp, UserId,
    Visibility,
};

use super::{
    SqlStore,
    accounts::AccountSteps as _,
    audit::AuditSteps as _,
    blobs::BlobSteps as _,
    conversations::ConversationSteps as _,
    group_entry::EntrySteps as _,
    group_members::MemberSteps as _,
    group_steps::{CountedRow, GroupRow, GroupSteps as _, record},
    names::{fold, prefix_range},
    tasks::TaskSteps as _,
    transaction::with_conn,
    types::Bind,
};
use crate::schema::{conversations, group_bans, group_names, groups, invites, join_requests, memberships};

/// How long the history of a deleted group is kept: 30 days.
const KEEP_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

#[derive(AsChangeset, Default)]
#[diesel(table_name = groups)]
struct ChangeRow {
    name: Option<String>,
    description: Option<String>,
    visibility: Option<Bind<Visibility>>,
    join_policy: Option<Bind<JoinPolicy>>,
    avatar: Option<Option<String>>,
    archived_at: Option<Option<Bind<Timestamp>>>,
}

impl ChangeRow {
    /// What of `change` differs from the group as it is.
    fn of(change: GroupChange, now: &GroupRecord, at: Timestamp) -> Self {
        Self {
            name: change.name.filter(|name| *name != now.name),
            description: change.description.filter(|description| *description != now.description),
            visibility: change.visibility.filter(|visibility| *visibility != now.visibility).map(Bind),
            join_policy: change.join_policy.filter(|policy| *policy != now.join_policy).map(Bind),
            avatar: change.avatar.filter(|avatar| *avatar != now.avatar).map(|avatar| avatar.map(|blob| blob.0)),
            archived_at: change
                .archived
                .filter(|archived| *archived != now.archived)
                .map(|archived| archived.then_some(Bind(at))),
        }
    }

    fn changes_nothing(&self) -> bool {
        let Self { name, description, visibility, join_policy, avatar, archived_at } = self;
        name.is_none()
            && description.is_none()
            && visibility.is_none()
            && join_policy.is_none()
            && avatar.is_none()
            && archived_at.is_none()
    }
}

#[async_trait]
impl GroupStore for SqlStore {
    async fn create_group(&self, new: NewGroup) -> Result<GroupRecord> {
        with_conn!(self, Write, |conn| {
            conn.living(new.owner).await?;
            diesel::insert_into(groups::table)
                .values((
                    groups::id.eq(Bind(new.id)),
                    groups::name.eq(&new.name),
                    groups::description.eq(&new.description),
                    groups::visibility.eq(Bind(new.visibility)),
                    groups::join_policy.eq(Bind(new.join_policy)),
                    groups::owner_id.eq(Bind(new.owner)),
                    groups::created_at.eq(Bind(new.created_at)),
                ))
                .execute(conn)
                .await?;
            conn.index_group(new.id, &new.name).await?;
            diesel::insert_into(conversations::table)
                .values((
                    conversations::id.eq(Bind(new.conversation)),
                    conversations::kind.eq(Bind(ConversationKind::Group)),
                    conversations::group_id.eq(Some(Bind(new.id))),
                    conversations::created_at.eq(Bind(new.created_at)),
                    conversations::member_count.eq(0_i64),
                ))
                .execute(conn)
                .await?;
            conn.enter(new.conversation, new.id, new.owner, new.owner, GroupRole::Owner, new.created_at).await?;
            conn.group(new.id).await
        })
    }

    async fn standing(&self, user: UserId, group: GroupId) -> Result<GroupStanding> {
        with_conn!(self, Read, |conn| { conn.stand(user, group).await })
    }

    async fn groups_of(&self, user: UserId, before: Option<GroupId>, limit: u32) -> Result<Vec<GroupStanding>> {
        with_conn!(self, Read, |conn| {
            let mut mine = groups::table
                .inner_join(conversations::table.on(conversations::group_id.eq(groups::id.nullable())))
                .inner_join(memberships::table.on(memberships::conversation_id.eq(conversations::id)))
                .filter(memberships::user_id.eq(Bind(user)))
                .filter(groups::deleted_at.is_null())
                .order(groups::id.desc())
                .limit(i64::from(limit))
                .select((GroupRow::as_select(), CountedRow::as_select(), memberships::role))
                .into_boxed();
            if let Some(before) = before {
                mine = mine.filter(groups::id.lt(Bind(before)));
            }
            let rows: Vec<(GroupRow, CountedRow, Option<GroupRole>)> = mine.load(conn).await?;
            let standings =
                rows.into_iter().map(|(row, counted, role)| GroupStanding { group: record((row, counted)), role });
            Ok(standings.collect())
        })
    }

    async fn discover(
        &self,
        user: UserId,
        prefix: &str,
        before: Option<GroupId>,
        limit: u32,
    ) -> Result<Vec<GroupStanding>> {
        let (lower, upper) = prefix_range(&fold(prefix));
        with_conn!(self, Read, |conn| {
            let mut found = groups::table
                .inner_join(conversations::table.on(conversations::group_id.eq(groups::id.nullable())))
                .filter(groups::visibility.eq(Bind(Visibility::Public)))
                .filter(groups::deleted_at.is_null())
                .order(groups::id.desc())
                .limit(i64::from(limit))
                .select((GroupRow::as_select(), CountedRow::as_select()))
                .into_boxed();
            if !lower.is_empty() {
                let mut named =
                    group_names::table.filter(group_names::key.ge(&lower)).select(group_names::group_id).into_boxed();
                if let Some(upper) = &upper {
                    named = named.filter(group_names::key.lt(upper));
                }
                found = found.filter(groups::id.eq_any(named));
            }
            if let Some(before) = before {
                found = found.filter(groups::id.lt(Bind(before)));
            }
            let rows: Vec<(GroupRow, CountedRow)> = found.load(conn).await?;
            let found: Vec<GroupRecord> = rows.into_iter().map(record).collect();
            let conversations: Vec<_> = found.iter().map(|group| Bind(group.conversation)).collect();
            let mine: Vec<(ConversationId, Option<GroupRole>)> = memberships::table
                .filter(memberships::user_id.eq(Bind(user)))
                .filter(memberships::conversation_id.eq_any(conversations))
                .select((memberships::conversation_id, memberships::role))
                .load(conn)
                .await?;
            let role = |id| mine.iter().find(|(conversation, _)| *conversation == id).and_then(|(_, role)| *role);
            Ok(found.into_iter().map(|group| GroupStanding { role: role(group.conversation), group }).collect())
        })
    }

    async fn update_group(
        &self,
        actor: UserId,
        group: GroupId,
        change: GroupChange,
        now: Timestamp,
    ) -> Result<GroupStanding> {
        with_conn!(self, Write, |conn| {
            let (before, role) = conn.authority(actor, group, GroupAction::Settings).await?;
            let old = before.avatar.clone();
            let change = ChangeRow::of(change.clone(), &before, now);
            if change.changes_nothing() {
                return Ok(GroupStanding { group: before, role: Some(role) });
            }
            diesel::update(groups::table.find(Bind(group))).set(&change).execute(conn).await?;
            if let Some(name) = &change.name {
                conn.index_group(group, name).await?;
            }
            let after = conn.announce(actor, group, now).await?;
            if change.avatar.is_some() {
                conn.let_go(old, now).await?;
            }
            Ok(GroupStanding { group: after, role: Some(role) })
        })
    }

    async fn delete_group(&self, actor: UserId, group: GroupId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            let (before, _) = conn.authority(actor, group, GroupAction::Delete).await?;
            let archived_at = Some(Bind(now));
            diesel::update(groups::table.find(Bind(group)))
                .set((groups::archived_at.eq(archived_at), groups::avatar.eq(None::<String>)))
                .execute(conn)
                .await?;
            // The last that is told: from here on nobody writes.
            conn.announce(actor, group, now).await?;
            let members: Vec<UserId> = memberships::table
                .filter(memberships::conversation_id.eq(Bind(before.conversation)))
                .select(memberships::user_id)
                .load(conn)
                .await?;
            for member in members {
                let reason = "deleted".to_owned();
                let removed = ConversationRemoved { conversation_id: before.conversation, reason };
                conn.owe(member.into(), Some(actor), InboxFact::ConversationRemoved(removed), now).await?;
            }
            diesel::delete(memberships::table.filter(memberships::conversation_id.eq(Bind(before.conversation))))
                .execute(conn)
                .await?;
            diesel::delete(invites::table.filter(invites::group_id.eq(Bind(group)))).execute(conn).await?;
            diesel::delete(join_requests::table.filter(join_requests::group_id.eq(Bind(group)))).execute(conn).await?;
            diesel::delete(group_bans::table.filter(group_bans::group_id.eq(Bind(group)))).execute(conn).await?;
            diesel::delete(group_names::table.filter(group_names::group_id.eq(Bind(group)))).execute(conn).await?;
            diesel::update(groups::table.find(Bind(group)))
                .set((groups::deleted_at.eq(Some(Bind(now))), groups::name.eq(""), groups::description.eq("")))
                .execute(conn)
                .await?;
            conn.let_go(before.avatar, now).await?;
            let erase_at = Timestamp::from_millis(now.as_millis() + KEEP_MS);
            conn.enqueue(Job::EraseStream { stream: before.conversation.into() }, erase_at, now).await?;
            conn.audit(&Act::done(Some(actor), Action::DeleteGroup, group), now).await?;
            Ok(())
        })
    }

    async fn group_members(&self, group: GroupId, after: Option<MemberPlace>, limit: u32) -> Result<Vec<MemberRecord>> {
        with_conn!(self, Read, |conn| { conn.member_page(group, after, limit).await })
    }

    async fn role_in(&self, conversation: ConversationId, user: UserId) -> Result<Option<GroupRole>> {
        with_conn!(self, Read, |conn| { conn.role(conversation, user).await })
    }

    async fn place_member(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        role: GroupRole,
        code: &str,
        now: Timestamp,
    ) -> Result<Placed> {
        let code = code.to_owned();
        with_conn!(self, Write, |conn| { conn.place(actor, group, user, role, &code, now).await })
    }

    async fn remove_member(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        how: Removal,
        now: Timestamp,
    ) -> Result<ConversationId> {
        with_conn!(self, Write, |conn| {
            match &how {
                Removal::Leave => conn.remove(actor, group, user, now).await,
                Removal::Ban { reason } => conn.ban(actor, group, user, reason, now).await,
            }
        })
    }

    async fn transfer_group(&self, actor: UserId, group: GroupId, user: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| { conn.transfer(actor, group, user, now).await })
    }

    async fn join_group(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Joined> {
        with_conn!(self, Write, |conn| { conn.ask_to_join(user, group, now).await })
    }

    async fn join_requests(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<JoinRequestRecord>> {
        with_conn!(self, Read, |conn| {
            conn.authority(actor, group, GroupAction::AnswerRequests).await?;
            conn.waiting(group, after, limit).await
        })
    }

    async fn answer_join_request(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        approve: bool,
        now: Timestamp,
    ) -> Result<()> {
        with_conn!(self, Write, |conn| { conn.answer(actor, group, user, approve, now).await })
    }

    async fn group_bans(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<BanRecord>> {
        with_conn!(self, Read, |conn| {
            conn.authority(actor, group, GroupAction::Ban).await?;
            conn.banned(group, after, limit).await
        })
    }

    async fn unban(&self, actor: UserId, group: GroupId, user: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            conn.authority(actor, group, GroupAction::Unban).await?;
            if diesel::delete(group_bans::table.find((Bind(group), Bind(user)))).execute(conn).await? == 0 {
                return Err(Error::NotFound("ban").into());
            }
            let act = Act::done(Some(actor), Action::UnbanMember, user);
            conn.audit(&act.with(serde_json::json!({ "group_id": group })), now).await
        })
    }

    async fn create_invite(&self, actor: UserId, group: GroupId, invite: InviteRecord) -> Result<()> {
        with_conn!(self, Write, |conn| {
            conn.authority(actor, group, GroupAction::Invite).await?;
            conn.keep_invite(actor, group, None, &invite).await
        })
    }

    async fn invites(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<InviteRecord>> {
        let after = after.map(str::to_owned);
        with_conn!(self, Read, |conn| {
            conn.authority(actor, group, GroupAction::Invite).await?;
            conn.open_invites(group, after.as_deref(), limit, now).await
        })
    }

    async fn withdraw_invite(&self, actor: UserId, group: GroupId, code: &str) -> Result<()> {
        let code = code.to_owned();
        with_conn!(self, Write, |conn| {
            conn.authority(actor, group, GroupAction::Invite).await?;
            let gone = diesel::delete(invites::table.find(&code).filter(invites::group_id.eq(Bind(group))))
                .execute(conn)
                .await?;
            if gone == 0 { Err(Error::NotFound("invitation").into()) } else { Ok(()) }
        })
    }

    async fn invited_to(&self, code: &str, now: Timestamp) -> Result<GroupRecord> {
        let code = code.to_owned();
        with_conn!(self, Read, |conn| { Ok(conn.usable_invite(&code, now).await?.group) })
    }

    async fn accept_invite(&self, user: UserId, code: &str, now: Timestamp) -> Result<GroupStanding> {
        let code = code.to_owned();
        with_conn!(self, Write, |conn| { conn.accept(user, &code, now).await })
    }
}
