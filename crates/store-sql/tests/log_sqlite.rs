//! What is particular to the log and the search on SQLite: files, restarts, and others who touch them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path, time::Duration};

use studyhall_contract::fixture::{append, deleted, edited, event, message, moment};
use studyhall_domain::{
    Error,
    ports::{AppendError, EventLog, Health, SearchIndex, SearchQuery},
};
use studyhall_store_sql::log::{SqliteLog, search::SqliteSearch};
use studyhall_wire::{Seq, StreamId, UserId};
use tokio::time::{sleep, timeout};

fn is_unavailable(error: &Error) -> bool {
    matches!(error, Error::Unavailable { dependency: "log", .. })
}

async fn find(search: &SqliteSearch, stream: StreamId, text: &str) -> Vec<Seq> {
    let query = SearchQuery { text: text.to_owned(), streams: vec![stream], author: None, before: None, limit: 50 };
    search.search(query).await.unwrap().into_iter().map(|found| found.seq).collect()
}

async fn indexed(search: &SqliteSearch) {
    let idle = async {
        while !search.is_idle() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), idle).await.unwrap();
}

fn file_contains(path: &Path, needle: &str) -> bool {
    fs::read(path).unwrap().windows(needle.len()).any(|part| part == needle.as_bytes())
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let log = SqliteLog::open(dir.path()).unwrap();
    log.start_over(7).await.unwrap();
    append(&log, vec![message(stream, 1, author, "a", "one"), message(stream, 2, author, "b", "two")]).await.unwrap();
    let digest = log.digest(stream).await.unwrap();
    log.close().await;
    drop(log);

    let log = SqliteLog::open(dir.path()).unwrap();
    assert_eq!(log.epoch().await.unwrap(), 7);
    assert_eq!(log.digest(stream).await.unwrap(), digest);
    assert!(matches!(
        append(&log, vec![message(stream, 3, author, "a", "one")]).await,
        Err(AppendError::Conflict { .. })
    ));
    append(&log, vec![message(stream, 3, author, "c", "three")]).await.unwrap();
}

#[tokio::test]
async fn a_closed_log_is_unavailable_and_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let log = SqliteLog::open(dir.path()).unwrap();
    log.check().await.unwrap();
    // What is handed over before the end is written before the end.
    let appends = (1..=5).map(|nth| {
        let log = log.clone();
        tokio::spawn(
            async move { append(&log, vec![message(StreamId::new(), 1, author, "a", &nth.to_string())]).await },
        )
    });
    let appends: Vec<_> = appends.collect();
    append(&log, vec![message(stream, 1, author, "a", "one")]).await.unwrap();
    log.close().await;
    let mut written = 1;
    for outcome in appends {
        match outcome.await.unwrap() {
            Ok(()) => written += 1,
            Err(AppendError::Failed(error)) => assert!(is_unavailable(&error), "{error}"),
            Err(AppendError::Conflict { .. }) => panic!("nothing is in the way"),
        }
    }
    let late = append(&log, vec![message(stream, 2, author, "b", "two")]).await;
    assert!(matches!(late, Err(AppendError::Failed(error)) if is_unavailable(&error)));
    assert!(is_unavailable(&log.check().await.unwrap_err()));
    assert_eq!(log.heads(&[stream]).await.unwrap(), [1]);
    assert_eq!(log.streams_after(None, 100).await.unwrap().len(), written);
    log.close().await;
}

