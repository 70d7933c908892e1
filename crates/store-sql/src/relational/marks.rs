//! Why an instance does not serve.

use diesel::{QueryableByName, prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use studyhall_domain::Result;
use studyhall_wire::Timestamp;

use super::{
    SqlStore,
    database::{Access, Database},
    failure::{Failure, Outcome},
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::marks;

/// Whether an instance may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Open,
    /// An archive is being read into it, or that was interrupted.
    Importing,
    /// It was moved elsewhere.
    Retired(Timestamp),
}

pub(super) const IMPORTING: &str = "importing";
const RETIRED: &str = "retired";

steps! {
    /// What use cases do with marks.
    pub(super) trait MarkSteps {
        /// Sets a mark that may be there already.
        async fn set_instance_mark(conn, name: &str, at: Timestamp) -> Outcome<()> {
            diesel::insert_into(marks::table)
                .values((marks::name.eq(name), marks::at.eq(Bind(at))))
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
            Ok(())
        }
    }
}

impl SqlStore {
    pub async fn condition(&self) -> Result<Condition> {
        with_conn!(self, Read, |conn| {
            let found: Vec<(String, Timestamp)> = marks::table.select((marks::name, marks::at)).load(conn).await?;
            let at = |mark: &str| found.iter().find(|(name, _)| name == mark).map(|(_, at)| *at);
            Ok(match (at(RETIRED), at(IMPORTING)) {
                (Some(at), _) => Condition::Retired(at),
                (None, Some(_)) => Condition::Importing,
                (None, None) => Condition::Open,
            })
        })
    }

    /// The instance was moved elsewhere: it does not start again.
    pub async fn retire(&self, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| { conn.set_instance_mark(RETIRED, now).await })
    }

    /// How many connections of other processes of Studyhall there are. On SQLite, the lock of the data directory tells.
    pub async fn others(&self) -> Result<i64> {
        let Database::Postgres(database) = self.database() else { return Ok(0) };
        let mut held = database.checkout(Access::Read).await?;
        let asking = move || async move {
            let answer: Result<Others, _> = diesel::sql_query(OTHERS).get_result(&mut *held).await;
            held.settle();
            Ok(answer.map_err(Failure::from)?.others)
        };
        database.run(Access::Read, asking).await
    }
}

/// The connection that asks is ours. Must be the only one of this process.
const OTHERS: &str = "SELECT count(*) AS others FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'studyhall' AND pid <> pg_backend_pid()";

#[derive(QueryableByName)]
struct Others {
    #[diesel(sql_type = BigInt)]
    others: i64,
}
