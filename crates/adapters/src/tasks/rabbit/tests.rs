use studyhall_wire::TaskState;

use super::*;
use crate::{
    proxy::Proxy,
    redis::testing,
    tasks::contract::{self, Bench, Counting, start},
};

fn url() -> String {
    std::env::var("STUDYHALL_TEST_AMQP_URL").expect("STUDYHALL_TEST_AMQP_URL is set")
}

/// `host:port` of the broker.
fn address() -> String {
    let uri: AMQPUri = url().parse().expect("a good URL");
    format!("{}:{}", uri.authority.host, uri.authority.port)
}

fn prefix() -> String {
    format!("test-{}", TaskId::new())
}

fn open(store: Arc<dyn TaskStore>, url: String, prefix: &str) -> Arc<RabbitQueue> {
    let config = RabbitConfig { url: SecretString::from(url), prefix: prefix.to_owned() };
    Arc::new(RabbitQueue::open(&config, store, Outcomes::new(testing::redis())).expect("a good URL"))
}

fn queue(store: Arc<dyn TaskStore>) -> Arc<RabbitQueue> {
    open(store, url(), &prefix())
}

/// A channel beside the queue's own, which removes the queues in the end.
struct Broker {
    channel: Channel,
    _connection: Connection,
    queue: Arc<RabbitQueue>,
}

impl Broker {
    async fn beside(queue: &Arc<RabbitQueue>) -> Self {
        let connection = Connection::connect(&url(), ConnectionProperties::default()).await.expect("connected");
        let channel = connection.create_channel().await.expect("a channel");
        Self { channel, _connection: connection, queue: queue.clone() }
    }

    async fn dead_letters(&self) -> u32 {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        let queue = self.channel.queue_declare(self.queue.dead.clone(), options, FieldTable::default()).await;
        queue.expect("the queue of dead letters").message_count()
    }

    async fn remove(&self) {
        for name in [&self.queue.tasks, &self.queue.dead] {
            self.channel.queue_delete(name.clone(), lapin::options::QueueDeleteOptions::default()).await.expect("gone");
        }
    }
}

async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..1_500 {
        if done().await {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("not in time: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_what_is_due() {
    let bench = Bench::new().await;
    let queue = queue(bench.store());
    contract::runs_what_is_due(&bench, queue.clone()).await;
    Broker::beside(&queue).await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_loses_nothing() {
    let bench = Bench::new().await;
    let prefix = prefix();
    contract::a_killed_worker_loses_nothing(&bench, |store| open(store, url(), &prefix)).await;
    Broker::beside(&open(bench.store(), url(), &prefix)).await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_work() {
    let bench = Bench::new().await;
    let prefix = prefix();
    contract::two_nodes_share_the_work(&bench, |store| open(store, url(), &prefix)).await;
    Broker::beside(&open(bench.store(), url(), &prefix)).await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_task_holds_up_nobody_and_ends_in_the_dead_letters() {
    let bench = Bench::new().await;
    let queue = queue(bench.store());
    contract::a_bad_task_holds_up_nobody(&bench, queue.clone()).await;
    let broker = Broker::beside(&queue).await;
    eventually("the dead task is a dead letter", async || broker.dead_letters().await == 1).await;
    broker.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_no_task_is_put_away() {
    let bench = Bench::new().await;
    let queue = queue(bench.store());
    let running = start(queue.clone(), Counting::new(bench.store()));
    eventually("it is connected", async || queue.check().await.is_ok()).await;
    let broker = Broker::beside(&queue).await;
    for nonsense in [b"\xFF\xFE".as_slice(), b"make tea", b""] {
        let options = BasicPublishOptions::default();
        let properties = BasicProperties::default();
        let published = broker.channel.basic_publish("".into(), queue.tasks.clone(), options, nonsense, properties);
        published.await.expect("published").await.expect("sent");
    }
    eventually("all are dead letters", async || broker.dead_letters().await == 3).await;
    bench.enqueue(now()).await;
    bench.until(TaskState::Done, 1).await;
    running.abort();
    broker.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_delivered_twice_runs_once() {
    let bench = Bench::new().await;
    let queue = queue(bench.store());
    let runner = Counting::new(bench.store());
    let running = start(queue.clone(), runner.clone());
    let task = bench.enqueue(now()).await;
    bench.until(TaskState::Done, 1).await;
    let broker = Broker::beside(&queue).await;
    for _ in 0..5 {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let id = task.to_string();
        let again = broker.channel.basic_publish("".into(), queue.tasks.clone(), options, id.as_bytes(), properties);
        again.await.expect("published").await.expect("sent");
    }
    bench.enqueue(now()).await;
    bench.until(TaskState::Done, 2).await;
    assert_eq!(runner.runs(task), 1);
    assert_eq!(broker.dead_letters().await, 0);
    running.abort();
    broker.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_wait_while_the_broker_is_away() {
    let bench = Bench::new().await;
    let proxy = Proxy::to(&address()).await;
    let queue = open(bench.store(), url().replace(&address(), &proxy.address.to_string()), &prefix());
    let runner = Counting::new(bench.store());
    let running = start(queue.clone(), runner.clone());
    eventually("it is connected", async || queue.check().await.is_ok()).await;
    bench.enqueue(now()).await;
    bench.until(TaskState::Done, 1).await;
    for (n, break_it) in [(1, Proxy::cut as fn(&Proxy)), (2, Proxy::silence)] {
        break_it(&proxy);
        let owed = bench.enqueue(now()).await;
        queue.wake();
        eventually("it is noticed", async || queue.check().await.is_err()).await;
        assert_eq!(runner.runs(owed), 0);
        proxy.heal();
        bench.until(TaskState::Done, 1 + n).await;
        assert_eq!(runner.runs(owed), 1);
        eventually("it is ready again", async || queue.check().await.is_ok()).await;
    }
    running.abort();
    Broker::beside(&queue).await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_task_ended_is_copied() {
    let bench = Bench::new().await;
    let redis = testing::redis();
    let config = RabbitConfig { url: SecretString::from(url()), prefix: prefix() };
    let queue = RabbitQueue::open(&config, bench.store(), Outcomes::new(redis.clone())).expect("a good URL");
    let queue = Arc::new(queue);
    let running = start(queue.clone(), Counting::new(bench.store()));
    let task = bench.enqueue(now()).await;
    bench.until(TaskState::Done, 1).await;
    eventually("Redis has a copy", async || {
        let mut state = redis::cmd("HGET");
        state.arg(redis.key(format_args!("task:{task}"))).arg("state");
        redis.run::<Option<String>>(state).await.expect("answers").as_deref() == Some("done")
    })
    .await;
    running.abort();
    Broker::beside(&queue).await.remove().await;
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let bench = Bench::new().await;
    for url in ["amqp://user:hunter2@localhost:nonsense", "http://user:hunter2@localhost"] {
        let config = RabbitConfig { url: SecretString::from(url), prefix: "x".to_owned() };
        let opened = RabbitQueue::open(&config, bench.store(), Outcomes::new(testing::redis()));
        let Err(error) = opened else { panic!("{url} is no URL of RabbitMQ") };
        assert!(!format!("{config:?} {error:?}").contains("hunter2"));
    }
}
