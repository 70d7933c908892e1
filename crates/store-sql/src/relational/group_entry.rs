//! Ways into a group: joining, asking, being let in, and invitations.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error,
    notifications::Notice,
    permissions::group::GroupAction,
    ports::{GroupRecord, GroupStanding, InviteRecord, JoinRequestRecord, Joined},
};
use studyhall_wire::{ErrorCode, GroupId, GroupRole, JoinPolicy, Timestamp, UserId, limits};

use super::{
    accounts::{AccountRow, AccountSteps as _},
    failure::{Failure, Outcome},
    group_members::MemberSteps as _,
    group_steps::GroupSteps as _,
    notifications::NotificationSteps as _,
    transaction::steps,
    types::Bind,
};
use crate::schema::{accounts, invites, join_requests, memberships};

/// Who is told of a request to join, of each role at most.
const TOLD: i64 = 50;

const INVALID: Failure = Failure::Rule(Error::Absent(ErrorCode::InviteInvalid));

#[derive(Queryable, Selectable)]
#[diesel(table_name = invites)]
struct InviteRow {
    code: String,
    max_uses: Option<i64>,
    uses: i64,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<InviteRow> for InviteRecord {
    fn from(row: InviteRow) -> Self {
        let InviteRow { code, max_uses, uses, expires_at, created_at } = row;
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Self { code, max_uses: max_uses.map(count), uses: count(uses), expires_at, created_at }
    }
}

/// An invitation that lets somebody in.
pub(super) struct Usable {
    pub group: GroupRecord,
    pub invitee: Option<UserId>,
}

steps! {
    /// What lets people in.
    pub(super) trait EntrySteps {
        /// Joins a group that takes everybody, or asks to join one that takes who is approved.
        async fn ask_to_join(conn, user: UserId, id: GroupId, now: Timestamp) -> Outcome<Joined> {
            let GroupStanding { group, role } = conn.stand(user, id).await?;
            if role.is_some() {
                return Ok(Joined::Member);
            }
            let refuse = |code| Err(Failure::Rule(Error::Forbidden(code)));
            if conn.is_banned(id, user).await? {
                return refuse(ErrorCode::Banned);
            }
            match group.join_policy {
                JoinPolicy::Invite => refuse(ErrorCode::InviteOnly),
                JoinPolicy::Open => {
                    conn.enter(group.conversation, id, user, user, GroupRole::Member, now).await?;
                    Ok(Joined::Joined)
                }
                JoinPolicy::Approval => {
                    conn.wait_for_answer(user, &group, now).await?;
                    Ok(Joined::Waiting)
                }
            }
        }

        /// Notes a request, and tells who may answer it. Asking again changes nothing.
        async fn wait_for_answer(conn, user: UserId, group: &GroupRecord, now: Timestamp) -> Outcome<()> {
            let same: i64 = join_requests::table.find((Bind(group.id), Bind(user))).count().get_result(conn).await?;
            if same > 0 {
                return Ok(());
            }
            let open: i64 =
                join_requests::table.filter(join_requests::user_id.eq(Bind(user))).count().get_result(conn).await?;
            if open >= i64::from(limits::OPEN_REQUESTS) {
                return Err(Failure::Rule(Error::Conflict(ErrorCode::TooManyRequests)));
            }
            diesel::insert_into(join_requests::table)
                .values((
                    join_requests::group_id.eq(Bind(group.id)),
                    join_requests::user_id.eq(Bind(user)),
                    join_requests::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            let answering = GroupRole::ALL.into_iter().filter(|role| *role <= GroupAction::AnswerRequests.least());
            let mut told: Vec<UserId> = Vec::new();
            for role in answering {
                let some: Vec<UserId> = memberships::table
                    .filter(memberships::conversation_id.eq(Bind(group.conversation)))
                    .filter(memberships::role.eq(Some(Bind(role))))
                    .limit(TOLD)
                    .select(memberships::user_id)
                    .load(conn)
                    .await?;
                told.extend(some);
            }
            let (group_id, group_name) = (group.id, group.name.clone());
            let notice = Notice::JoinRequest { group_id, group_name, user_id: user };
            for moderator in told {
                conn.notify(moderator, &notice, now).await?;
            }
            Ok(())
        }

        async fn waiting(
            conn,
            group: GroupId,
            after: Option<UserId>,
            limit: u32,
        ) -> Outcome<Vec<JoinRequestRecord>> {
            let mut requests = join_requests::table
                .inner_join(accounts::table)
                .filter(join_requests::group_id.eq(Bind(group)))
                .order(join_requests::user_id)
                .limit(i64::from(limit))
                .select((AccountRow::as_select(), join_requests::created_at))
                .into_boxed();
            if let Some(after) = after {
                requests = requests.filter(join_requests::user_id.gt(Bind(after)));
            }
            let rows: Vec<(AccountRow, Timestamp)> = requests.load(conn).await?;
            Ok(rows.into_iter().map(|(row, created_at)| JoinRequestRecord { user: row.into(), created_at }).collect())
        }

        /// Lets somebody in who asked, or not.
        async fn answer(
            conn,
            actor: UserId,
            id: GroupId,
            user: UserId,
            approve: bool,
            now: Timestamp,
        ) -> Outcome<()> {
            let (group, _) = conn.authority(actor, id, GroupAction::AnswerRequests).await?;
            let asked = diesel::delete(join_requests::table.find((Bind(id), Bind(user)))).execute(conn).await?;
            if asked == 0 {
                return Err(Failure::Rule(Error::NotFound("join request")));
            }
            let (group_id, group_name) = (id, group.name.clone());
            let notice = if approve {
                conn.enter(group.conversation, id, actor, user, GroupRole::Member, now).await?;
                Notice::JoinApproved { group_id, group_name }
            } else {
                Notice::JoinDenied { group_id, group_name }
            };
            conn.notify(user, &notice, now).await?;
            Ok(())
        }

        async fn keep_invite(
            conn,
            actor: UserId,
            group: GroupId,
            invitee: Option<UserId>,
            invite: &InviteRecord,
        ) -> Outcome<()> {
            diesel::insert_into(invites::table)
                .values((
                    invites::code.eq(&invite.code),
                    invites::group_id.eq(Bind(group)),
                    invites::created_by.eq(Bind(actor)),
                    invites::invitee_id.eq(invitee.map(Bind)),
                    invites::max_uses.eq(invite.max_uses.map(i64::from)),
                    invites::uses.eq(i64::from(invite.uses)),
                    invites::expires_at.eq(invite.expires_at.map(Bind)),
                    invites::created_at.eq(Bind(invite.created_at)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }

        /// Invitations for whoever has them, ascending by code, which is random.
        async fn open_invites(
            conn,
            group: GroupId,
            after: Option<&str>,
            limit: u32,
            now: Timestamp,
        ) -> Outcome<Vec<InviteRecord>> {
            let after = after.unwrap_or_default();
            let rows: Vec<InviteRow> = invites::table
                .filter(invites::group_id.eq(Bind(group)))
                .filter(invites::invitee_id.is_null())
                .filter(invites::expires_at.is_null().or(invites::expires_at.gt(Some(Bind(now)))))
                .filter(invites::max_uses.is_null().or(invites::max_uses.gt(invites::uses.nullable())))
                .filter(invites::code.gt(after))
                .order(invites::code)
                .limit(i64::from(limit))
                .select(InviteRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(InviteRecord::from).collect())
        }

        async fn usable_invite(conn, code: &str, now: Timestamp) -> Outcome<Usable> {
            let found: Option<(InviteRow, GroupId, Option<UserId>)> = invites::table
                .find(code)
                .select((InviteRow::as_select(), invites::group_id, invites::invitee_id))
                .first(conn)
                .await
                .optional()?;
            let (invite, group, invitee) = found.ok_or(INVALID)?;
            let expired = invite.expires_at.is_some_and(|at| at <= now);
            let spent = invite.max_uses.is_some_and(|most| invite.uses >= most);
            if expired || spent {
                return Err(INVALID);
            }
            match conn.group(group).await {
                Ok(group) => Ok(Usable { group, invitee }),
                Err(Failure::Rule(Error::NotFound(_))) => Err(INVALID),
                Err(failure) => Err(failure),
            }
        }

        /// Comes in by an invitation.
        async fn accept(conn, user: UserId, code: &str, now: Timestamp) -> Outcome<GroupStanding> {
            let Usable { group, invitee } = conn.usable_invite(code, now).await?;
            let id = group.id;
            if invitee.is_some_and(|invitee| invitee != user) {
                return Err(INVALID);
            }
            if let Some(role) = conn.role(group.conversation, user).await? {
                return Ok(GroupStanding { group, role: Some(role) });
            }
            conn.living(user).await?;
            if conn.is_banned(id, user).await? {
                return Err(Failure::Rule(Error::Forbidden(ErrorCode::Banned)));
            }
            diesel::update(invites::table.find(code)).set(invites::uses.eq(invites::uses + 1_i64)).execute(conn).await?;
            conn.enter(group.conversation, id, user, user, GroupRole::Member, now).await?;
            let group = conn.group(id).await?;
            Ok(GroupStanding { group, role: Some(GroupRole::Member) })
        }
    }
}
