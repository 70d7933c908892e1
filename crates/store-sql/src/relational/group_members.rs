//! Who is in a group: coming in and going out, roles, ownership, bans. Roles are looked at inside of the transaction that
//! changes them, so that two who act on one another at once end in a state that the rules allow.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use studyhall_domain::{
    Error,
    audit::{Act, Action},
    notifications::{NamedGroup, Notice},
    permissions::group::{self as rules, GroupAction},
    ports::{
        Account, BanRecord, GroupFact, GroupRecord, GroupStanding, InboxFact, InviteRecord, MemberPlace, MemberRecord,
        Placed,
    },
};
use studyhall_wire::{
    ConversationId, ConversationRemoved, DmPolicy, ErrorCode, GroupId, GroupRole, MemberChange, Timestamp, UserId,
};

use super::{
    accounts::{AccountRow, AccountSteps as _},
    audit::AuditSteps as _,
    conversations::ConversationSteps as _,
    failure::{Failure, Outcome},
    friends::FriendSteps as _,
    group_entry::EntrySteps as _,
    group_steps::{GROUP, GroupSteps as _},
    notifications::NotificationSteps as _,
    transaction::steps,
    types::Bind,
};
use crate::schema::{accounts, conversations, group_bans, groups, invites, join_requests, memberships};

/// What errors call somebody who is not in a group.
const MEMBER: Failure = Failure::Rule(Error::NotFound("member"));

