//! Which blobs are used: who refers to them, and marks on those that somebody is about to refer to, or to erase.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Result,
    ports::{BlobId, BlobLedger, Doom, Job},
};
use studyhall_wire::Timestamp;

use super::{
    SqlStore,
    failure::Outcome,
    tasks::TaskSteps as _,
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{accounts, blob_marks, groups};

/// A mark on a blob, until a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    doomed: bool,
    until: Timestamp,
}

steps! {
    /// What use cases of other aggregates do with blobs, too.
    pub(super) trait BlobSteps {
        /// Something does not refer to this blob any more: owes its erasure, in case that it was the last.
        async fn let_go(conn, blob: Option<BlobId>, now: Timestamp) -> Outcome<()> {
            if let Some(blob) = blob {
                conn.enqueue(Job::EraseBlob { blob }, now, now).await?;
            }
            Ok(())
        }

        /// Whether anything refers to the blob: whatever has a column for one is counted here.
        async fn is_referred(conn, blob: &str) -> Outcome<bool> {
            let accounts: i64 = accounts::table.filter(accounts::avatar.eq(blob)).count().get_result(conn).await?;
            let groups: i64 = groups::table.filter(groups::avatar.eq(blob)).count().get_result(conn).await?;
            Ok(accounts + groups > 0)
        }

        /// Blobs that something refers to, each once and with a greater id, ascending, at most `limit`: of the same
        /// columns.
        async fn referred_after(conn, after: &str, limit: i64) -> Outcome<Vec<BlobId>> {
            let accounts: Vec<Option<String>> = accounts::table
                .filter(accounts::avatar.gt(after))
                .select(accounts::avatar)
                .distinct()
                .order(accounts::avatar)
                .limit(limit)
                .load(conn)
                .await?;
            let groups: Vec<Option<String>> = groups::table
                .filter(groups::avatar.gt(after))
                .select(groups::avatar)
                .distinct()
                .order(groups::avatar)
                .limit(limit)
                .load(conn)
                .await?;
            let mut blobs: Vec<BlobId> = accounts.into_iter().chain(groups).flatten().map(BlobId).collect();
            blobs.sort_unstable();
            blobs.dedup();
            blobs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(blobs)
        }

        /// The mark on a blob, where there is one that holds.
        async fn mark(conn, blob: &str, now: Timestamp) -> Outcome<Option<Mark>> {
            let mark: Option<(bool, Timestamp)> = blob_marks::table
                .find(blob)
                .filter(blob_marks::until.gt(Bind(now)))
                .select((blob_marks::doomed, blob_marks::until))
                .first(conn)
                .await
                .optional()?;
            Ok(mark.map(|(doomed, until)| Mark { doomed, until }))
        }

        async fn set_mark(conn, blob: &str, mark: Mark, now: Timestamp) -> Outcome<()> {
            // Marks that do not hold any more go by the way.
            diesel::delete(blob_marks::table.filter(blob_marks::until.le(Bind(now)))).execute(conn).await?;
            diesel::delete(blob_marks::table.find(blob)).execute(conn).await?;
            diesel::insert_into(blob_marks::table)
                .values((
                    blob_marks::blob.eq(blob),
                    blob_marks::doomed.eq(mark.doomed),
                    blob_marks::until.eq(Bind(mark.until)),
                ))
                .execute(conn)
                .await?;
            Ok(())
        }
    }
}

#[async_trait]
impl BlobLedger for SqlStore {
    async fn hold_blob(&self, id: &BlobId, until: Timestamp, now: Timestamp) -> Result<bool> {
        let blob = id.0.clone();
        with_conn!(self, Write, |conn| {
            let until = match conn.mark(&blob, now).await? {
                Some(Mark { doomed: true, .. }) => return Ok(false),
                Some(held) => held.until.max(until),
                None => until,
            };
            conn.set_mark(&blob, Mark { doomed: false, until }, now).await?;
            Ok(true)
        })
    }

    async fn doom_blob(&self, id: &BlobId, until: Timestamp, now: Timestamp) -> Result<Doom> {
        let blob = id.0.clone();
        with_conn!(self, Write, |conn| {
            if conn.is_referred(&blob).await? {
                return Ok(Doom::Referred);
            }
            if let Some(Mark { doomed: false, until }) = conn.mark(&blob, now).await? {
                return Ok(Doom::Held(until));
            }
            conn.set_mark(&blob, Mark { doomed: true, until }, now).await?;
            Ok(Doom::Doomed)
        })
    }

    async fn blob_erased(&self, id: &BlobId) -> Result<()> {
        let blob = id.0.clone();
        with_conn!(self, Write, |conn| {
            diesel::delete(blob_marks::table.find(&blob).filter(blob_marks::doomed.eq(true))).execute(conn).await?;
            Ok(())
        })
    }
}
