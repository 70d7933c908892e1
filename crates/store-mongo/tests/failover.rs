//! Three members of which the primary steps down, dies, or does not confirm what it wrote, while two nodes write.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use mongodb::bson::doc;
use studyhall_contract::fixture::{append, event, message, reaction};
use studyhall_domain::{
    Error,
    ports::{AppendError, EventLog},
};
use studyhall_store_mongo::MongoLog;
use studyhall_wire::{EventBody, Seq, StreamId, UserId};
use support::{Database, replica_set::ReplicaSet};

/// A send waits at most this long, with some time for a busy machine.
const PATIENCE: Duration = Duration::from_secs(7);

struct Written {
    author: UserId,
    /// Acknowledged keys and their seqs.
    acknowledged: Vec<(String, Seq)>,
    /// The longest anybody waited.
    longest: Duration,
}

/// Writes until told to stop, with a key for each message, and tries each again until it is there.
async fn write(log: MongoLog, stream: StreamId, stop: Arc<AtomicBool>) -> Written {
    let author = UserId::new();
    let mut written = Written { author, acknowledged: Vec::new(), longest: Duration::ZERO };
    let mut head = 0;
    for nth in 0.. {
        if stop.load(Ordering::Acquire) {
            break;
        }
        let key = nth.to_string();
        loop {
            let started = Instant::now();
            let outcome = append(&log, vec![message(stream, head + 1, author, &key, &key)]).await;
            written.longest = written.longest.max(started.elapsed());
            match outcome {
                Ok(()) => {
                    head += 1;
                    written.acknowledged.push((key, head));
                    break;
                }
                Err(AppendError::Conflict { head: Some(now), .. }) => head = now,
                // It was stored although nobody could say so then.
                Err(AppendError::Conflict { head: None, .. }) => {
                    let known = log.known(stream, &[(author, key.clone())]).await.unwrap();
                    written.acknowledged.push((key, known[0].seq));
                    break;
                }
                Err(AppendError::Failed(Error::Unavailable { dependency: "mongodb", .. })) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_primaries_change() {
    let mut set = ReplicaSet::start().await;
    let database = Database::on(&set.url());
    let nodes = [database.log().await, database.log().await];
    let shared = StreamId::new();
    let streams = [shared, shared, StreamId::new(), StreamId::new()];
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..)
        .zip(streams)
        .map(|(nth, stream): (usize, _)| tokio::spawn(write(nodes[nth % 2].clone(), stream, Arc::clone(&stop))))
        .collect();
    let progress = async |nth: usize| {
        let before = nodes[nth % 2].heads(&[streams[nth]]).await;
        let goal = before.map_or(0, |heads| heads[0]) + 20;
        while nodes[nth % 2].heads(&[streams[nth]]).await.map_or(0, |heads| heads[0]) < goal {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    progress(0).await;
    set.step_down().await;
    progress(2).await;
    set.kill_primary().await;
    progress(3).await;
    progress(1).await;
    stop.store(true, Ordering::Release);

    let mut expected: BTreeMap<StreamId, Vec<(Seq, UserId, String)>> = BTreeMap::new();
    for (writer, stream) in join_all(writers).await.into_iter().zip(streams) {
        let written = writer.unwrap();
        assert!(written.longest < PATIENCE, "{:?}", written.longest);
        assert!(written.acknowledged.is_sorted_by_key(|(_, seq)| *seq));
        let author = written.author;
        let rows = written.acknowledged.into_iter().map(|(key, seq)| (seq, author, key));
        expected.entry(stream).or_default().extend(rows);
    }
    for (stream, mut expected) in expected {
        expected.sort_unstable();
        let events = all_events(&nodes[0], stream).await;
        assert_eq!(events, expected, "what was acknowledged, once, without a hole");
        assert_eq!(all_events(&nodes[1], stream).await, expected);
    }
}

async fn all_events(log: &MongoLog, stream: StreamId) -> Vec<(Seq, UserId, String)> {
    let mut all: Vec<(Seq, UserId, String)> = Vec::new();
    loop {
        let page = log.events(stream, all.last().map_or(0, |(seq, ..)| *seq), 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|event| (event.seq, event.actor.unwrap(), event.key.unwrap().client_id)));
    }
}

/// The server writes the batch and fails to say so, or says nothing at all: it is read back, and written once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_without_an_answer_is_written_once() {
    let mut set = ReplicaSet::start().await;
    let database = Database::on(&set.url());
    let log = database.log().await;
    let (stream, ada) = (StreamId::new(), UserId::new());
    append(&log, vec![message(stream, 1, ada, "a", "one")]).await.unwrap();
    let failures = [
        doc! { "failCommands": ["insert"], "writeConcernError": { "code": 64, "errmsg": "waiting for replication" } },
        doc! { "failCommands": ["insert"], "closeConnection": true },
        doc! { "failCommands": ["insert"], "errorCode": 262, "closeConnection": false },
    ];
    let mut head = 1;
    for failure in failures {
        set.fail_commands(doc! { "times": 2 }, failure.clone()).await;
        // What has no key is recognised, too.
        let add = |seq, emoji| event(stream, seq, ada, EventBody::ReactionAdded(reaction(1, emoji, ada)));
        let batch =
            vec![add(head + 1, "a"), message(stream, head + 2, ada, &head.to_string(), "x"), add(head + 3, "b")];
        append(&log, batch.clone()).await.unwrap_or_else(|error| panic!("{error} after {failure}"));
        assert_eq!(log.events(stream, head, 100).await.unwrap(), batch);
        head += 3;
    }
}
