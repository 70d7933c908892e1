//! What is particular to the log and the search on MongoDB: several nodes, crashes between two writes, and servers that
//! are not there.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mongodb::bson::{DateTime, Document, doc};
use studyhall_contract::fixture::{append, deleted, edited, event, message, moment, pinned, reaction, with};
use studyhall_domain::{
    Error,
    ports::{Anchor, AppendError, EventLog, Health, HistoryQuery, SearchIndex, SearchQuery},
};
use studyhall_store_mongo::{Mongo, MongoLog, MongoSearch};
use studyhall_wire::{EventBody, Seq, StreamId, UserId};
use support::{Database, id};
use tokio::time::{sleep, timeout};

fn is_unavailable(error: &Error) -> bool {
    matches!(error, Error::Unavailable { dependency: "mongodb", .. })
}

/// Appends these messages one after the other, whoever else writes to the stream. Gives their seqs.
async fn write_all(log: &MongoLog, stream: StreamId, author: UserId, keys: Vec<String>, size: usize) -> Vec<Seq> {
    let (mut head, mut seqs) = (log.heads(&[stream]).await.unwrap()[0], Vec::new());
    while seqs.len() < keys.len() {
        let next = keys[seqs.len()..].iter().take(size);
        let batch: Vec<_> = (head + 1..).zip(next).map(|(seq, key)| message(stream, seq, author, key, key)).collect();
        let written = batch.len();
        let stored = match append(log, batch).await {
            Ok(()) => written,
            Err(AppendError::Conflict { stored, head: Some(now) }) => {
                seqs.extend((head + 1..).take(stored));
                assert!(now > head, "somebody wrote");
                head = now;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        seqs.extend((head + 1..).take(stored));
        head += Seq::try_from(stored).unwrap();
    }
    seqs
}

/// Two nodes write to one stream as fast as they can: both see the same order, without a hole, and nobody starves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_a_stream() {
    let database = Database::new();
    let (one, other) = (database.log().await, database.log().await);
    let stream = StreamId::new();
    let writers = (0..4).map(|nth| {
        let log = if nth % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move {
            let author = UserId::new();
            let keys = (0..150).map(|n| format!("{nth}-{n}")).collect();
            (author, write_all(&log, stream, author, keys, 1 + nth * 3).await)
        })
    });
    let mut expected = Vec::new();
    for writer in join_all(writers).await {
        let (author, seqs) = writer.unwrap();
        assert!(seqs.is_sorted(), "each writer's order is kept");
        expected.extend(seqs.into_iter().map(|seq| (seq, author)));
    }
    expected.sort_unstable();
    let events = one.events(stream, 0, 1_000).await.unwrap();
    assert!(events.iter().map(|event| event.seq).eq(1..=600));
    assert!(events.iter().map(|event| (event.seq, event.actor.unwrap())).eq(expected));
    assert_eq!(other.events(stream, 0, 1_000).await.unwrap(), events);
    assert_eq!(one.digest(stream).await.unwrap(), other.digest(stream).await.unwrap());
}

#[tokio::test]
async fn a_conflict_tells_the_head_or_that_a_key_is_taken() {
    let database = Database::new();
    let (one, other) = (database.log().await, database.log().await);
    let (stream, author) = (StreamId::new(), UserId::new());
    append(&one, (1..=3).map(|seq| message(stream, seq, author, &seq.to_string(), "x")).collect()).await.unwrap();
    let stale = append(&other, vec![message(stream, 2, author, "new", "x"), message(stream, 3, author, "er", "x")]);
    assert!(matches!(stale.await, Err(AppendError::Conflict { stored: 0, head: Some(3) })));
    let repeat = append(&other, vec![message(stream, 4, author, "new", "x"), message(stream, 5, author, "2", "x")]);
    assert!(matches!(repeat.await, Err(AppendError::Conflict { stored: 1, head: None })));
    assert_eq!(one.heads(&[stream]).await.unwrap(), [4]);
}

