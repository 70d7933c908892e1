//! The pool of connections to PostgreSQL.
//!
//! Nothing waits for ever: a connection is opened in time or not at all, the server ends statements and transactions that
//! take too long, and what does not answer in spite of that is given up together with its connection.

mod tls;

use std::{error::Error as StdError, fmt, fmt::Write as _, future::Future, sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _, pooled_connection::deadpool::Pool};
use futures_util::FutureExt as _;
use studyhall_domain::{Error, Result};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};
use tokio_postgres::{Config, NoTls};

use self::tls::{Tls, split_url};
use super::{
    DEPENDENCY,
    database::{Access, HeldConn, PATIENCE, Setup, checkout, joined, manager},
    failure::Failure,
};

pub(super) type PgConn = AsyncPgConnection;

/// Connections of one node.
const CONNECTIONS: u32 = 16;
/// The longest that one statement may run or wait for a lock.
const STATEMENT: Duration = Duration::from_secs(5);
/// The longest that a transaction may wait for us: then its locks are gone, though our node be cut off.
const IDLE: Duration = Duration::from_secs(15);
/// The longest that a whole operation may take, repeats of its transaction included.
const OPERATION: Duration = Duration::from_secs(10);

pub(super) struct PostgresDatabase {
    pool: Pool<PgConn>,
    runtime: Handle,
}

impl fmt::Debug for PostgresDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresDatabase")
    }
}

impl PostgresDatabase {
    pub(super) fn open(url: &str, runtime: Handle) -> Result<Self> {
        let (url, tls) = split_url(url)?;
        let mut config: Config = url.parse().map_err(|error| malformed(&error))?;
        config
            .application_name("studyhall")
            .ssl_mode(tls.mode())
            .connect_timeout(PATIENCE)
            .keepalives_idle(Duration::from_secs(30))
            .tcp_user_timeout(OPERATION);
        let target = Arc::new((config, tls));
        let home = runtime.clone();
        let setup: Setup<PgConn> = Box::new(move |_| {
            let (target, home) = (target.clone(), home.clone());
            // The task that drives the connection lives on the runtime that establishes it.
            let opening = async move { home.spawn(async move { connect(&target.0, &target.1).await }).await };
            opening
                .map(|opened| opened.unwrap_or_else(|lost| Err(ConnectionError::BadConnection(lost.to_string()))))
                .boxed()
        });
        let builder = Pool::builder(manager(&url, setup)).max_size(CONNECTIONS as usize);
        Ok(Self { pool: builder.build().map_err(Error::internal)?, runtime })
    }

    pub(super) async fn checkout(&self, _: Access) -> Result<HeldConn<PgConn>> {
        checkout(&self.pool).await
    }

    /// Runs `work` to its end in a task of its own, and gives up what takes too long, unless that is in its nature.
    pub(super) async fn run<T, F>(&self, access: Access, work: impl FnOnce() -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let work = work();
        if access.is_long() {
            return self.run_at_length(work).await;
        }
        let limited = async move {
            let late = |_| Err(Error::unavailable(DEPENDENCY, "an operation took too long"));
            timeout(OPERATION, work).await.unwrap_or_else(late)
        };
        joined(self.runtime.spawn(limited)).await
    }

    /// Like [`run`](Self::run), for what takes as long as it takes.
    pub(super) async fn run_at_length<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        joined(self.runtime.spawn(work)).await
    }

    /// Waits for an advisory lock, and holds it until what is given back is dropped, or the server has lost sight of us
    /// for [`IDLE`].
    pub(super) async fn lease(&self, number: i64) -> Result<oneshot::Sender<()>> {
        let mut held = self.checkout(Access::Write).await?;
        let (release, released) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        self.runtime.spawn(async move {
            let sql = format!("BEGIN; SELECT pg_advisory_xact_lock({number})");
            let locked = held.batch_execute(&sql).await;
            let holds = locked.is_ok();
            let told = ready.send(locked.map_err(|error| Error::from(Failure::from(error))));
            if holds && told.is_ok() {
                let _ = released.await;
            }
            // The pool knows nothing of this transaction: where its end is not certain, the connection goes.
            if held.batch_execute("ROLLBACK").await.is_ok() {
                held.settle();
            }
        });
        is_ready.await.map_err(|lost| Error::unavailable(DEPENDENCY, lost))??;
        Ok(release)
    }
}

async fn connect(config: &Config, tls: &Tls) -> ConnectionResult<PgConn> {
    let opening = async {
        let mut conn = match tls.connector() {
            None => {
                let (client, connection) = config.connect(NoTls).await.map_err(|error| bad(&error))?;
                PgConn::try_from_client_and_connection(client, connection).await?
            }
            Some(connector) => {
                let (client, connection) = config.connect(connector.clone()).await.map_err(|error| bad(&error))?;
                PgConn::try_from_client_and_connection(client, connection).await?
            }
        };
        conn.batch_execute(&format!(
            "SET statement_timeout = {statement}; SET lock_timeout = {statement}; \
             SET idle_in_transaction_session_timeout = {idle}",
            statement = STATEMENT.as_millis(),
            idle = IDLE.as_millis(),
        ))
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    };
    // `connect_timeout` is about TCP alone: whoever accepts and says nothing must not hold us either.
    let late = |_| Err(ConnectionError::BadConnection("the server did not answer in time".to_owned()));
    timeout(PATIENCE, opening).await.unwrap_or_else(late)
}

/// With the causes, which the error itself leaves out.
fn bad(error: &tokio_postgres::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}

fn malformed(error: &dyn fmt::Display) -> Error {
    Error::Malformed(format!("the address of PostgreSQL: {error}").into())
}
