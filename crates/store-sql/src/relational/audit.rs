//! The audit log: entries in a chain, each appended in the transaction of what it records.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Hash, Head, Record},
    ports::{AuditFilter, AuditStore},
};
use studyhall_wire::{AuditId, AuditOutcome, Timestamp, UserId};

use super::{
    SqlStore,
    failure::{Failure, Outcome},
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{audit_head, audit_log};

/// The key of the one row in `audit_head`.
const HEAD: i32 = 1;

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log)]
struct AuditRow {
    number: i64,
    id: AuditId,
    at: Timestamp,
    actor_id: Option<UserId>,
    action: String,
    target: Option<String>,
    detail: String,
    outcome: AuditOutcome,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<AuditRow> for Record {
    type Error = Failure;

    fn try_from(row: AuditRow) -> Outcome<Self> {
        Ok(Self {
            number: row.number,
            id: row.id,
            at: row.at,
            actor: row.actor_id,
            action: row.action,
            target: row.target,
            detail: row.detail,
            outcome: row.outcome,
            prev_hash: hash(row.prev_hash)?,
            hash: hash(row.hash)?,
        })
    }
}

fn hash(bytes: Vec<u8>) -> Outcome<Hash> {
    bytes.try_into().map_err(|_| Failure::Rule(Error::internal("a hash of the audit log has another length")))
}

steps! {
    /// What use cases of any kind do with the audit log.
    pub(super) trait AuditSteps {
        /// Records `act` as the next entry. Transactions that record something follow one another: each changes the
        /// row of the head first, and on PostgreSQL the later one is repeated. Call it last, to hold it up for
        /// shortest.
        async fn audit(conn, act: &Act, now: Timestamp) -> Outcome<()> {
            let (number, hash_before): (i64, Vec<u8>) = diesel::update(audit_head::table.find(HEAD))
                .set(audit_head::number.eq(audit_head::number + 1_i64))
                .returning((audit_head::number, audit_head::hash))
                .get_result(conn)
                .await?;
            let head = Head { number: number - 1, hash: hash(hash_before)? };
            let record = Record::after(head, act, now);
            diesel::insert_into(audit_log::table)
                .values((
                    audit_log::number.eq(record.number),
                    audit_log::id.eq(Bind(record.id)),
                    audit_log::at.eq(Bind(record.at)),
                    audit_log::actor_id.eq(record.actor.map(Bind)),
                    audit_log::action.eq(&record.action),
                    audit_log::target.eq(record.target.as_deref()),
                    audit_log::detail.eq(&record.detail),
                    audit_log::outcome.eq(Bind(record.outcome)),
                    audit_log::prev_hash.eq(record.prev_hash.as_slice()),
                    audit_log::hash.eq(record.hash.as_slice()),
                ))
                .execute(conn)
                .await?;
            diesel::update(audit_head::table.find(HEAD))
                .set(audit_head::hash.eq(record.hash.as_slice()))
                .execute(conn)
                .await?;
            Ok(())
        }
    }
}

#[async_trait]
impl AuditStore for SqlStore {
    async fn record(&self, act: &Act, now: Timestamp) -> Result<()> {
        let act = act.clone();
        with_conn!(self, Write, |conn| { conn.audit(&act, now).await })
    }

    async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<Record>> {
        let filter = filter.clone();
        with_conn!(self, Read, |conn| {
            let mut entries = audit_log::table
                .order(audit_log::number.desc())
                .limit(i64::from(limit))
                .select(AuditRow::as_select())
                .into_boxed();
            if let Some(actor) = filter.actor {
                entries = entries.filter(audit_log::actor_id.eq(Some(Bind(actor))));
            }
            if let Some(action) = &filter.action {
                entries = entries.filter(audit_log::action.eq(action));
            }
            if let Some(before) = filter.before {
                entries = entries.filter(audit_log::number.lt(before));
            }
            let rows: Vec<AuditRow> = entries.load(conn).await?;
            rows.into_iter().map(Record::try_from).collect()
        })
    }

    async fn audit_after(&self, number: i64, limit: u32) -> Result<Vec<Record>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<AuditRow> = audit_log::table
                .filter(audit_log::number.gt(number))
                .order(audit_log::number)
                .limit(i64::from(limit))
                .select(AuditRow::as_select())
                .load(conn)
                .await?;
            rows.into_iter().map(Record::try_from).collect()
        })
    }

    async fn audit_head(&self) -> Result<Head> {
        with_conn!(self, Read, |conn| {
            let (number, end): (i64, Vec<u8>) =
                audit_head::table.find(HEAD).select((audit_head::number, audit_head::hash)).first(conn).await?;
            Ok(Head { number, hash: hash(end)? })
        })
    }
}
