//! Queries written once, for both databases.
//!
//! [`with_conn!`] is a use case: its body is compiled for each kind of connection, so that the compiler checks each
//! query against both databases. [`steps!`] are functions on a connection that use cases share.
//!
//! A use case that writes is one transaction that sees and changes the database as if it were alone: on SQLite there is
//! one writer (`BEGIN IMMEDIATE`), on PostgreSQL the transaction is serializable and is repeated when it met another
//! one. A check that a change depends on therefore needs no lock.

use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel_async::{AnsiTransactionManager, AsyncConnection, SimpleAsyncConnection as _, TransactionManager as _};
use rand::Rng as _;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    database::{Access, SqliteConn},
    failure::{Failure, Outcome},
    postgres::PgConn,
};

/// `with_conn!(store, Write, |conn| { … })`: runs the block, whose value is an [`Outcome`], on a connection of the
/// store's database. What it captures it may only borrow, since it may run again. Gives a domain `Result`.
macro_rules! with_conn {
    ($store:expr, $access:ident, |$conn:ident| $body:block) => {
        match $store.database() {
            $crate::relational::database::Database::Sqlite(database) => {
                with_conn!(@on database, $access, $conn, $body)
            }
            $crate::relational::database::Database::Postgres(database) => {
                with_conn!(@on database, $access, $conn, $body)
            }
        }
    };
    (@on $database:ident, $access:ident, $conn:ident, $body:block) => {{
        use $crate::relational::{database::Access, failure::Outcome, transaction::{Attempts, begin, finish}};

        let mut held = $database.checkout(Access::$access).await?;
        // Made where it runs, so that on SQLite it need not be `Send`, which costs the compiler dearly to prove.
        let work = move || async move {
            let mut attempts = Attempts::default();
            loop {
                let $conn = &mut *held;
                let outcome: Outcome<_> = match begin($conn, Access::$access).await {
                    Ok(()) => async { $body }.await,
                    Err(failure) => Err(failure),
                };
                match finish(&mut *held, Access::$access, outcome).await {
                    Err(failure) if attempts.again(&failure).await => {}
                    settled => {
                        held.settle();
                        break settled.map_err(studyhall_domain::Error::from);
                    }
                }
            }
        };
        $database.run(Access::$access, work).await
    }};
}
pub(super) use with_conn;

/// Declares a trait of steps that use cases share, each written once and compiled for both kinds of connection.
macro_rules! steps {
    (
        $(#[$doc:meta])*
        $vis:vis trait $name:ident {
            $(
                $(#[$step_doc:meta])*
                async fn $step:ident($conn:ident $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty $body:block
            )*
        }
    ) => {
        $(#[$doc])*
        $vis trait $name {
            $($(#[$step_doc])* async fn $step(&mut self $(, $arg: $ty)*) -> $ret;)*
        }

        impl $name for $crate::relational::database::SqliteConn {
            $(async fn $step(&mut self $(, $arg: $ty)*) -> $ret {
                let $conn = self;
                $body
            })*
        }

        impl $name for $crate::relational::postgres::PgConn {
            $(async fn $step(&mut self $(, $arg: $ty)*) -> $ret {
                let $conn = self;
                $body
            })*
        }
    };
}
pub(super) use steps;

/// A connection that can begin a transaction which is as if it were alone, or which reads everything at one moment.
pub(super) trait Begin: AsyncConnection {
    async fn begin_write(&mut self) -> QueryResult<()>;
    async fn begin_snapshot(&mut self) -> QueryResult<()>;
    /// Lets what was begun take its time.
    async fn at_length(&mut self) -> QueryResult<()>;
}

impl Begin for SqliteConn {
    async fn begin_write(&mut self) -> QueryResult<()> {
        self.spawn_blocking(|conn| {
            diesel::connection::AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        })
        .await
    }

    /// The first read is what the moment is.
    async fn begin_snapshot(&mut self) -> QueryResult<()> {
        self.spawn_blocking(|conn| {
            diesel::connection::AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED")
        })
        .await?;
        self.batch_execute("SELECT count(*) FROM sqlite_schema").await
    }

    async fn at_length(&mut self) -> QueryResult<()> {
        Ok(())
    }
}

impl Begin for PgConn {
    async fn begin_write(&mut self) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(self, "BEGIN ISOLATION LEVEL SERIALIZABLE").await
    }

    /// The first statement is what the moment is.
    async fn begin_snapshot(&mut self) -> QueryResult<()> {
        let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        AnsiTransactionManager::begin_transaction_sql(self, sql).await?;
        self.batch_execute("SELECT 1").await
    }

    async fn at_length(&mut self) -> QueryResult<()> {
        self.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0").await
    }
}

/// Opens the transaction of a use case that needs one.
pub(super) async fn begin<C: Begin>(conn: &mut C, access: Access) -> Outcome<()> {
    match access {
        Access::Read => return Ok(()),
        Access::Snapshot => conn.begin_snapshot().await?,
        Access::Write | Access::Load => conn.begin_write().await?,
    }
    if access.is_long() {
        conn.at_length().await?;
    }
    Ok(())
}

/// Commits what succeeded, rolls back what failed.
pub(super) async fn finish<C: AsyncConnection, T>(conn: &mut C, access: Access, outcome: Outcome<T>) -> Outcome<T> {
    match (access, outcome) {
        (Access::Read, outcome) => outcome,
        (Access::Snapshot | Access::Write | Access::Load, Ok(value)) => {
            C::TransactionManager::commit_transaction(conn).await?;
            Ok(value)
        }
        (Access::Snapshot | Access::Write | Access::Load, Err(failure)) => {
            // Where this fails, too, the pool drops the connection; the first failure says more.
            if let Err(error) = C::TransactionManager::rollback_transaction(conn).await {
                tracing::debug!(%error, "a rollback failed");
            }
            Err(failure)
        }
    }
}

/// How long a transaction that meets others is tried. Those that change one and the same row, such as the head of the
/// audit log, meet whenever there are two of them.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whoever tries again does so alone in this process: many who do it at once would meet again and again.
static TURN: Mutex<()> = Mutex::const_new(());

/// Counts the attempts of one transaction.
#[derive(Debug)]
pub(super) struct Attempts {
    failed: u32,
    since: Instant,
    turn: Option<MutexGuard<'static, ()>>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { failed: 0, since: Instant::now(), turn: None }
    }
}

impl Attempts {
    /// Whether to try again after `failure`; waits for its turn first, and then for a short random time, longer each time,
    /// since another node may do the same.
    pub(super) async fn again(&mut self, failure: &Failure) -> bool {
        self.failed += 1;
        if !failure.is_conflict() || self.since.elapsed() >= PATIENCE {
            return false;
        }
        if self.turn.is_none() {
            self.turn = Some(TURN.lock().await);
        }
        let most = 2_000_u64 << self.failed.min(6);
        let pause = Duration::from_micros(rand::rng().random_range(0..most));
        tokio::time::sleep(pause).await;
        true
    }
}
