//! A new, migrated database for one test.

use std::path::PathBuf;

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use studyhall_domain::ports::{Account, AccountStore as _, NewAccount, NewSession, TokenHash};
use studyhall_store_sql::{DatabaseUrl, SqlStore};
use studyhall_wire::{Role, SessionId, Timestamp, UserId};
use tempfile::TempDir;
use uuid::Uuid;

/// Saturday 21 November 2026, 12:00 UTC, where the clock of the tests starts.
const NOON_MS: i64 = 1_795_262_400_000;

pub struct Backend {
    pub store: SqlStore,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres { admin: String, name: String },
}

impl Backend {
    pub async fn sqlite() -> Self {
        let backend = Self::empty_sqlite();
        backend.store.migrate().await.expect("migrates");
        backend
    }

    pub fn empty_sqlite() -> Self {
        let place = Place::Sqlite(TempDir::new().expect("a temporary directory"));
        Self { store: SqlStore::open(&place.url()).expect("opens"), place }
    }

    pub async fn postgres() -> Self {
        let backend = Self::empty_postgres().await;
        backend.store.migrate().await.expect("migrates");
        backend
    }

    pub async fn empty_postgres() -> Self {
        let admin = variable("STUDYHALL_TEST_POSTGRES_URL");
        let name = format!("studyhall_test_{}", Uuid::now_v7().simple());
        execute_postgres(&admin, &format!("CREATE DATABASE {name}")).await;
        let place = Place::Postgres { admin, name };
        Self { store: SqlStore::open(&place.url()).expect("opens"), place }
    }

    /// Another process's view of the same database.
    pub fn another(&self) -> SqlStore {
        SqlStore::open(&self.place.url()).expect("opens")
    }

    /// The file, on SQLite.
    pub fn path(&self) -> Option<PathBuf> {
        match self.place.url() {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    pub fn url(&self) -> DatabaseUrl {
        self.place.url()
    }

    /// Does what no port does: `sql` is the same for both databases.
    pub async fn execute(&self, sql: &str) {
        match self.place.url() {
            DatabaseUrl::Sqlite(path) => {
                let conn = rusqlite::Connection::open(path).expect("opens");
                conn.busy_timeout(std::time::Duration::from_secs(5)).expect("a timeout");
                conn.execute_batch(sql).expect("the statement runs");
            }
            DatabaseUrl::Postgres(url) => execute_postgres(&url, sql).await,
        }
    }

    /// Checks that the database refuses `sql` with these words.
    pub async fn refuses(&self, sql: &str, words: &str) {
        let error = match self.place.url() {
            DatabaseUrl::Sqlite(path) => {
                let conn = rusqlite::Connection::open(path).expect("opens");
                conn.execute_batch(sql).expect_err("refused").to_string()
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = AsyncPgConnection::establish(&url).await.expect("PostgreSQL answers");
                conn.batch_execute(sql).await.expect_err("refused").to_string()
            }
        };
        assert!(error.contains(words), "{error}");
    }

    pub async fn remove(self) {
        let Self { store, place } = self;
        drop(store);
        if let Place::Postgres { admin, name } = place {
            execute_postgres(&admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

impl Place {
    fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(dir) => DatabaseUrl::Sqlite(dir.path().join("studyhall.db")),
            Self::Postgres { admin, name } => {
                let server = admin.rsplit_once('/').map_or(admin.as_str(), |(server, _)| server);
                DatabaseUrl::Postgres(format!("{server}/{name}"))
            }
        }
    }
}

/// A variable that `cargo xtask services env` prints.
pub fn variable(name: &str) -> String {
    let hint = "bring the services up with `cargo xtask services up`, then `eval \"$(cargo xtask services env)\"`";
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: {hint}"))
}

async fn execute_postgres(url: &str, sql: &str) {
    let mut conn = AsyncPgConnection::establish(url).await.expect("PostgreSQL answers");
    conn.batch_execute(sql).await.expect("the statement runs");
}

/// So long after the tests' clock starts.
pub fn seconds(s: i64) -> Timestamp {
    Timestamp::from_millis(NOON_MS + s * 1_000)
}

pub fn days(d: i64) -> Timestamp {
    seconds(d * 24 * 60 * 60)
}

/// A token's hash that differs for each `n`.
pub fn token(n: u8) -> TokenHash {
    [n; 32]
}

pub fn new_account(username: &str, display_name: &str) -> NewAccount {
    NewAccount {
        id: UserId::new(),
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        password_hash: format!("hash of {username}"),
        role: Role::User,
        pending_email: None,
        created_at: seconds(0),
    }
}

pub fn new_session(user: UserId, token: TokenHash) -> NewSession {
    NewSession {
        id: SessionId::new(),
        user,
        token,
        ip: Some("192.0.2.7".to_owned()),
        user_agent: Some("a browser".to_owned()),
        created_at: seconds(0),
    }
}

pub async fn someone(store: &SqlStore, username: &str) -> Account {
    store.register(new_account(username, username), None).await.expect("registers")
}
