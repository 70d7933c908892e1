//! Conversations, who is in them and how far each has read, and the outbox of what streams must be told.

use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    ports::{ConversationStore, InboxFact, Membership, OutboxFact, OutboxLease, OutboxRow, ReadCursor},
};
use studyhall_wire::{
    ConversationId, ConversationKind, GroupId, GroupRole, NotifyLevel, Seq, StreamId, Timestamp, UserId,
};
use uuid::Uuid;

use super::{
    SqlStore,
    database::Database,
    failure::{Failure, Outcome},
    friends::FriendSteps as _,
    transaction::{steps, with_conn},
    types::{Bind, Json},
};
use crate::schema::{conversations, groups, memberships, outbox};

/// Ids in one query.
const CHUNK: usize = 500;
/// PostgreSQL's advisory lock of whoever appends what is in the outbox. The number is the crate's own.
const OUTBOX_LOCK: i64 = 8_317_540_112_236_541_282;

#[derive(Queryable, Selectable)]
#[diesel(table_name = conversations)]
struct ConversationRow {
    kind: ConversationKind,
    group_id: Option<GroupId>,
    direct_low: Option<UserId>,
    direct_high: Option<UserId>,
    member_count: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct MembershipRow {
    conversation_id: ConversationId,
    user_id: UserId,
    read_seq: Seq,
    notify: NotifyLevel,
    role: Option<GroupRole>,
}

/// A membership with its conversation, and when its group was archived.
type PlaceRow = (MembershipRow, ConversationRow, Option<Timestamp>);

impl MembershipRow {
    /// Whether the two of a direct conversation are blocked is not known here.
    fn of((row, conversation, archived_at): PlaceRow) -> Membership {
        let ConversationRow { kind, group_id, direct_low, direct_high, member_count } = conversation;
        Membership {
            conversation: row.conversation_id,
            user: row.user_id,
            kind,
            group: group_id,
            role: row.role,
            archived: archived_at.is_some(),
            peer: if direct_low == Some(row.user_id) { direct_high } else { direct_low },
            blocked: false,
            members: u32::try_from(member_count).unwrap_or(u32::MAX),
            read_seq: row.read_seq,
            notify: row.notify,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct OutboxFactRow {
    id: Uuid,
    stream: StreamId,
    actor: Option<UserId>,
    fact: Json<OutboxFact>,
}

impl From<OutboxFactRow> for OutboxRow {
    fn from(row: OutboxFactRow) -> Self {
        Self { id: row.id, stream: row.stream, actor: row.actor, fact: row.fact.0 }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct UnannouncedRow {
    user_id: UserId,
    conversation_id: ConversationId,
    read_seq: Seq,
}

impl From<UnannouncedRow> for ReadCursor {
    fn from(row: UnannouncedRow) -> Self {
        Self { user: row.user_id, conversation: row.conversation_id, seq: row.read_seq }
    }
}

steps! {
    /// What several use cases of conversations do.
    pub(super) trait ConversationSteps {
        async fn join(
            conn,
            conversation: ConversationId,
            user: UserId,
            role: Option<GroupRole>,
            now: Timestamp,
        ) -> Outcome<()> {
            diesel::insert_into(memberships::table)
                .values((
                    memberships::conversation_id.eq(Bind(conversation)),
                    memberships::user_id.eq(Bind(user)),
                    memberships::read_seq.eq(0_i64),
                    memberships::announced_seq.eq(0_i64),
                    memberships::notify.eq(Bind(NotifyLevel::default())),
                    memberships::joined_at.eq(Bind(now)),
                    memberships::role.eq(role.map(Bind)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }

        /// The memberships of these users in one conversation.
        async fn places(conn, conversation: ConversationId, users: &[UserId]) -> Outcome<Vec<Membership>> {
            let mut places = Vec::with_capacity(users.len());
            for chunk in users.chunks(CHUNK) {
                let rows: Vec<PlaceRow> = memberships::table
                    .inner_join(conversations::table)
                    .left_join(groups::table.on(groups::id.nullable().eq(conversations::group_id)))
                    .filter(memberships::conversation_id.eq(Bind(conversation)))
                    .filter(memberships::user_id.eq_any(chunk.iter().copied().map(Bind)))
                    .select((MembershipRow::as_select(), ConversationRow::as_select(), groups::archived_at.nullable()))
                    .load(conn)
                    .await?;
                places.extend(rows.into_iter().map(MembershipRow::of));
            }
            for place in &mut places {
                if let Some(peer) = place.peer {
                    place.blocked = conn.are_blocked(place.user, peer).await?;
                }
            }
            Ok(places)
        }

        /// Owes `fact` to `stream`.
        async fn owe(
            conn,
            stream: StreamId,
            actor: Option<UserId>,
            fact: impl Into<OutboxFact> + Send,
            now: Timestamp,
        ) -> Outcome<()> {
            let fact: OutboxFact = fact.into();
            diesel::insert_into(outbox::table)
                .values((
                    outbox::id.eq(Bind(Uuid::now_v7())),
                    outbox::stream.eq(Bind(stream)),
                    outbox::actor.eq(actor.map(Bind)),
                    outbox::fact.eq(Bind(Json(fact))),
                    outbox::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }
    }
}

#[async_trait]
impl ConversationStore for SqlStore {
    async fn open_direct(&self, actor: UserId, peer: UserId, now: Timestamp) -> Result<(ConversationId, bool)> {
        if actor == peer {
            return Err(Error::internal("a direct conversation is of two"));
        }
        let (low, high) = if actor < peer { (actor, peer) } else { (peer, actor) };
        with_conn!(self, Write, |conn| {
            let existing: Option<ConversationId> = conversations::table
                .filter(conversations::direct_low.eq(Some(Bind(low))))
                .filter(conversations::direct_high.eq(Some(Bind(high))))
                .select(conversations::id)
                .first(conn)
                .await
                .optional()?;
            if let Some(existing) = existing {
                return Ok((existing, false));
            }
            let id = ConversationId::new();
            diesel::insert_into(conversations::table)
                .values((
                    conversations::id.eq(Bind(id)),
                    conversations::kind.eq(Bind(ConversationKind::Direct)),
                    conversations::direct_low.eq(Some(Bind(low))),
                    conversations::direct_high.eq(Some(Bind(high))),
                    conversations::created_at.eq(Bind(now)),
                    conversations::member_count.eq(2_i64),
                ))
                .execute(conn)
                .await
                .map_err(no_such_user)?;
            for user in [actor, peer] {
                conn.join(id, user, None, now).await?;
                let fact = InboxFact::ConversationAdded { conversation_id: id };
                conn.owe(user.into(), Some(actor), fact, now).await?;
            }
            Ok((id, true))
        })
    }

    async fn membership(&self, user: UserId, conversation: ConversationId) -> Result<Option<Membership>> {
        with_conn!(self, Read, |conn| { Ok(conn.places(conversation, &[user]).await?.pop()) })
    }

    async fn memberships_in(&self, conversation: ConversationId, users: &[UserId]) -> Result<Vec<Membership>> {
        let users = users.to_vec();
        with_conn!(self, Read, |conn| { conn.places(conversation, &users).await })
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<PlaceRow> = memberships::table
                .inner_join(conversations::table)
                .left_join(groups::table.on(groups::id.nullable().eq(conversations::group_id)))
                .filter(memberships::user_id.eq(Bind(user)))
                .select((MembershipRow::as_select(), ConversationRow::as_select(), groups::archived_at.nullable()))
                .load(conn)
                .await?;
            let blocked = conn.blocked_with(user).await?;
            let places = rows.into_iter().map(MembershipRow::of).map(|mut place| {
                place.blocked = place.peer.is_some_and(|peer| blocked.contains(&peer));
                place
            });
            Ok(places.collect())
        })
    }

    async fn members(&self, conversation: ConversationId) -> Result<Vec<UserId>> {
        with_conn!(self, Read, |conn| {
            Ok(memberships::table
                .filter(memberships::conversation_id.eq(Bind(conversation)))
                .select(memberships::user_id)
                .load(conn)
                .await?)
        })
    }

    async fn group_names(&self, ids: &[GroupId]) -> Result<HashMap<GroupId, String>> {
        let ids = ids.to_vec();
        with_conn!(self, Read, |conn| {
            let mut names = HashMap::with_capacity(ids.len());
            for chunk in ids.chunks(CHUNK) {
                let rows: Vec<(GroupId, String)> = groups::table
                    .filter(groups::id.eq_any(chunk.iter().copied().map(Bind)))
                    .select((groups::id, groups::name))
                    .load(conn)
                    .await?;
                names.extend(rows);
            }
            Ok(names)
        })
    }

    async fn advance_reads(&self, cursors: &[ReadCursor]) -> Result<Vec<bool>> {
        let cursors = cursors.to_vec();
        with_conn!(self, Write, |conn| {
            let mut moved = Vec::with_capacity(cursors.len());
            for ReadCursor { user, conversation, seq } in &cursors {
                let forward = diesel::update(
                    memberships::table.find((Bind(*conversation), Bind(*user))).filter(memberships::read_seq.lt(*seq)),
                )
                .set(memberships::read_seq.eq(*seq))
                .execute(conn)
                .await?;
                moved.push(forward == 1);
            }
            Ok(moved)
        })
    }

    async fn unannounced_reads(&self, limit: u32) -> Result<Vec<ReadCursor>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<UnannouncedRow> = memberships::table
                .filter(memberships::read_seq.gt(memberships::announced_seq))
                .limit(i64::from(limit))
                .select(UnannouncedRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(ReadCursor::from).collect())
        })
    }

    async fn mark_announced(&self, cursors: &[ReadCursor]) -> Result<()> {
        let cursors = cursors.to_vec();
        with_conn!(self, Write, |conn| {
            for read in &cursors {
                diesel::update(
                    memberships::table
                        .find((Bind(read.conversation), Bind(read.user)))
                        .filter(memberships::announced_seq.lt(read.seq)),
                )
                .set(memberships::announced_seq.eq(read.seq))
                .execute(conn)
                .await?;
            }
            Ok(())
        })
    }

    async fn set_notify(&self, user: UserId, conversation: ConversationId, level: NotifyLevel) -> Result<bool> {
        with_conn!(self, Write, |conn| {
            let set = diesel::update(memberships::table.find((Bind(conversation), Bind(user))))
                .set(memberships::notify.eq(Bind(level)))
                .execute(conn)
                .await?;
            Ok(set == 1)
        })
    }

    async fn outbox_lease(&self) -> Result<OutboxLease> {
        match self.database() {
            // One process has the data directory, and takes its own turns.
            Database::Sqlite(_) => Ok(OutboxLease::new(())),
            Database::Postgres(database) => database.lease(OUTBOX_LOCK).await.map(OutboxLease::new),
        }
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<OutboxFactRow> = outbox::table
                .order(outbox::number)
                .limit(i64::from(limit))
                .select(OutboxFactRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(OutboxRow::from).collect())
        })
    }

    async fn outbox_done(&self, ids: &[Uuid]) -> Result<()> {
        let ids = ids.to_vec();
        with_conn!(self, Write, |conn| {
            for chunk in ids.chunks(CHUNK) {
                diesel::delete(outbox::table.filter(outbox::id.eq_any(chunk.iter().copied().map(Bind))))
                    .execute(conn)
                    .await?;
            }
            Ok(())
        })
    }
}

/// A direct conversation refers to two accounts.
fn no_such_user(error: diesel::result::Error) -> Failure {
    use diesel::result::{DatabaseErrorKind::ForeignKeyViolation, Error::DatabaseError};
    match error {
        DatabaseError(ForeignKeyViolation, _) => Failure::Rule(Error::NotFound("user")),
        other => other.into(),
    }
}
