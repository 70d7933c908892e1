//! The schema's migrations, embedded for both databases.
//!
//! Start-up asks one cheap question: which migrations were applied? Only where some are missing does it take a lock, look
//! again, and apply them: on SQLite inside one transaction, which is the lock, on PostgreSQL under an advisory lock.

use std::collections::BTreeSet;

use diesel::{
    QueryableByName,
    migration::MigrationSource,
    pg::Pg,
    result::{DatabaseErrorKind, Error as QueryError},
    sql_types::Text,
    sqlite::Sqlite,
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use studyhall_domain::{Error, Result};

use super::{
    database::{Access, Database, SqliteConn, SqliteDatabase},
    failure::{Failure, Outcome},
    postgres::{PgConn, PostgresDatabase},
    transaction::{begin, finish, steps},
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// A lock of the session that takes it, gone when its connection closes. The number is the crate's own.
/// Waiting for it, like a migration, may take its time.
const ADVISORY_LOCK: &str =
    "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(8317540112236541281)";

/// The newest migration of this program. Versions compare as texts.
///
/// # Errors
/// Never, as long as there are migrations.
pub fn schema_version() -> Result<String> {
    versions::<Sqlite>(&SQLITE)?.pop_last().ok_or_else(|| Error::internal("there are no migrations"))
}

pub(super) async fn run(database: &Database) -> Result<()> {
    match database {
        Database::Sqlite(database) => run_sqlite(database).await,
        Database::Postgres(database) => run_postgres(database).await,
    }
}

async fn run_sqlite(database: &SqliteDatabase) -> Result<()> {
    let known = versions::<Sqlite>(&SQLITE)?;
    let mut held = database.checkout(Access::Write).await?;
    let work = move || async move {
        let conn = &mut *held;
        if !is_behind(&known, &conn.applied().await?)? {
            held.settle();
            return Ok(());
        }
        let outcome: Outcome<()> = match begin(conn, Access::Write).await {
            Ok(()) => apply_sqlite(conn, &known).await,
            Err(failure) => Err(failure),
        };
        let settled = finish(conn, Access::Write, outcome).await;
        held.settle();
        settled.map_err(Error::from)
    };
    database.run(Access::Write, work).await
}

/// Each migration is a savepoint in the transaction that is open.
async fn apply_sqlite(conn: &mut SqliteConn, known: &BTreeSet<String>) -> Outcome<()> {
    if is_behind(known, &conn.applied().await?)? {
        conn.spawn_blocking(|conn| {
            conn.run_pending_migrations(SQLITE).map(drop).map_err(QueryError::QueryBuilderError)
        })
        .await?;
    }
    Ok(())
}

async fn run_postgres(database: &PostgresDatabase) -> Result<()> {
    let known = versions::<Pg>(&POSTGRES)?;
    let mut held = database.checkout(Access::Write).await?;
    let work = async move {
        if !is_behind(&known, &held.applied().await?)? {
            held.settle();
            return Ok(());
        }
        // Not to come back to the pool: closing it gives the lock back, whatever happens.
        let mut conn: PgConn = held.keep();
        conn.batch_execute(ADVISORY_LOCK).await.map_err(Failure::from)?;
        if !is_behind(&known, &conn.applied().await?)? {
            return Ok(());
        }
        let applying = tokio::task::spawn_blocking(move || {
            AsyncConnectionWrapper::<PgConn>::from(conn)
                .run_pending_migrations(POSTGRES)
                .map(drop)
                .map_err(Error::internal)
        });
        applying.await.map_err(Error::internal)?
    };
    database.run_at_length(work).await
}

#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Text)]
    version: String,
}

steps! {
    trait MigrationSteps {
        /// The versions of the migrations that were applied; none in a new database.
        async fn applied(conn) -> Outcome<BTreeSet<String>> {
            let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<VersionRow>(conn).await;
            match rows {
                Ok(rows) => Ok(rows.into_iter().map(|row| row.version).collect()),
                // There is no such table, as each database says in its own words.
                Err(QueryError::DatabaseError(DatabaseErrorKind::Unknown, info))
                    if info.message().contains("__diesel_schema_migrations") =>
                {
                    Ok(BTreeSet::new())
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}

fn versions<DB: diesel::backend::Backend>(source: &impl MigrationSource<DB>) -> Result<BTreeSet<String>> {
    let migrations = source.migrations().map_err(Error::internal)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Whether a known migration is missing.
///
/// # Errors
/// `Internal` where an unknown one was applied: another version of the program may not run on a newer schema.
fn is_behind(known: &BTreeSet<String>, applied: &BTreeSet<String>) -> Result<bool> {
    match applied.difference(known).last() {
        Some(newer) => Err(Error::internal(format!(
            "the database has migration {newer}, which this version of Studyhall does not know: run the newer version"
        ))),
        None => Ok(applied.len() < known.len()),
    }
}
