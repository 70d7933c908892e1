//! The two databases and their connection pools.
//!
//! SQLite's connections are synchronous. An operation on them runs as a whole on one blocking thread, on which
//! every await is ready at once ([`Inline`]): one hop for a transaction instead of one for each statement, and nothing
//! that can be dropped half-way (the hops of diesel-async's own wrapper panic when that happens on a current-thread
//! runtime, such as an actix worker's).

use std::{
    error::Error as StdError,
    fmt,
    future::{Future, ready},
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};

use deadpool::managed;
use diesel::{Connection as _, ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection as _};
use diesel_async::{
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool},
    sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use studyhall_domain::{Error, Result};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    task::{JoinError, JoinHandle},
};

use super::{
    DEPENDENCY,
    postgres::PostgresDatabase,
    transaction::{begin, finish},
};

pub(super) type SqliteConn = SyncConnectionWrapper<SqliteConnection, Inline>;

/// Connections that read a SQLite file at once; there is one that writes.
const SQLITE_READERS: usize = 4;
/// How long an operation waits for a connection, and a SQLite connection for another process's lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Where the relational data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, made where it is not there.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`.
    Postgres(String),
}

/// Never shows a password.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    /// `postgres://…`, `postgresql://…`, or `sqlite:PATH`.
    fn from_str(url: &str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(Error::Malformed("a database URL begins with postgres:// or sqlite:".into())),
        }
    }
}

/// What an operation does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Single statements, each in a snapshot of its own.
    Read,
    /// One transaction that reads everything as it stands at one moment, and takes as long as it takes.
    Snapshot,
    /// One transaction, as if it were alone.
    Write,
    /// The same, and it takes as long as it takes.
    Load,
}

impl Access {
    /// Whether nobody waits for it.
    pub(super) fn is_long(self) -> bool {
        matches!(self, Self::Snapshot | Self::Load)
    }
}

#[derive(Debug)]
pub(super) enum Database {
    Sqlite(SqliteDatabase),
    Postgres(PostgresDatabase),
}

impl Database {
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self> {
        let runtime = Handle::try_current().map_err(Error::internal)?;
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(SqliteDatabase::open(path, runtime)?),
            DatabaseUrl::Postgres(url) => Self::Postgres(PostgresDatabase::open(url, runtime)?),
        })
    }
}

pub(super) struct SqliteDatabase {
    writer: Pool<SqliteConn>,
    readers: Pool<SqliteConn>,
    runtime: Handle,
}

impl fmt::Debug for SqliteDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteDatabase")
    }
}

impl SqliteDatabase {
    fn open(path: &Path, runtime: Handle) -> Result<Self> {
        // An absolute path is never taken for a `file:` URI.
        let path = std::path::absolute(path).map_err(Error::internal)?;
        let path = path.to_str().ok_or_else(|| Error::internal("the path of the database is not Unicode"))?;
        Ok(Self {
            writer: sqlite_pool(path, Access::Write, 1, &runtime)?,
            readers: sqlite_pool(path, Access::Read, SQLITE_READERS, &runtime)?,
            runtime,
        })
    }

    pub(super) async fn checkout(&self, access: Access) -> Result<HeldConn<SqliteConn>> {
        match access {
            Access::Read | Access::Snapshot => checkout(&self.readers).await,
            Access::Write | Access::Load => checkout(&self.writer).await,
        }
    }

    /// An open transaction of the one writer, until the fence is dropped.
    pub(super) async fn hold_writes(&self) -> Result<Fence> {
        let mut held = self.checkout(Access::Write).await?;
        let (fence, dropped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel();
        let runtime = self.runtime.clone();
        let hold = async move {
            let begun = begin(&mut *held, Access::Write).await;
            let holds = begun.is_ok();
            if ready.send(begun.map_err(Error::from)).is_ok() && holds {
                let _ = dropped.await;
            }
            if holds && finish(&mut *held, Access::Write, Ok(())).await.is_ok() {
                held.settle();
            }
        };
        self.runtime.spawn_blocking(move || runtime.block_on(hold));
        is_ready.await.map_err(|lost| Error::unavailable(DEPENDENCY, lost))??;
        Ok(Fence(fence))
    }

    /// Runs `work` to its end on a blocking thread.
    pub(super) async fn run<T, F>(&self, _: Access, work: impl FnOnce() -> F + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let runtime = self.runtime.clone();
        joined(self.runtime.spawn_blocking(move || runtime.block_on(work()))).await
    }
}

/// Nobody writes as long as it is there.
#[derive(Debug)]
pub struct Fence(#[expect(dead_code, reason = "held, never used")] oneshot::Sender<()>);

/// Runs what SQLite would do on another thread on the thread that asks, which is a blocking one already.
pub(super) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn StdError + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        Box::pin(ready(Ok(task())))
    }