/// A node died after an event was durable and before it was folded: whatever is read first shows it folded.
#[tokio::test]
async fn no_read_shows_an_event_that_is_not_folded() {
    let database = Database::new();
    let log = database.log().await;
    let raw = database.collection("events").await;
    let (ada, reader) = (UserId::new(), UserId::new());
    let interrupted = async || {
        let stream = StreamId::new();
        append(&log, vec![message(stream, 1, ada, "a", "the secret"), message(stream, 2, ada, "b", "the draft")])
            .await
            .unwrap();
        let unfolded = |seq: Seq, kind: &str, target: Seq, more: Document| {
            let mut event = doc! {
                "stream": id(stream), "seq": seq, "at": DateTime::from_millis(seq), "actor": id(ada), "kind": kind,
                "target": target, "unfolded": true,
            };
            event.extend(more);
            event
        };
        let time = DateTime::from_millis(5);
        let events = [
            unfolded(3, "message.deleted", 1, doc! { "deleted_at": time }),
            unfolded(4, "message.edited", 2, doc! { "edited_at": time, "edit": { "text": "the final" } }),
            unfolded(5, "message.pinned", 2, doc! {}),
        ];
        raw.insert_many(events).await.unwrap();
        stream
    };
    let search = MongoSearch::open(log.clone());

    let stream = interrupted().await;
    let events = format!("{:?}", log.events(stream, 0, 10).await.unwrap());
    assert!(!events.contains("secret") && !events.contains("draft") && events.contains("the final"), "{events}");

    let messages = log.messages(interrupted().await, &[1, 2]).await.unwrap();
    assert!(messages[0].deleted_at.is_some() && messages[0].text.is_empty());
    assert!(messages[1].text == "the final" && messages[1].pinned);

    let pins = HistoryQuery { anchor: Anchor::Newest, pinned: true, limit: 10 };
    let history = log.history(interrupted().await, pins).await.unwrap();
    assert_eq!((history.as_of, history.items.len(), history.items[0].seq), (5, 1, 2));

    let overviews = log.overviews(reader, &[(interrupted().await, 0)]).await.unwrap();
    assert_eq!((overviews[0].head, overviews[0].unread), (5, 1));
    assert_eq!(overviews[0].last_message.as_ref().unwrap().text, "the final");

    let stream = interrupted().await;
    let digest = log.digest(stream).await.unwrap();
    let messages = log.messages(stream, &[1, 2]).await.unwrap();
    assert!(messages[1].pinned);
    assert_eq!(log.digest(stream).await.unwrap(), digest);

    let stream = interrupted().await;
    let find = async |text: &str| {
        let query = SearchQuery { text: text.to_owned(), streams: vec![stream], author: None, before: None, limit: 5 };
        search.search(query).await.unwrap().into_iter().map(|found| found.seq).collect::<Vec<_>>()
    };
    assert_eq!(find("secret").await, Vec::<Seq>::new());
    assert_eq!(find("final").await, [2]);

    // Nothing of a text is left where it was waiting to be folded.
    log.events(stream, 0, 1).await.unwrap();
    let left =
        raw.find_one(doc! { "stream": id(stream), "$or": [{ "edit": { "$exists": true } }, { "unfolded": true }] });
    assert_eq!(left.await.unwrap(), None);
}

/// Two nodes fold the same events; the slow one is done long after the other.
#[tokio::test]
async fn a_late_fold_changes_nothing() {
    let database = Database::new();
    let log = database.log().await;
    let raw = database.collection("events").await;
    let (stream, ada) = (StreamId::new(), UserId::new());
    let changes = vec![
        message(stream, 1, ada, "a", "one"),
        event(stream, 2, ada, EventBody::ReactionAdded(reaction(1, "👍", ada))),
        event(stream, 3, ada, EventBody::ReactionRemoved(reaction(1, "👍", ada))),
        event(stream, 4, ada, pinned(1)),
        event(stream, 5, ada, EventBody::MessageUnpinned(studyhall_wire::MessageRef { seq: 1 })),
        event(stream, 6, ada, edited(1, "two", Vec::new(), moment(6))),
    ];
    append(&log, changes).await.unwrap();
    let before = log.messages(stream, &[1]).await.unwrap();
    assert!(before[0].text == "two" && before[0].reactions.is_empty() && !before[0].pinned);
    for seq in 2..6_i64 {
        let late = raw.update_one(doc! { "stream": id(stream), "seq": seq }, doc! { "$set": { "unfolded": true } });
        assert_eq!(late.await.unwrap().modified_count, 1);
        assert_eq!(log.messages(stream, &[1]).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_deleted_text_leaves_the_database() {
    let database = Database::new();
    let log = database.log().await;
    let search = MongoSearch::open(log.clone());
    let (stream, ada) = (StreamId::new(), UserId::new());
    append(&log, vec![message(stream, 1, ada, "a", "7734 launch")]).await.unwrap();
    append(&log, vec![event(stream, 2, ada, edited(1, "7734 lunch", Vec::new(), moment(2)))]).await.unwrap();
    search.touch(stream);
    indexed(&search).await;
    let keys = database.collection("search").await;
    assert!(format!("{:?}", keys.find_one(doc! {}).await.unwrap()).contains("77"));
    append(&log, vec![event(stream, 3, ada, deleted(1, moment(3)))]).await.unwrap();
    search.touch(stream);
    indexed(&search).await;
    assert_eq!(log.heads(&[stream]).await.unwrap(), [3]);
    for collection in ["events", "search"] {
        let mut documents = database.collection(collection).await.find(doc! {}).await.unwrap();
        while documents.advance().await.unwrap() {
            let bytes = documents.current().as_bytes();
            for part in ["7734", "unch", "77"] {
                assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()), "{part} in {collection}");
            }
        }
    }
}

async fn indexed(search: &MongoSearch) {
    let idle = async {
        while !search.is_idle() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), idle).await.unwrap();
}

