//! What `studyhall doctor` asks a PostgreSQL server.

use diesel::{
    QueryableByName,
    sql_types::{Bool, Integer, Text},
};
use diesel_async::RunQueryDsl;
use studyhall_domain::{Error, Result};

use super::{
    SqlStore,
    database::{Access, Database},
    failure::Failure,
};

/// The server as the account of the connection sees it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "a report")]
pub struct Examination {
    /// As the server writes it: `15.8 (Debian 15.8-0+deb12u1)`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// As it compares: 150008.
    #[diesel(sql_type = Integer)]
    pub version_number: i32,
    /// Whether migrations may make tables.
    #[diesel(sql_type = Bool)]
    pub may_create: bool,
    /// Whether it only follows another server.
    #[diesel(sql_type = Bool)]
    pub is_replica: bool,
    #[diesel(sql_type = Bool)]
    pub is_encrypted: bool,
    /// Of all clients together.
    #[diesel(sql_type = Integer)]
    pub max_connections: i32,
    /// Whether what is committed is on its disk.
    #[diesel(sql_type = Bool)]
    pub is_durable: bool,
}

const QUESTION: &str = "SELECT current_setting('server_version') AS version, \
    current_setting('server_version_num')::int AS version_number, \
    has_schema_privilege(current_schema(), 'CREATE') AS may_create, pg_is_in_recovery() AS is_replica, \
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted, \
    current_setting('max_connections')::int AS max_connections, \
    current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off' AS is_durable";

impl SqlStore {
    /// Examines the server.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer; `Internal` on SQLite, which is no server.
    pub async fn examine(&self) -> Result<Examination> {
        let Database::Postgres(database) = self.database() else { return Err(Error::internal("SQLite is no server")) };
        let mut held = database.checkout(Access::Read).await?;
        let asking = move || async move {
            let answer = diesel::sql_query(QUESTION).get_result(&mut *held).await;
            held.settle();
            answer.map_err(|error| Error::from(Failure::from(error)))
        };
        database.run(Access::Read, asking).await
    }
}