/// A file that somebody else writes to makes what the writer remembers stale: that is a conflict, and no more.
#[tokio::test]
async fn another_writer_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let (ours, other) = (SqliteLog::open(dir.path()).unwrap(), SqliteLog::open(dir.path()).unwrap());
    append(&ours, vec![message(stream, 1, author, "a", "one")]).await.unwrap();
    append(&other, vec![message(stream, 2, author, "b", "two")]).await.unwrap();
    let stale = append(&ours, vec![message(stream, 2, author, "c", "stale")]);
    let fresh = append(&ours, vec![message(StreamId::new(), 1, author, "a", "fresh")]);
    let (stale, fresh) = tokio::join!(stale, fresh);
    assert!(matches!(stale, Err(AppendError::Conflict { .. })));
    fresh.unwrap();
    append(&ours, vec![message(stream, 3, author, "c", "three")]).await.unwrap();
    assert_eq!(ours.events(stream, 0, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_deleted_text_leaves_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let log = SqliteLog::open(dir.path()).unwrap();
    append(&log, vec![message(stream, 1, author, "a", "the launch code is 7734")]).await.unwrap();
    append(&log, vec![message(stream, 2, author, "b", &"long ".repeat(3_000))]).await.unwrap();
    append(&log, vec![event(stream, 3, author, edited(2, &"gone".repeat(3_000), Vec::new(), moment(3)))])
        .await
        .unwrap();
    append(&log, vec![event(stream, 4, author, deleted(1, moment(4)))]).await.unwrap();
    append(&log, vec![event(stream, 5, author, deleted(2, moment(4)))]).await.unwrap();
    log.close().await;
    drop(log);
    let file = dir.path().join("log.db");
    assert!(file_contains(&file, "message.deleted"));
    for text in ["launch", "7734", "long long", "gonegone"] {
        assert!(!file_contains(&file, text), "{text}");
    }
}

/// Version 1 had every key as a text, and the stream first.
#[tokio::test]
async fn the_keys_of_an_older_file_are_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let keys = [uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string().to_uppercase(), "a key".to_owned()];
    let log = SqliteLog::open(dir.path()).unwrap();
    let messages = (1..).zip(&keys).map(|(seq, key)| message(stream, seq, author, key, "text")).collect();
    append(&log, messages).await.unwrap();
    log.close().await;
    let file = rusqlite::Connection::open(dir.path().join("log.db")).unwrap();
    file.execute_batch(
        "DROP TABLE idempotency_keys;
         CREATE TABLE idempotency_keys (stream INTEGER NOT NULL, actor BLOB NOT NULL, client_id TEXT NOT NULL,
            seq INTEGER NOT NULL, PRIMARY KEY (stream, actor, client_id)) WITHOUT ROWID, STRICT;
         INSERT INTO idempotency_keys SELECT id >> 32, author, client_id, id & 0xFFFFFFFF FROM messages;
         PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(file);
    let log = SqliteLog::open(dir.path()).unwrap();
    for (seq, key) in (1..).zip(&keys) {
        let known = log.known(stream, &[(author, key.clone())]).await.unwrap();
        assert!(matches!(&known[..], [known] if known.seq == seq && known.key.client_id == *key), "{key}: {known:?}");
        let again = append(&log, vec![message(stream, 4, author, key, "text")]).await;
        assert!(matches!(again, Err(AppendError::Conflict { .. })), "{key}");
    }
    append(&log, vec![message(stream, 4, author, "another", "text")]).await.unwrap();
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    SqliteLog::open(dir.path()).unwrap().close().await;
    let file = rusqlite::Connection::open(dir.path().join("log.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let refused = SqliteLog::open(dir.path()).err().unwrap();
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
}

/// Search is derived: whatever happens to its file, the next start makes it anew.
#[tokio::test]
async fn a_lost_or_damaged_index_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    let log = SqliteLog::open(dir.path()).unwrap();
    let history = || {
        let messages = [message(stream, 1, author, "a", "green tea"), message(stream, 2, author, "b", "gone")];
        messages.into_iter().chain([event(stream, 3, author, deleted(2, moment(3)))]).collect()
    };
    append(&log, history()).await.unwrap();
    let file = dir.path().join("search.db");
    for damage in ["none", "missing", "garbage", "epoch", "missed events"] {
        match damage {
            "missing" => fs::remove_file(&file).unwrap(),
            "garbage" => fs::write(&file, "this is no database, and it is long enough to be seen as none").unwrap(),
            "epoch" => {
                log.start_over(2).await.unwrap();
                append(&log, history()).await.unwrap();
            }
            "missed events" => append(&log, vec![message(stream, 4, author, "c", "black tea")]).await.unwrap(),
            _ => {}
        }
        let search = SqliteSearch::open(dir.path(), log.clone()).unwrap();
        let expected: &[Seq] = if damage == "missed events" { &[4, 1] } else { &[1] };
        // From the log at once, from the index when it is there.
        assert_eq!(find(&search, stream, "tea").await, expected, "{damage}");
        indexed(&search).await;
        assert_eq!(find(&search, stream, "tea").await, expected, "{damage}");
        assert_eq!(find(&search, stream, "gone").await, Vec::<Seq>::new(), "{damage}");
        search.check().await.unwrap();
        search.close().await;
        drop(search);
    }
    // The index really has them: without the log's events after it, and read by another program.
    let index = rusqlite::Connection::open(&file).unwrap();
    let count = |sql: &str| index.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM words WHERE words MATCH 'text : \"te ea\"'"), 2);
    assert_eq!(count("SELECT indexed FROM streams"), 4);
}

/// An import gives many messages the same millisecond.
#[tokio::test]
async fn messages_of_one_millisecond_have_their_own_places() {
    let dir = tempfile::tempdir().unwrap();
    let author = UserId::new();
    let log = SqliteLog::open(dir.path()).unwrap();
    let search = SqliteSearch::open(dir.path(), log.clone()).unwrap();
    let mut streams = Vec::new();
    for _ in 0..3 {
        let stream = StreamId::new();
        let same = |seq: Seq| {
            studyhall_contract::fixture::with(message(stream, seq, author, &seq.to_string(), "same"), |message| {
                message.created_at = moment(0);
            })
        };
        append(&log, (1..=1_500).map(same).collect()).await.unwrap();
        search.touch(stream);
        streams.push(stream);
    }
    indexed(&search).await;
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let query = SearchQuery { text: "same".to_owned(), streams: streams.clone(), author: None, before, limit: 200 };
        let page = search.search(query).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        found.extend(page.into_iter().map(|found| (found.stream, found.seq)));
    }
    assert_eq!(found.len(), 4_500);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 4_500);
}
