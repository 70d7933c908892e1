//! Migrations: the same names for both databases, there and back again, and several processes that start at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_types::Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use studyhall_domain::{Error, ports::AccountStore};
use studyhall_store_sql::{ARCHIVED, DatabaseUrl, NOT_ARCHIVED, SqlStore};

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

fn there_and_back<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    folder: &str,
    objects: fn(&mut C) -> BTreeMap<String, String>,
) {
    let migrations = || FileBasedMigrations::from_path(folder).unwrap();
    conn.run_pending_migrations(migrations()).unwrap();
    let up = objects(conn);
    assert!(up.contains_key("accounts") && up.contains_key("outbox"), "{up:?}");
    conn.revert_all_migrations(migrations()).unwrap();
    assert_eq!(objects(conn), BTreeMap::new());
    conn.run_pending_migrations(migrations()).unwrap();
    assert_eq!(objects(conn), up);
}

#[test]
fn up_down_and_up_again() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut conn = SqliteConnection::establish(dir.path().join("db").to_str().unwrap()).unwrap();
    there_and_back(&mut conn, FOLDERS[0], objects);
}

/// Columns, constraints, indexes and functions of the schema, but for what diesel keeps for itself.
const POSTGRES_OBJECTS: &str = "
SELECT table_name::text AS name, string_agg(column_name || ' ' || udt_name || ' ' || is_nullable, ', ' ORDER BY ordinal_position)
    AS sql FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' GROUP BY 1
UNION ALL SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_diesel%'
UNION ALL SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_diesel%'
UNION ALL SELECT proname::text, prosrc FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'diesel\\_%'
UNION ALL SELECT typname::text, typtype::text FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')";

#[tokio::test(flavor = "multi_thread")]
async fn up_down_and_up_again_on_postgres() {
    let backend = Backend::empty_postgres().await;
    let conn = postgres(&backend).await;
    let done = tokio::task::spawn_blocking(move || {
        let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
        there_and_back(&mut conn, FOLDERS[1], |conn| {
            let objects = diesel::sql_query(POSTGRES_OBJECTS).load::<Object>(conn).unwrap();
            objects.into_iter().map(|object| (object.name, object.sql)).collect()
        });
    });
    done.await.unwrap();
    backend.remove().await;
}

async fn postgres(backend: &Backend) -> AsyncPgConnection {
    let DatabaseUrl::Postgres(url) = backend.url() else { panic!("not PostgreSQL") };
    AsyncPgConnection::establish(&url).await.unwrap()
}

/// The tables of a database: table, column, whether it may be NULL, and its type.
type Tables = BTreeMap<String, BTreeMap<String, (bool, String)>>;

#[derive(diesel::QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    nullable: bool,
    #[diesel(sql_type = Text)]
    kind: String,
}

fn tables(columns: Vec<ColumnRow>) -> Tables {
    let mut tables = Tables::new();
    for column in columns {
        tables.entry(column.table_name).or_default().insert(column.column_name, (column.nullable, column.kind));
    }
    tables
}

/// A number that SQLite gives to rows by itself is not NULL, though it does not say so.
const SQLITE_COLUMNS: &str = "
SELECT t.name AS table_name, c.name AS column_name, c.\"notnull\" = 0 AND NOT (c.pk = 1 AND c.type = 'INTEGER') AS nullable,
    c.type AS kind FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "
SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable, udt_name::text AS kind
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";

/// Every table of both databases, migrated.
async fn both() -> (Tables, Tables) {
    let (sqlite, backend) = (Backend::sqlite().await, Backend::postgres().await);
    let mut conn = SqliteConnection::establish(sqlite.path().unwrap().to_str().unwrap()).unwrap();
    let in_sqlite = tables(diesel::sql_query(SQLITE_COLUMNS).load(&mut conn).unwrap());
    let mut conn = postgres(&backend).await;
    let found = diesel_async::RunQueryDsl::load(diesel::sql_query(POSTGRES_COLUMNS), &mut conn).await;
    drop(conn);
    backend.remove().await;
    (in_sqlite, tables(found.unwrap()))
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = both().await;
    let without_types = |tables: Tables| -> BTreeMap<String, BTreeMap<String, bool>> {
        let nullable = |columns: BTreeMap<String, (bool, String)>| columns.into_iter().map(|(name, (n, _))| (name, n));
        tables.into_iter().map(|(table, columns)| (table, nullable(columns).collect())).collect()
    };
    assert_eq!(without_types(sqlite), without_types(postgres));
}

/// What `schema.rs` says: its tables in the form of [`Tables`], with the types of diesel.
fn declared() -> Tables {
    let mut tables = Tables::new();
    let mut table = String::new();
    for line in include_str!("../../src/schema.rs").lines().map(str::trim).filter(|line| !line.contains('!')) {
        if let Some((name, _)) = line.strip_suffix('{').and_then(|line| line.split_once('(')) {
            name.trim().clone_into(&mut table);
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let described = (inner.is_some(), inner.unwrap_or(kind).to_owned());
            tables.entry(table.clone()).or_default().insert(column.to_owned(), described);
        }
    }
    tables
}

/// The type of a column on each database, for each type of `schema.rs`.
const TYPES: [(&str, &str, &str); 9] = [
    ("Id", "BLOB", "uuid"),
    ("Instant", "INTEGER", "timestamptz"),
    ("Label", "TEXT", "text"),
    ("JsonDoc", "TEXT", "jsonb"),
    ("Text", "TEXT", "text"),
    ("Binary", "BLOB", "bytea"),
    ("Bool", "INTEGER", "bool"),
    ("Integer", "INTEGER", "int4"),
    ("BigInt", "INTEGER", "int8"),
];

/// Each query names the columns of `schema.rs` and reads them as the types that stand there.
#[tokio::test]
async fn every_table_is_as_the_queries_take_it() {
    let (sqlite, postgres) = both().await;
    let declared = declared();
    assert!(declared.len() > 5, "{declared:?}");
    let typed = |types: fn(&(&str, &'static str, &'static str)) -> &'static str| -> Tables {
        let kind = |name: &str| types(TYPES.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("{name}")));
        let columns = |columns: &BTreeMap<String, (bool, String)>| {
            columns
                .iter()
                .map(|(column, (nullable, name))| (column.clone(), (*nullable, kind(name).to_owned())))
                .collect()
        };
        declared.iter().map(|(table, found)| (table.clone(), columns(found))).collect()
    };
    assert_eq!(sqlite, typed(|row| row.1));
    assert_eq!(postgres, typed(|row| row.2));
    let names = |tables: &Tables| tables.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&sqlite), names(&declared));
}

/// Nothing is left out of backups by mistake.
#[tokio::test]
async fn every_column_is_archived_or_left_out_by_name() {
    let backend = Backend::sqlite().await;
    let mut conn = SqliteConnection::establish(backend.path().unwrap().to_str().unwrap()).unwrap();
    let mut there = tables(diesel::sql_query(SQLITE_COLUMNS).load(&mut conn).unwrap());
    for (table, why) in NOT_ARCHIVED {
        assert!(there.remove(*table).is_some() && !why.is_empty(), "{table}");
    }
    let there: BTreeMap<String, BTreeSet<String>> =
        there.into_iter().map(|(table, columns)| (table, columns.into_keys().collect())).collect();
    let archived = ARCHIVED.iter().map(|(table, columns)| {
        ((*table).to_owned(), columns.iter().map(|column| (*column).to_owned()).collect::<BTreeSet<_>>())
    });
    assert_eq!(archived.collect::<BTreeMap<_, _>>(), there);
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
