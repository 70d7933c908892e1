//! Migrations: the same names for both databases, there and back again, and several processes that start at once.

use std::{collections::BTreeMap, fs, path::Path};

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_types::Text};
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use studyhall_domain::{Error, ports::AccountStore};
use studyhall_store_sql::{DatabaseUrl, SqlStore};

use crate::backend::{Backend, someone};

const FOLDERS: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres"),
];

#[test]
fn both_databases_have_the_same_migrations() {
    let names = FOLDERS.map(|folder| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        for name in &names {
            for file in ["up.sql", "down.sql"] {
                assert!(Path::new(folder).join(name).join(file).is_file(), "{folder}/{name:?}/{file}");
            }
        }
        names
    });
    assert!(!names[0].is_empty());
    assert_eq!(names[0], names[1]);
}

#[derive(diesel::QueryableByName)]
struct Object {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

/// Everything in the schema but what SQLite and diesel keep for themselves.
fn objects(conn: &mut SqliteConnection) -> BTreeMap<String, String> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
    let objects = diesel::sql_query(sql).load::<Object>(conn).unwrap();
    objects.into_iter().map(|object| (object.name, object.sql)).collect()
}

#[test]
fn up_down_and_up_again() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut conn = SqliteConnection::establish(dir.path().join("db").to_str().unwrap()).unwrap();
    let migrations = || FileBasedMigrations::from_path(FOLDERS[0]).unwrap();
    conn.run_pending_migrations(migrations()).unwrap();
    let up = objects(&mut conn);
    assert!(up.contains_key("accounts") && up.contains_key("outbox"), "{up:?}");
    conn.revert_all_migrations(migrations()).unwrap();
    assert_eq!(objects(&mut conn), BTreeMap::new());
    conn.run_pending_migrations(migrations()).unwrap();
    assert_eq!(objects(&mut conn), up);
}

pub async fn migrating_again_changes_nothing(backend: &Backend) {
    let anna = someone(&backend.store, "anna").await;
    backend.store.migrate().await.unwrap();
    backend.another().migrate().await.unwrap();
    assert_eq!(backend.store.account(anna.id).await.unwrap(), Some(anna));
}

pub async fn a_newer_schema_is_refused(backend: &Backend) {
    backend.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')").await;
    let refused = backend.another().migrate().await;
    let Err(Error::Internal(message)) = refused else { panic!("{refused:?}") };
    assert!(message.contains("99991231000000") && message.contains("newer"), "{message}");
}

/// Empties a database and starts many processes on it.
pub async fn many_start_at_once(backend: &Backend) {
    let stores: Vec<SqlStore> = match backend.url() {
        DatabaseUrl::Sqlite(path) => {
            let fresh = DatabaseUrl::Sqlite(path.with_file_name("fresh.db"));
            (0..12).map(|_| SqlStore::open(&fresh).unwrap()).collect()
        }
        DatabaseUrl::Postgres(_) => {
            backend.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
            (0..12).map(|_| backend.another()).collect()
        }
    };
    let mut starting = tokio::task::JoinSet::new();
    for store in stores.clone() {
        starting.spawn(async move { store.migrate().await });
    }
    for started in starting.join_all().await {
        started.unwrap();
    }
    let anna = someone(&stores[0], "anna").await;
    assert_eq!(stores[11].account(anna.id).await.unwrap(), Some(anna));
}