    fn get_runtime() -> Self {
        Self
    }
}

pub(super) type Setup<C> = Box<dyn Fn(&str) -> BoxFuture<'_, ConnectionResult<C>> + Send + Sync>;

pub(super) fn manager<C>(url: &str, setup: Setup<C>) -> AsyncDieselConnectionManager<C>
where
    C: diesel_async::AsyncConnection + 'static,
{
    let mut config = ManagerConfig::default();
    config.custom_setup = setup;
    // A connection with an open transaction, or a closed one, is dropped; none costs a query before it is used.
    config.recycling_method = RecyclingMethod::Fast;
    AsyncDieselConnectionManager::new_with_config(url, config)
}

fn sqlite_pool(path: &str, access: Access, size: usize, runtime: &Handle) -> Result<Pool<SqliteConn>> {
    let runtime = runtime.clone();
    let setup: Setup<SqliteConn> = Box::new(move |path| {
        let path = path.to_owned();
        let opening = runtime.spawn_blocking(move || open_sqlite(&path, access));
        opening
            .map(|opened| opened.unwrap_or_else(|lost| Err(ConnectionError::BadConnection(lost.to_string()))))
            .boxed()
    });
    Pool::builder(manager(path, setup)).max_size(size).build().map_err(Error::internal)
}

/// A connection of one of the two kinds, in use.
pub(super) type HeldConn<C> = Held<AsyncDieselConnectionManager<C>>;

/// A connection in use. Only after [`settle`](Self::settle) does it go back to the pool: what is dropped before that, by a
/// panic or because it took too long, may be in the middle of anything, and is closed.
pub(super) struct Held<M: managed::Manager> {
    /// Always there, but for the last moment.
    object: Option<managed::Object<M>>,
    settled: bool,
}

impl<M: managed::Manager> Held<M> {
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// Takes it away from the pool for good.
    pub(super) fn keep(mut self) -> M::Type {
        managed::Object::take(self.object.take().unwrap_or_else(|| unreachable!("it is there until it is dropped")))
    }
}

impl<M: managed::Manager> Deref for Held<M> {
    type Target = M::Type;

    fn deref(&self) -> &M::Type {
        self.object.as_ref().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl<M: managed::Manager> DerefMut for Held<M> {
    fn deref_mut(&mut self) -> &mut M::Type {
        self.object.as_mut().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl<M: managed::Manager> Drop for Held<M> {
    fn drop(&mut self) {
        if let Some(object) = self.object.take_if(|_| !self.settled) {
            drop(managed::Object::take(object));
        }
    }
}

pub(super) async fn checkout<M>(pool: &managed::Pool<M>) -> Result<Held<M>>
where
    M: managed::Manager<Error: fmt::Display>,
{
    match tokio::time::timeout(PATIENCE, pool.get()).await {
        Ok(Ok(object)) => Ok(Held { object: Some(object), settled: false }),
        Ok(Err(error)) => Err(Error::unavailable(DEPENDENCY, error)),
        Err(_) => Err(Error::unavailable(DEPENDENCY, "no connection came free in time")),
    }
}

/// A panic is a defect; a runtime that stops is not.
pub(super) async fn joined<T>(task: JoinHandle<Result<T>>) -> Result<T> {
    match task.await {
        Ok(result) => result,
        Err(lost) => Err(not_joined(&lost)),
    }
}

fn not_joined(lost: &JoinError) -> Error {
    if lost.is_panic() { Error::internal(lost) } else { Error::unavailable(DEPENDENCY, lost) }
}

/// Durable when a commit returns (`synchronous=FULL`); readers never wait for the writer (WAL); what was deleted is
/// overwritten where that costs no extra write (`secure_delete=FAST`).
fn open_sqlite(path: &str, access: Access) -> ConnectionResult<SqliteConn> {
    let mut conn = SqliteConnection::establish(path)?;
    let setup = ConnectionError::CouldntSetupConfiguration;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {};", PATIENCE.as_millis())).map_err(setup)?;
    match access {
        Access::Read | Access::Snapshot => {
            conn.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -1024;").map_err(setup)?;
        }
        Access::Write | Access::Load => {
            write_ahead(&mut conn)?;
            conn.batch_execute(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; \
                 PRAGMA cache_size = -2048;",
            )
            .map_err(setup)?;
        }
    }
    Ok(SyncConnectionWrapper::with_runtime(conn, Inline))
}

/// Turning WAL on does not wait for `busy_timeout` where several processes make the file at once.
fn write_ahead(conn: &mut SqliteConnection) -> ConnectionResult<()> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Err(error) if error.to_string().contains("locked") && begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done.map_err(ConnectionError::CouldntSetupConfiguration),
        }
    }
}
