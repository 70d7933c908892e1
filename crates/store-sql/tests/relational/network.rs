//! What only PostgreSQL has: connections over a network, with TLS or without, that may be slow or dead.

use std::time::{Duration, Instant};

use diesel::{QueryableByName, sql_types::BigInt};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use studyhall_domain::{
    Error, Result,
    ports::{AccountStore as _, ConversationStore as _, Health as _},
};
use studyhall_store_sql::{DatabaseUrl, SqlStore};
use tokio::net::TcpListener;

use crate::backend::{Backend, someone, variable};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn url(backend: &Backend) -> String {
    match backend.url() {
        DatabaseUrl::Postgres(url) => url,
        DatabaseUrl::Sqlite(path) => panic!("{} is not PostgreSQL", path.display()),
    }
}

/// Opens `url` with these parameters and asks something.
async fn ask(url: &str, parameters: &str) -> Result<SqlStore> {
    let store = SqlStore::open(&DatabaseUrl::Postgres(format!("{url}?{parameters}")))?;
    store.check().await.map(|()| store)
}

/// How many of the server's own connections to this database are encrypted, or not.
async fn connections(url: &str, encrypted: bool) -> i64 {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let sql = format!(
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE application_name = 'studyhall' AND datname = current_database() AND ssl = {encrypted}"
    );
    diesel::sql_query(sql).get_result::<Count>(&mut conn).await.unwrap().count
}

#[tokio::test]
async fn tls_is_as_the_url_says() {
    let backend = Backend::empty_postgres().await;
    let url = url(&backend);
    let by_name = url.replace("127.0.0.1", "localhost");
    let authority = format!("sslrootcert={}", variable("STUDYHALL_TEST_POSTGRES_CA"));

    let plain = ask(&url, "sslmode=disable").await.unwrap();
    assert_eq!((connections(&url, true).await, connections(&url, false).await), (0, 1));
    let mut stores = vec![plain];
    for parameters in ["sslmode=prefer", "sslmode=require", &format!("sslmode=verify-ca&{authority}")] {
        stores.push(ask(&url, parameters).await.unwrap());
    }
    for url in [&url, &by_name] {
        stores.push(ask(url, &format!("sslmode=verify-full&{authority}")).await.unwrap());
    }
    assert_eq!((connections(&url, true).await, connections(&url, false).await), (5, 1));
    backend.remove().await;
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_refused() {
    let backend = Backend::empty_postgres().await;
    let url = url(&backend);
    // No browser knows the test's authority.
    for parameters in ["sslmode=verify-ca", "sslmode=verify-full", "sslmode=verify-full&sslrootcert=system"] {
        let Err(Error::Unavailable { cause, .. }) = ask(&url, parameters).await else { panic!("{parameters}") };
        assert!(cause.contains("UnknownIssuer"), "{parameters}: {cause}");
    }
    // It has a certificate for 127.0.0.1 and localhost alone.
    let authority = format!("sslrootcert={}", variable("STUDYHALL_TEST_POSTGRES_CA"));
    let elsewhere = url.replace("127.0.0.1", "127.0.0.2");
    for mode in ["verify-ca", "verify-full"] {
        let elsewhere = format!("{elsewhere}?hostaddr=127.0.0.1&sslmode={mode}&{authority}");
        let store = SqlStore::open(&DatabaseUrl::Postgres(elsewhere)).unwrap();
        match (mode, store.check().await) {
            ("verify-ca", Ok(())) => {}
            ("verify-full", Err(Error::Unavailable { cause, .. })) => {
                assert!(cause.contains("not valid for name"), "{cause}");
            }
            (mode, outcome) => panic!("{mode}: {outcome:?}"),
        }
    }
    backend.remove().await;
}

#[tokio::test]
async fn a_locked_table_ends_in_a_refusal_and_harms_no_connection() {
    let backend = Backend::postgres().await;
    let anna = someone(&backend.store, "anna").await;
    let mut other = AsyncPgConnection::establish(&url(&backend)).await.unwrap();
    other.batch_execute("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let start = Instant::now();
    let refused = backend.store.account(anna.id).await;
    assert!(matches!(refused, Err(Error::Unavailable { dependency: "database", .. })), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(backend.store.account(anna.id).await.unwrap(), Some(anna));
    backend.remove().await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://somebody@{}/nothing", silent.local_addr().unwrap());
    let store = SqlStore::open(&DatabaseUrl::Postgres(url)).unwrap();
    let start = Instant::now();
    let refused = store.count_accounts().await;
    assert!(matches!(refused, Err(Error::Unavailable { dependency: "database", .. })), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[tokio::test]
async fn one_node_at_a_time_has_the_outbox() {
    let backend = Backend::postgres().await;
    let (first, other) = (backend.store.outbox_lease().await.unwrap(), backend.another());
    let waiting = tokio::spawn(async move { other.outbox_lease().await });
    let mut conn = AsyncPgConnection::establish(&url(&backend)).await.unwrap();
    let sql = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
               WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()";
    let start = Instant::now();
    while diesel::sql_query(sql).get_result::<Count>(&mut conn).await.unwrap().count == 0 {
        assert!(start.elapsed() < Duration::from_secs(4), "nobody waits for the lease");
    }
    assert!(!waiting.is_finished());
    drop(first);
    let second = waiting.await.unwrap().unwrap();
    // Nor does a holder hold for ever who is cut off: the server ends its session.
    diesel::sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
         WHERE locktype = 'advisory' AND datname = current_database()",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    backend.store.outbox_lease().await.unwrap();
    drop(second);
    backend.remove().await;
}

#[tokio::test]
async fn an_examination_says_what_an_operator_must_know() {
    let backend = Backend::postgres().await;
    let found = backend.store.examine().await.unwrap();
    assert!(found.version_number >= 130_000 && found.version.starts_with(|c: char| c.is_ascii_digit()), "{found:?}");
    assert!(found.may_create && !found.is_replica && found.max_connections > 0, "{found:?}");
    // Roles belong to the whole server: its name is as unique as the database's.
    let url = url(&backend);
    let role = format!("{}_guest", url.rsplit('/').next().unwrap());
    let sql = format!("CREATE ROLE {role} LOGIN PASSWORD 'none'; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    Backend::execute(&backend, &sql).await;
    let powerless = url.replace("studyhall:studyhall-test@", &format!("{role}:none@"));
    let seen = ask(&powerless, "sslmode=require").await.unwrap().examine().await.unwrap();
    assert!(!seen.may_create && seen.is_encrypted, "{seen:?}");
    Backend::execute(&backend, &format!("DROP ROLE {role}")).await;
    backend.remove().await;
}