steps! {
    /// What changes who is in a group, and as what.
    pub(super) trait MemberSteps {
        /// Makes somebody a member, and tells the conversation and the new member's inbox. Costs the same in a group of
        /// any size.
        async fn enter(
            conn,
            conversation: ConversationId,
            group: GroupId,
            actor: UserId,
            user: UserId,
            role: GroupRole,
            now: Timestamp,
        ) -> Outcome<()> {
            conn.join(conversation, user, Some(role), now).await?;
            conn.count_members(conversation, 1).await?;
            conn.forget_asked(group, user).await?;
            let joined = GroupFact::MemberJoined(MemberChange { user_id: user, role });
            conn.owe(conversation.into(), Some(actor), joined, now).await?;
            let added = InboxFact::ConversationAdded { conversation_id: conversation };
            conn.owe(user.into(), Some(actor), added, now).await
        }

        /// Forgets that somebody asked to come in, and was asked to.
        async fn forget_asked(conn, group: GroupId, user: UserId) -> Outcome<()> {
            diesel::delete(join_requests::table.find((Bind(group), Bind(user)))).execute(conn).await?;
            diesel::delete(
                invites::table
                    .filter(invites::group_id.eq(Bind(group)))
                    .filter(invites::invitee_id.eq(Some(Bind(user)))),
            )
            .execute(conn)
            .await?;
            Ok(())
        }

        async fn count_members(conn, conversation: ConversationId, by: i64) -> Outcome<()> {
            diesel::update(conversations::table.find(Bind(conversation)))
                .set(conversations::member_count.eq(conversations::member_count + by))
                .execute(conn)
                .await?;
            Ok(())
        }

        /// Ends a membership, and tells the conversation and the inbox of who is out.
        async fn leave(
            conn,
            conversation: ConversationId,
            actor: UserId,
            member: (UserId, GroupRole),
            reason: &str,
            now: Timestamp,
        ) -> Outcome<()> {
            let (user_id, role) = member;
            diesel::delete(memberships::table.find((Bind(conversation), Bind(user_id)))).execute(conn).await?;
            conn.count_members(conversation, -1).await?;
            let left = GroupFact::MemberLeft(MemberChange { user_id, role });
            conn.owe(conversation.into(), Some(actor), left, now).await?;
            let removed = ConversationRemoved { conversation_id: conversation, reason: reason.to_owned() };
            conn.owe(user_id.into(), Some(actor), InboxFact::ConversationRemoved(removed), now).await
        }

        /// Gives a member another role, and tells the conversation and the member.
        async fn set_group_role(
            conn,
            group: &GroupRecord,
            actor: UserId,
            user: UserId,
            role: GroupRole,
            now: Timestamp,
        ) -> Outcome<()> {
            diesel::update(memberships::table.find((Bind(group.conversation), Bind(user))))
                .set(memberships::role.eq(Some(Bind(role))))
                .execute(conn)
                .await?;
            let changed = GroupFact::MemberRoleChanged(MemberChange { user_id: user, role });
            conn.owe(group.conversation.into(), Some(actor), changed, now).await?;
            if user != actor {
                let named = NamedGroup { group_id: group.id, group_name: group.name.clone() };
                let notice = Notice::RoleChanged { role: role.as_str().to_owned(), group: Some(named) };
                conn.notify(user, &notice, now).await?;
            }
            let act = Act::done(Some(actor), Action::SetGroupRole, user);
            conn.audit(&act.with(json!({ "group_id": group.id, "to": role.as_str() })), now).await
        }

        /// Adds a member, or changes a role.
        async fn place(
            conn,
            actor: UserId,
            id: GroupId,
            user: UserId,
            role: GroupRole,
            code: &str,
            now: Timestamp,
        ) -> Outcome<Placed> {
            let GroupStanding { group, role: own } = conn.stand(actor, id).await?;
            let own = own.ok_or(Failure::Rule(Error::Forbidden(ErrorCode::Forbidden)))?;
            let from = conn.role(group.conversation, user).await?;
            rules::allow(rules::can_place(own, from, role))?;
            if from == Some(role) {
                return Ok(Placed::Unchanged);
            }
            if from.is_some() {
                conn.set_group_role(&group, actor, user, role, now).await?;
                return Ok(Placed::Changed);
            }
            let account = Account::from(conn.living(user).await?);
            if conn.is_banned(id, user).await? {
                return Err(Failure::Rule(Error::Forbidden(ErrorCode::Banned)));
            }
            if conn.are_blocked(actor, user).await? {
                return Err(Failure::Rule(Error::Forbidden(ErrorCode::Blocked)));
            }
            let open = match account.dm_policy {
                DmPolicy::Everyone => true,
                DmPolicy::Friends => conn.are_friends(actor, user).await?,
                DmPolicy::Nobody => false,
            };
            if open {
                conn.enter(group.conversation, id, actor, user, role, now).await?;
                return Ok(Placed::Added);
            }
            conn.invite_personally(actor, &group, user, code, now).await?;
            Ok(Placed::Invited)
        }

        /// An invitation for one person, who is told of it. Who has an open one is not asked again.
        async fn invite_personally(
            conn,
            actor: UserId,
            group: &GroupRecord,
            user: UserId,
            code: &str,
            now: Timestamp,
        ) -> Outcome<()> {
            let open: i64 = invites::table
                .filter(invites::group_id.eq(Bind(group.id)))
                .filter(invites::invitee_id.eq(Some(Bind(user))))
                .count()
                .get_result(conn)
                .await?;
            if open > 0 {
                return Ok(());
            }
            let code = code.to_owned();
            let invite =
                InviteRecord { code: code.clone(), max_uses: Some(1), uses: 0, expires_at: None, created_at: now };
            conn.keep_invite(actor, group.id, Some(user), &invite).await?;
            let (group_id, group_name) = (group.id, group.name.clone());
            let notice = Notice::GroupInvite { group_id, group_name, code, user_id: actor };
            conn.notify(user, &notice, now).await?;
            Ok(())
        }

        /// Somebody leaves, or is removed by somebody above them.
        async fn remove(conn, actor: UserId, id: GroupId, user: UserId, now: Timestamp) -> Outcome<ConversationId> {
            let GroupStanding { group, role: own } = conn.stand(actor, id).await?;
            let own = own.ok_or(Failure::Rule(Error::Forbidden(ErrorCode::Forbidden)))?;
            if actor == user {
                if own == GroupRole::Owner {
                    return Err(Failure::Rule(Error::Conflict(ErrorCode::OwnerMustTransfer)));
                }
                conn.leave(group.conversation, actor, (user, own), "left", now).await?;
                return Ok(group.conversation);
            }
            rules::require(own, GroupAction::Remove)?;
            let role = conn.role(group.conversation, user).await?.ok_or(MEMBER)?;
            rules::allow(rules::can_to(own, GroupAction::Remove, role))?;
            conn.leave(group.conversation, actor, (user, role), "removed", now).await?;
            let act = Act::done(Some(actor), Action::RemoveMember, user);
            conn.audit(&act.with(json!({ "group_id": id })), now).await?;
            Ok(group.conversation)
        }

        async fn is_banned(conn, group: GroupId, user: UserId) -> Outcome<bool> {
            let bans: i64 = group_bans::table.find((Bind(group), Bind(user))).count().get_result(conn).await?;
            Ok(bans > 0)
        }

        /// Bans somebody, whether a member or not. Banning again gives another reason.
        async fn ban(
            conn,
            actor: UserId,
            id: GroupId,
            user: UserId,
            reason: &str,
            now: Timestamp,
        ) -> Outcome<ConversationId> {
            let (group, own) = conn.authority(actor, id, GroupAction::Ban).await?;
            conn.living(user).await?;
            let role = conn.role(group.conversation, user).await?;
            rules::allow(actor != user && role.is_none_or(|role| rules::can_to(own, GroupAction::Ban, role)))?;
            diesel::delete(group_bans::table.find((Bind(id), Bind(user)))).execute(conn).await?;
            diesel::insert_into(group_bans::table)
                .values((
                    group_bans::group_id.eq(Bind(id)),
                    group_bans::user_id.eq(Bind(user)),
                    group_bans::reason.eq(reason),
                    group_bans::banned_by.eq(Bind(actor)),
                    group_bans::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            conn.forget_asked(id, user).await?;
            if let Some(role) = role {
                conn.leave(group.conversation, actor, (user, role), "banned", now).await?;
            }
            let act = Act::done(Some(actor), Action::BanMember, user);
            conn.audit(&act.with(json!({ "group_id": id })), now).await?;
            Ok(group.conversation)
        }

        /// Gives the group to a member; who had it becomes an admin.
        async fn transfer(conn, actor: UserId, id: GroupId, user: UserId, now: Timestamp) -> Outcome<()> {
            let (group, _) = conn.authority(actor, id, GroupAction::Transfer).await?;
            if actor == user {
                return Ok(());
            }
            conn.role(group.conversation, user).await?.ok_or(MEMBER)?;
            diesel::update(groups::table.find(Bind(id))).set(groups::owner_id.eq(Bind(user))).execute(conn).await?;
            conn.set_group_role(&group, actor, actor, GroupRole::Admin, now).await?;
            conn.set_group_role(&group, actor, user, GroupRole::Owner, now).await?;
            conn.announce(actor, id, now).await?;
            Ok(())
        }

        /// Takes somebody whose account is deleted out of every group.
        async fn leave_groups(conn, user: UserId, now: Timestamp) -> Outcome<()> {
            let places: Vec<(ConversationId, Option<GroupRole>)> = memberships::table
                .filter(memberships::user_id.eq(Bind(user)))
                .filter(memberships::role.is_not_null())
                .select((memberships::conversation_id, memberships::role))
                .load(conn)
                .await?;
            for (conversation, role) in places {
                conn.leave(conversation, user, (user, role.ok_or(GROUP)?), "left", now).await?;
            }
            diesel::delete(join_requests::table.filter(join_requests::user_id.eq(Bind(user)))).execute(conn).await?;
            diesel::delete(invites::table.filter(invites::invitee_id.eq(Some(Bind(user))))).execute(conn).await?;
            Ok(())
        }

        /// Members by role, the highest first, then by id: each role is one range of an index.
        async fn member_page(
            conn,
            id: GroupId,
            after: Option<MemberPlace>,
            limit: u32,
        ) -> Outcome<Vec<MemberRecord>> {
            let group = conn.group(id).await?;
            let mut members = Vec::new();
            for role in GroupRole::ALL {
                let missing = limit as usize - members.len();
                if missing == 0 || after.is_some_and(|after| role < after.role) {
                    continue;
                }
                let mut page = memberships::table
                    .inner_join(accounts::table)
                    .filter(memberships::conversation_id.eq(Bind(group.conversation)))
                    .filter(memberships::role.eq(Some(Bind(role))))
                    .order(memberships::user_id)
                    .limit(i64::try_from(missing).unwrap_or(i64::MAX))
                    .select((AccountRow::as_select(), memberships::joined_at))
                    .into_boxed();
                if let Some(after) = after.filter(|after| after.role == role) {
                    page = page.filter(memberships::user_id.gt(Bind(after.user)));
                }
                let rows: Vec<(AccountRow, Timestamp)> = page.load(conn).await?;
                members.extend(rows.into_iter().map(|(row, joined_at)| MemberRecord {
                    account: row.into(),
                    role,
                    joined_at,
                }));
            }
            Ok(members)
        }

        async fn banned(conn, group: GroupId, after: Option<UserId>, limit: u32) -> Outcome<Vec<BanRecord>> {
            let mut bans = group_bans::table
                .inner_join(accounts::table)
                .filter(group_bans::group_id.eq(Bind(group)))
                .order(group_bans::user_id)
                .limit(i64::from(limit))
                .select((AccountRow::as_select(), group_bans::banned_by, group_bans::reason, group_bans::created_at))
                .into_boxed();
            if let Some(after) = after {
                bans = bans.filter(group_bans::user_id.gt(Bind(after)));
            }
            let rows: Vec<(AccountRow, UserId, String, Timestamp)> = bans.load(conn).await?;
            let mut records = Vec::with_capacity(rows.len());
            for (user, banned_by, reason, created_at) in rows {
                let banned_by: AccountRow =
                    accounts::table.find(Bind(banned_by)).select(AccountRow::as_select()).first(conn).await?;
                records.push(BanRecord { user: user.into(), banned_by: banned_by.into(), reason, created_at });
            }
            Ok(records)
        }
    }
}
