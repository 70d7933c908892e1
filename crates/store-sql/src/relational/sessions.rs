//! Sign-ins, their refresh tokens, and the numbered revocations that every node follows.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    ports::{EndSessions, NewSession, Revocation, Revoked, Rotation, SessionStore, Standing, StoredSession, TokenHash},
};
use studyhall_wire::{ErrorCode, Role, SessionId, Timestamp, UserId, limits};

use super::{
    SqlStore,
    failure::{Failure, Outcome},
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{accounts, counters, refresh_tokens, revocations, sessions};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A session that was not refreshed for so long is over.
const UNUSED_MS: i64 = 30 * DAY_MS;
/// Addresses and user agents are kept for so long.
const ADDRESSES_MS: i64 = 90 * DAY_MS;
/// Revocations that are read at once.
const REVOCATIONS: i64 = 1_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: SessionId,
    user_id: UserId,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: Timestamp,
    last_used_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl From<SessionRow> for StoredSession {
    fn from(row: SessionRow) -> Self {
        let SessionRow { id, user_id, ip, user_agent, created_at, last_used_at, ended_at: _ } = row;
        Self { id, user: user_id, ip, user_agent, created_at, last_used_at }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens)]
struct TokenRow {
    spent_at: Option<Timestamp>,
    successor: Option<Vec<u8>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = revocations)]
struct RevocationRow {
    number: i64,
    session_id: Option<SessionId>,
    user_id: Option<UserId>,
}

impl TryFrom<RevocationRow> for Revocation {
    type Error = Error;

    fn try_from(row: RevocationRow) -> Result<Self> {
        let what = match (row.session_id, row.user_id) {
            (Some(session), None) => Revoked::Session(session),
            (None, Some(user)) => Revoked::User(user),
            _ => return Err(Error::internal(format!("revocation {} is of neither or of both", row.number))),
        };
        Ok(Self { number: row.number, what })
    }
}

fn before(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}