/// An import gives many messages the same millisecond: each has a place of its own in the order of the matches.
#[tokio::test]
async fn messages_of_one_millisecond_have_their_own_places() {
    let database = Database::new();
    let log = database.log().await;
    let search = MongoSearch::open(log.clone());
    let author = UserId::new();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let stream = StreamId::new();
        let same = |seq: Seq| {
            with(message(stream, seq, author, &seq.to_string(), "same"), |message| message.created_at = moment(0))
        };
        append(&log, (1..=1_100).map(same).collect()).await.unwrap();
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
    assert_eq!(found.len(), 2_200);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 2_200);
}

/// A node that starts finds what was not indexed, and what was indexed of another epoch.
#[tokio::test]
async fn a_new_node_indexes_what_is_missing() {
    let database = Database::new();
    let log = database.log().await;
    let (stream, author) = (StreamId::new(), UserId::new());
    append(&log, vec![message(stream, 1, author, "a", "green tea")]).await.unwrap();
    let entries = database.collection("search").await;
    let is_indexed = async |epoch: i64| {
        let entry = doc! { "stream": id(stream), "keys": "te", "epoch": epoch };
        let there = async {
            while entries.find_one(entry.clone()).await.unwrap().is_none() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), there).await.unwrap();
    };
    let first = MongoSearch::open(log.clone());
    is_indexed(1).await;
    first.close();
    log.start_over(7).await.unwrap();
    append(&log, vec![message(stream, 1, author, "a", "green tea")]).await.unwrap();
    // Another connection: it has to read the epoch.
    let other = database.log().await;
    assert_eq!(other.epoch().await.unwrap(), 7);
    let second = MongoSearch::open(other);
    is_indexed(7).await;
    second.close();
}

#[tokio::test]
async fn an_erased_stream_leaves_nothing() {
    let database = Database::new();
    let log = database.log().await;
    let search = MongoSearch::open(log.clone());
    let (stream, other, ada) = (StreamId::new(), StreamId::new(), UserId::new());
    for stream in [stream, other] {
        append(&log, vec![message(stream, 1, ada, "a", "tea"), event(stream, 2, ada, pinned(1))]).await.unwrap();
        search.touch(stream);
    }
    indexed(&search).await;
    for _ in 0..2 {
        log.erase(stream).await.unwrap();
        assert_eq!(log.heads(&[stream, other]).await.unwrap(), [0, 2]);
    }
    for collection in ["events", "search", "search_progress"] {
        let collection = database.collection(collection).await;
        let left = async |stream| {
            let any = doc! { "$or": [{ "stream": id(stream) }, { "_id": id(stream) }] };
            collection.find_one(any).await.unwrap().is_some()
        };
        assert_eq!((left(stream).await, left(other).await), (false, true), "{}", collection.name());
    }
    // Like any other unknown one.
    append(&log, vec![message(stream, 1, ada, "a", "anew")]).await.unwrap();
}

#[tokio::test]
async fn a_closed_log_is_unavailable_and_can_be_read() {
    let database = Database::new();
    let log = database.log().await;
    log.check().await.unwrap();
    let (stream, author) = (StreamId::new(), UserId::new());
    // What is handed over before the end is written before the end.
    let appends: Vec<_> = (0..20)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { append(&log, vec![message(StreamId::new(), 1, author, "a", "x")]).await })
        })
        .collect();
    append(&log, vec![message(stream, 1, author, "a", "one")]).await.unwrap();
    log.close().await;
    let mut written = 1;
    for outcome in join_all(appends).await {
        match outcome.unwrap() {
            Ok(()) => written += 1,
            Err(AppendError::Failed(error)) => assert!(is_unavailable(&error), "{error}"),
            Err(conflict) => panic!("{conflict}"),
        }
    }
    let late = append(&log, vec![message(stream, 2, author, "b", "two")]).await;
    assert!(matches!(late, Err(AppendError::Failed(error)) if is_unavailable(&error)));
    assert!(is_unavailable(&log.check().await.unwrap_err()));
    assert_eq!(log.heads(&[stream]).await.unwrap(), [1]);
    assert_eq!(log.streams_after(None, 100).await.unwrap().len(), written);
    log.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_in_time() {
    let started = Instant::now();
    let refused = Mongo::connect("mongodb://127.0.0.1:1/nobody").await.err().unwrap();
    assert!(is_unavailable(&refused), "{refused}");
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = Database::new();
    let log = database.log().await;
    log.check().await.unwrap();
    let meta = database.collection("meta").await;
    meta.update_one(doc! { "_id": "version" }, doc! { "$set": { "value": 99_i64 } }).await.unwrap();
    let refused = Mongo::connect(database.url()).await.err().unwrap();
    assert!(refused.to_string().contains("start the newer program"), "{refused}");
}
