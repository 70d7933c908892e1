//! A group as it is stored, and what use cases of groups share.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error,
    permissions::group::{self as rules, GroupAction},
    ports::{BlobId, GroupFact, GroupRecord, GroupStanding},
};
use studyhall_wire::{ConversationId, GroupId, GroupRole, JoinPolicy, Timestamp, UserId, Visibility};

use super::{
    conversations::ConversationSteps as _,
    failure::{Failure, Outcome},
    names::search_keys,
    transaction::steps,
    types::Bind,
};
use crate::schema::{conversations, group_names, groups, memberships};

/// What errors call a group.
pub(super) const GROUP: Failure = Failure::Rule(Error::NotFound("group"));

#[derive(Queryable, Selectable)]
#[diesel(table_name = groups)]
pub(super) struct GroupRow {
    id: GroupId,
    name: String,
    description: String,
    visibility: Visibility,
    join_policy: JoinPolicy,
    owner_id: UserId,
    avatar: Option<String>,
    created_at: Timestamp,
    archived_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = conversations)]
pub(super) struct CountedRow {
    id: ConversationId,
    member_count: i64,
}

/// A group with its conversation.
pub(super) fn record((row, counted): (GroupRow, CountedRow)) -> GroupRecord {
    GroupRecord {
        id: row.id,
        name: row.name,
        description: row.description,
        visibility: row.visibility,
        join_policy: row.join_policy,
        owner: row.owner_id,
        avatar: row.avatar.map(BlobId),
        conversation: counted.id,
        member_count: u32::try_from(counted.member_count).unwrap_or_default(),
        archived: row.archived_at.is_some(),
        created_at: row.created_at,
    }
}

steps! {
    /// What use cases of groups share.
    pub(super) trait GroupSteps {
        /// A group that was not deleted.
        async fn group(conn, id: GroupId) -> Outcome<GroupRecord> {
            let found: Option<(GroupRow, CountedRow)> = groups::table
                .inner_join(conversations::table.on(conversations::group_id.eq(groups::id.nullable())))
                .filter(groups::id.eq(Bind(id)))
                .filter(groups::deleted_at.is_null())
                .select((GroupRow::as_select(), CountedRow::as_select()))
                .first(conn)
                .await
                .optional()?;
            found.map(record).ok_or(GROUP)
        }

        async fn role(conn, conversation: ConversationId, user: UserId) -> Outcome<Option<GroupRole>> {
            let role: Option<Option<GroupRole>> = memberships::table
                .find((Bind(conversation), Bind(user)))
                .select(memberships::role)
                .first(conn)
                .await
                .optional()?;
            Ok(role.flatten())
        }

        /// The group as this user stands to it: a private one does not exist for who is no member.
        async fn stand(conn, user: UserId, id: GroupId) -> Outcome<GroupStanding> {
            let group = conn.group(id).await?;
            let role = conn.role(group.conversation, user).await?;
            if role.is_none() && group.visibility == Visibility::Private { Err(GROUP) } else { Ok(GroupStanding { group, role }) }
        }

        /// The group and the actor's role in it, where that allows `action`.
        async fn authority(conn, actor: UserId, id: GroupId, action: GroupAction) -> Outcome<(GroupRecord, GroupRole)> {
            let GroupStanding { group, role } = conn.stand(actor, id).await?;
            rules::allow(role.is_some_and(|role| rules::can(role, action)))?;
            role.map(|role| (group, role)).ok_or(GROUP)
        }

        /// Owes the group as it is now to its conversation.
        async fn announce(conn, actor: UserId, id: GroupId, now: Timestamp) -> Outcome<GroupRecord> {
            let group = conn.group(id).await?;
            let fact = GroupFact::GroupUpdated(Box::new(group.updated()));
            conn.owe(group.conversation.into(), Some(actor), fact, now).await?;
            Ok(group)
        }

        /// Replaces what a group is found by.
        async fn index_group(conn, id: GroupId, name: &str) -> Outcome<()> {
            diesel::delete(group_names::table.filter(group_names::group_id.eq(Bind(id)))).execute(conn).await?;
            for key in search_keys(name, name) {
                diesel::insert_into(group_names::table)
                    .values((group_names::key.eq(key), group_names::group_id.eq(Bind(id))))
                    .execute(conn)
                    .await?;
            }
            Ok(())
        }

        async fn owns_groups(conn, user: UserId) -> Outcome<bool> {
            let owned: i64 = groups::table
                .filter(groups::owner_id.eq(Bind(user)))
                .filter(groups::deleted_at.is_null())
                .count()
                .get_result(conn)
                .await?;
            Ok(owned > 0)
        }
    }
}