steps! {
    /// What accounts do with sessions, too, in transactions of their own.
    pub(super) trait SessionSteps {
        /// Stores a session with its first token.
        async fn insert_session(conn, session: &NewSession) -> Outcome<()> {
            diesel::insert_into(sessions::table)
                .values((
                    sessions::id.eq(Bind(session.id)),
                    sessions::user_id.eq(Bind(session.user)),
                    sessions::ip.eq(session.ip.as_deref()),
                    sessions::user_agent.eq(session.user_agent.as_deref()),
                    sessions::created_at.eq(Bind(session.created_at)),
                    sessions::last_used_at.eq(Bind(session.created_at)),
                ))
                .execute(conn)
                .await?;
            conn.insert_token(session.token, session.id, session.created_at).await
        }

        /// Stores a token that was not spent.
        async fn insert_token(conn, hash: TokenHash, session: SessionId, now: Timestamp) -> Outcome<()> {
            diesel::insert_into(refresh_tokens::table)
                .values((
                    refresh_tokens::hash.eq(hash.as_slice()),
                    refresh_tokens::session_id.eq(Bind(session)),
                    refresh_tokens::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }

        /// Writes a revocation with the next number. Numbers are in the order of commits: transactions that take
        /// one conflict with each other, on the row of the counter.
        async fn revoke(conn, what: Revoked, now: Timestamp) -> Outcome<()> {
            let number: i64 = diesel::update(counters::table.find("revocations"))
                .set(counters::value.eq(counters::value + 1_i64))
                .returning(counters::value)
                .get_result(conn)
                .await?;
            let (session, user) = match what {
                Revoked::Session(session) => (Some(Bind(session)), None),
                Revoked::User(user) => (None, Some(Bind(user))),
            };
            diesel::insert_into(revocations::table)
                .values((
                    revocations::number.eq(number),
                    revocations::session_id.eq(session),
                    revocations::user_id.eq(user),
                    revocations::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }

        /// Ends those sessions of `user` that have not ended, each with its revocation. Gives their ids.
        async fn end(conn, user: UserId, which: EndSessions, now: Timestamp) -> Outcome<Vec<SessionId>> {
            let going = sessions::table
                .filter(sessions::user_id.eq(Bind(user)))
                .filter(sessions::ended_at.is_null())
                .select(sessions::id)
                .order(sessions::id);
            let going: Vec<SessionId> = match which {
                EndSessions::All => going.load(conn).await?,
                EndSessions::One(one) => going.filter(sessions::id.eq(Bind(one))).load(conn).await?,
                EndSessions::AllBut(kept) => going.filter(sessions::id.ne(Bind(kept))).load(conn).await?,
            };
            for &session in &going {
                diesel::update(sessions::table.find(Bind(session)))
                    .set(sessions::ended_at.eq(Some(Bind(now))))
                    .execute(conn)
                    .await?;
                conn.revoke(Revoked::Session(session), now).await?;
            }
            Ok(going)
        }
    }
}

#[async_trait]
impl SessionStore for SqlStore {
    async fn create_session(&self, session: NewSession) -> Result<()> {
        with_conn!(self, Write, |conn| {
            let suspended: i64 = accounts::table
                .find(Bind(session.user))
                .filter(accounts::suspended_at.is_not_null())
                .count()
                .get_result(conn)
                .await?;
            if suspended > 0 {
                return Err(Error::Forbidden(ErrorCode::AccountSuspended).into());
            }
            conn.insert_session(&session).await
        })
    }

    async fn rotate(&self, presented: TokenHash, successor: TokenHash, now: Timestamp) -> Result<Rotation> {
        with_conn!(self, Write, |conn| {
            let found: Option<(TokenRow, SessionRow)> = refresh_tokens::table
                .inner_join(sessions::table)
                .filter(refresh_tokens::hash.eq(presented.as_slice()))
                .select((TokenRow::as_select(), SessionRow::as_select()))
                .first(conn)
                .await
                .optional()?;
            let Some((token, mut session)) = found else { return Ok(Rotation::Unknown) };
            if session.ended_at.is_some() || session.last_used_at < before(now, UNUSED_MS) {
                return Ok(Rotation::Unknown);
            }
            let Some(spent_at) = token.spent_at else {
                diesel::update(refresh_tokens::table.find(presented.as_slice()))
                    .set((
                        refresh_tokens::spent_at.eq(Some(Bind(now))),
                        refresh_tokens::successor.eq(Some(successor.as_slice())),
                    ))
                    .execute(conn)
                    .await?;
                conn.insert_token(successor, session.id, now).await?;
                diesel::update(sessions::table.find(Bind(session.id)))
                    .set(sessions::last_used_at.eq(Bind(now)))
                    .execute(conn)
                    .await?;
                session.last_used_at = now;
                return Ok(Rotation::Rotated(session.into()));
            };
            // The successor that the caller can give again must be the one that was given: not where the key that it
            // is made with was changed in between.
            let recent = now.as_millis().saturating_sub(spent_at.as_millis()) <= limits::REFRESH_GRACE_S * 1_000;
            if recent && token.successor.as_deref() == Some(successor.as_slice()) {
                let unused: i64 = refresh_tokens::table
                    .filter(refresh_tokens::hash.eq(successor.as_slice()))
                    .filter(refresh_tokens::spent_at.is_null())
                    .count()
                    .get_result(conn)
                    .await?;
                if unused == 1 {
                    return Ok(Rotation::Repeated(session.into()));
                }
            }
            conn.end(session.user_id, EndSessions::One(session.id), now).await?;
            Ok(Rotation::Reused(session.id))
        })
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<StoredSession>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<SessionRow> = sessions::table
                .filter(sessions::user_id.eq(Bind(user)))
                .filter(sessions::ended_at.is_null())
                .order((sessions::last_used_at.desc(), sessions::id.desc()))
                .select(SessionRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(StoredSession::from).collect())
        })
    }

    async fn standing(&self, session: SessionId) -> Result<Option<Standing>> {
        type Row = (UserId, Role, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);
        with_conn!(self, Read, |conn| {
            let row: Option<Row> = sessions::table
                .inner_join(accounts::table)
                .filter(sessions::id.eq(Bind(session)))
                .select((
                    accounts::id,
                    accounts::role,
                    accounts::suspended_at,
                    accounts::deleted_at,
                    sessions::ended_at,
                ))
                .first(conn)
                .await
                .optional()?;
            Ok(row.map(|(user, role, suspended_at, deleted_at, ended_at)| Standing {
                user,
                role,
                ended: ended_at.is_some() || deleted_at.is_some(),
                suspended: suspended_at.is_some(),
            }))
        })
    }

    async fn end_sessions(&self, user: UserId, which: EndSessions, now: Timestamp) -> Result<Vec<SessionId>> {
        with_conn!(self, Write, |conn| { conn.end(user, which, now).await })
    }

    async fn revocations_after(&self, number: i64) -> Result<Vec<Revocation>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<RevocationRow> = revocations::table
                .filter(revocations::number.gt(number))
                .order(revocations::number)
                .limit(REVOCATIONS)
                .select(RevocationRow::as_select())
                .load(conn)
                .await?;
            rows.into_iter().map(|row| Revocation::try_from(row).map_err(Failure::from)).collect()
        })
    }

    async fn last_revocation(&self) -> Result<i64> {
        with_conn!(self, Read, |conn| {
            Ok(counters::table.find("revocations").select(counters::value).first(conn).await?)
        })
    }

    async fn prune_sessions(&self, older: Timestamp) -> Result<()> {
        let now = studyhall_domain::now();
        let unused = older.min(before(now, UNUSED_MS));
        let addresses = before(now, ADDRESSES_MS);
        with_conn!(self, Write, |conn| {
            diesel::delete(refresh_tokens::table.filter(refresh_tokens::spent_at.lt(Some(Bind(older)))))
                .execute(conn)
                .await?;
            // Their tokens go with them.
            diesel::delete(sessions::table.filter(sessions::ended_at.lt(Some(Bind(older))))).execute(conn).await?;
            diesel::delete(sessions::table.filter(sessions::last_used_at.lt(Bind(unused)))).execute(conn).await?;
            diesel::delete(revocations::table.filter(revocations::created_at.lt(Bind(older)))).execute(conn).await?;
            diesel::update(
                sessions::table
                    .filter(sessions::created_at.lt(Bind(addresses)))
                    .filter(sessions::ip.is_not_null().or(sessions::user_agent.is_not_null())),
            )
            .set((sessions::ip.eq(None::<String>), sessions::user_agent.eq(None::<String>)))
            .execute(conn)
            .await?;
            Ok(())
        })
    }
}
