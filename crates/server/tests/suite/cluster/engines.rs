//! Each engine in turn stops, dies or restarts under load: nothing that was acknowledged is lost, the others' work goes
//! on, `/readyz` names it, and all heals by itself.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;
use studyhall_testkit::{Engine, Person, Victim, eventually, unique};

use super::{
    Cluster,
    talk::{Writer, gather, read},
};

/// A talk on both nodes during which something happens.
struct Load {
    writers: Vec<Writer>,
    readers: Vec<tokio::task::JoinHandle<studyhall_testkit::Replica>>,
    total: Arc<AtomicUsize>,
}

impl Load {
    async fn start(cluster: &Cluster) -> Self {
        let (addresses, id, total) = (cluster.addresses(), &cluster.conversation, Arc::<AtomicUsize>::default());
        let people = [&cluster.anna, &cluster.ben];
        let each = |n: usize| (people[n], vec![addresses[n]]);
        let readers = [0, 1].map(|n| {
            let (person, addresses) = each(n);
            read(person, addresses, id, total.clone())
        });
        let writers = [0, 1].map(|n| {
            let (person, addresses) = each(n);
            Writer::start(person, addresses, id, &person.username)
        });
        let load = Self { writers: writers.into(), readers: readers.into(), total };
        load.goes_on().await;
        load
    }

    /// Waits until both nodes acknowledge more.
    async fn goes_on(&self) {
        let before: Vec<_> = self.writers.iter().map(Writer::acknowledged).collect();
        eventually("both nodes acknowledge", async || {
            self.writers.iter().zip(&before).all(|(writer, before)| writer.acknowledged() >= before + 20)
        })
        .await;
    }

    /// All that was written is everywhere, once.
    async fn finish(self, cluster: &Cluster) {
        let (texts, replicas) = gather(self.writers, self.readers, &self.total).await;
        let expected: BTreeSet<_> = texts.iter().map(String::as_str).collect();
        for replica in &replicas {
            let stored = replica.texts();
            assert_eq!(stored.len(), texts.len(), "lost or doubled");
            assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected);
        }
        cluster.agree(&replicas).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_goes_on_without_redis_and_heals() {
    let redis = Victim::start(Engine::Redis);
    let cluster = Cluster::among(redis.variables()).await;
    let load = Load::start(&cluster).await;
    for _ in 0..2 {
        redis.kill();
        load.goes_on().await;
        cluster.until_missing("redis").await;
        redis.restart();
        cluster.until_ready().await;
        load.goes_on().await;
    }
    load.finish(&cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_stands_still_refuses_in_time_and_loses_nothing() {
    let mongodb = Victim::start(Engine::Mongodb);
    let cluster = Cluster::among(mongodb.variables()).await;
    let carl = Person::register(cluster.nodes[0].address, "carl").await;
    let path = format!("/conversations/{}/messages", cluster.anna.open_direct(&carl).await);
    let load = Load::start(&cluster).await;
    mongodb.freeze();
    let frozen = Instant::now();
    let body = json!({ "client_id": unique(), "text": "in the dark" });
    let refused = cluster.anna.post(&path, body.clone()).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(frozen.elapsed() < Duration::from_secs(7), "{:?}", frozen.elapsed());
    cluster.until_missing("mongodb").await;
    tokio::time::sleep_until((frozen + Duration::from_secs(10)).into()).await;
    mongodb.thaw();
    cluster.until_ready().await;
    load.goes_on().await;
    load.finish(&cluster).await;
    // What was refused is there once, whichever of the two attempts it was.
    let again = cluster.anna.post(&path, body).await;
    assert!([200, 201].contains(&again.status.as_u16()), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_database_is_a_pause() {
    let postgres = Victim::start(Engine::Postgres);
    let cluster = Cluster::among(postgres.variables()).await;
    let load = Load::start(&cluster).await;
    postgres.kill();
    cluster.until_missing("database").await;
    let refused = cluster.ben.get("/conversations").await;
    assert_eq!(refused.problem(503), "unavailable");
    postgres.restart();
    cluster.until_ready().await;
    cluster.ben.get("/conversations").await.expect(200);
    load.goes_on().await;
    load.finish(&cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_queue_is_a_pause() {
    let rabbitmq = Victim::start(Engine::Rabbitmq);
    let cluster = Cluster::among(rabbitmq.variables()).await;
    let load = Load::start(&cluster).await;
    // In order, as its operator does. One that was killed has been seen to stay away for more than a minute.
    rabbitmq.stop();
    cluster.until_missing("rabbitmq").await;
    load.goes_on().await;
    rabbitmq.restart();
    cluster.until_ready().await;
    load.finish(&cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_wait_for_their_store_and_chat_does_not() {
    let s3 = Victim::start(Engine::S3);
    let cluster = Cluster::among(s3.variables()).await;
    let load = Load::start(&cluster).await;
    let picture = || async {
        let upload = cluster.anna.request(Method::PUT, "/users/me/avatar").header("content-type", "image/png");
        Person::send(upload.body(PICTURE)).await
    };
    assert!(picture().await.status.is_success());
    s3.kill();
    let refused = picture().await;
    assert_eq!(refused.status, 503, "{refused:?}");
    cluster.until_missing("s3").await;
    load.goes_on().await;
    s3.restart();
    cluster.until_ready().await;
    assert!(picture().await.status.is_success());
    let shown = Person { address: cluster.addresses()[1], ..cluster.anna.clone() };
    assert_eq!(shown.get(&format!("/users/{}/avatar", shown.id)).await.status, 200);
    load.finish(&cluster).await;
}

/// One red pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";
