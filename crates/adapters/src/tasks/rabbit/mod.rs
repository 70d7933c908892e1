//! Tasks by RabbitMQ: the table stays the truth, the broker spreads the work over the nodes.
//!
//! A **relay** on each node hands due rows over: it publishes their ids to a durable quorum queue, and takes back what was
//! not confirmed. A **worker** on each node gets deliveries, a few at a time, and acknowledges each when its task has
//! ended, whatever the end: when a failed one is due again stands in its row, not in the broker. A task that is dead goes
//! to the queue of dead letters, as does a message that nobody understands.
//!
//! Nothing depends on the broker's memory. What it loses is due again when the hand-over ends, what it delivers twice is
//! begun once, and while it is away the rows wait.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions,
        BasicRejectOptions, ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable, LongString, ShortString},
    uri::AMQPUri,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use studyhall_domain::{
    Error, Result, now,
    ports::{Ending, Health, Task, TaskQueue, TaskRunner, TaskStore},
    tasks::{LEASE, in_future},
};
use studyhall_wire::TaskId;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::outcomes::Outcomes;

/// As it is called in `/readyz`.
const DEPENDENCY: &str = "rabbitmq";
/// Tasks that one node runs at once.
const WORKERS: u16 = 4;
/// Rows that are handed over at once.
const BATCH: u32 = 100;
/// How long a row is the broker's before it is thought lost.
const HANDED: Duration = Duration::from_mins(5);
/// How often the table is looked at without having been told to.
const LOOK: Duration = Duration::from_secs(1);
/// How often a silent connection is asked whether it lives, in looks.
const PROBE: u32 = 5;
/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(500);
/// Deliveries of one message after which the broker puts it away.
const DELIVERIES: i64 = 20;

/// What it takes to reach RabbitMQ.
#[derive(Clone, Debug)]
pub struct RabbitConfig {
    /// `amqp://user:password@host:port/vhost`, or `amqps://…` for TLS by rustls. RabbitMQ 3.10 or later, for quorum
    /// queues with a limit of deliveries.
    pub url: SecretString,
    /// Opens the names of the queues, `PREFIX.tasks` and `PREFIX.tasks.dead`, so that several instances can share one
    /// broker.
    pub prefix: String,
}

/// The queue of tasks on RabbitMQ.
pub struct RabbitQueue {
    store: Arc<dyn TaskStore>,
    outcomes: Outcomes,
    uri: AMQPUri,
    tasks: ShortString,
    dead: ShortString,
    due: Notify,
    /// Where the relay publishes, while there is a connection.
    channel: Mutex<Option<Channel>>,
    warned: AtomicBool,
}

impl RabbitQueue {
    /// Connects when it [runs](TaskQueue::run), and goes on trying from then on. How each task ended is copied to
    /// `outcomes`.
    ///
    /// # Errors
    /// `Internal` for a URL that cannot be understood; the message does not show it.
    pub fn open(config: &RabbitConfig, store: Arc<dyn TaskStore>, outcomes: Outcomes) -> Result<Self> {
        let uri = config.url.expose_secret().parse::<AMQPUri>();
        Ok(Self {
            store,
            outcomes,
            uri: uri.map_err(|_| Error::internal("the URL of RabbitMQ is not valid"))?,
            tasks: format!("{}.tasks", config.prefix).into(),
            dead: format!("{}.tasks.dead", config.prefix).into(),
            due: Notify::new(),
            channel: Mutex::default(),
            warned: AtomicBool::new(false),
        })
    }

    /// One connection, from its beginning to its end.
    async fn session(&self, runner: &Arc<dyn TaskRunner>) -> Result<()> {
        let properties = ConnectionProperties::default().with_connection_name("studyhall".into());
        let connection = within(Connection::connect_uri(self.uri.clone(), properties)).await?;
        let publishing = within(connection.create_channel()).await?;
        within(publishing.confirm_select(ConfirmSelectOptions::default())).await?;
        self.declare(&publishing).await?;
        let consuming = within(connection.create_channel()).await?;
        within(consuming.basic_qos(WORKERS, BasicQosOptions::default())).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = within(consuming.basic_consume(self.tasks.clone(), "".into(), options, arguments)).await?;
        *self.channel.lock() = Some(publishing.clone());
        self.warned.store(false, Ordering::Relaxed);
        let over = Notify::new();
        let mut relay = pin!(self.relay(&publishing, &over));
        tokio::select! {
            end = &mut relay => end,
            end = self.work(consumer, runner) => {
                // Not dropped in the middle of a hand-over: what the broker has not confirmed is taken back.
                over.notify_one();
                relay.await.and(end)
            }
        }
    }

    /// Connects, and declares the queues as a node does. Gives how long one question takes.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer, or does not allow it.
    pub async fn examine(&self) -> Result<Duration> {
        let properties = ConnectionProperties::default().with_connection_name("studyhall doctor".into());
        let connection = within(Connection::connect_uri(self.uri.clone(), properties)).await?;
        let channel = within(connection.create_channel()).await?;
        self.declare(&channel).await?;
        let start = std::time::Instant::now();
        self.declare(&channel).await?;
        // Two questions are in it.
        let latency = start.elapsed() / 2;
        within(connection.close(0, "done".into())).await?;
        Ok(latency)
    }

    /// Declaring again what is there changes nothing.
    async fn declare(&self, channel: &Channel) -> Result<()> {
        let quorum = || (ShortString::from("x-queue-type"), text("quorum"));
        let dead = FieldTable::from(BTreeMap::from([quorum()]));
        within(channel.queue_declare(self.dead.clone(), QueueDeclareOptions::durable(), dead)).await?;
        let tasks = FieldTable::from(BTreeMap::from([
            quorum(),
            ("x-dead-letter-exchange".into(), text("")),
            ("x-dead-letter-routing-key".into(), text(self.dead.as_str())),
            ("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES)),
        ]));
        within(channel.queue_declare(self.tasks.clone(), QueueDeclareOptions::durable(), tasks)).await?;
        Ok(())
    }

    /// Until the connection fails, or it is `over`.
    async fn relay(&self, channel: &Channel, over: &Notify) -> Result<()> {
        let mut looks = 0;
        loop {
            looks += 1;
            let handed = match self.store.hand_over_tasks(now(), in_future(HANDED), BATCH).await {
                Ok(handed) => handed,
                Err(error) => {
                    tracing::warn!(%error, "no tasks could be handed over");
                    Vec::new()
                }
            };
            if let Err(error) = self.publish(channel, &handed).await {
                let ids: Vec<TaskId> = handed.iter().map(|task| task.id).collect();
                // Where some of them were confirmed, their deliveries begin nothing.
                if let Err(error) = self.store.take_back_tasks(&ids).await {
                    tracing::warn!(%error, "tasks stay handed over to a broker that has not taken them");
                }
                return Err(error);
            }
            if handed.len() == BATCH as usize {
                continue;
            }
            if looks % PROBE == 0 {
                self.probe(channel).await?;
            }
            // Woken or not, the table is looked at.
            tokio::select! {
                () = over.notified() => return Ok(()),
                _ = timeout(LOOK, self.due.notified()) => {}
            }
        }
    }

    /// Publishes all, then waits until the broker has confirmed each.
    async fn publish(&self, channel: &Channel, tasks: &[Task]) -> Result<()> {
        let mut confirms = Vec::with_capacity(tasks.len());
        for task in tasks {
            let properties = BasicProperties::default()
                .with_delivery_mode(2)
                .with_content_type("text/plain".into())
                .with_message_id(task.id.to_string().into())
                .with_type(task.kind.as_str().into());
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let id = task.id.to_string();
            let published = channel.basic_publish("".into(), self.tasks.clone(), options, id.as_bytes(), properties);
            confirms.push(within(published).await?);
        }
        for confirm in confirms {
            let confirmation = within(confirm).await?;
            if !confirmation.is_ack() || confirmation.take_message().is_some() {
                return Err(Error::unavailable(DEPENDENCY, "a task was not taken"));
            }
        }
        Ok(())
    }

    async fn work(&self, mut consumer: Consumer, runner: &Arc<dyn TaskRunner>) -> Result<()> {
        let mut running = JoinSet::new();
        loop {
            tokio::select! {
                delivery = consumer.next() => {
                    let delivery = delivery.ok_or_else(|| Error::unavailable(DEPENDENCY, "no more deliveries"))?;
                    let delivery = delivery.map_err(unavailable)?;
                    let work = Work { store: self.store.clone(), outcomes: self.outcomes.clone(), runner: runner.clone() };
                    running.spawn(work.take(delivery));
                }
                Some(_) = running.join_next() => {}
            }
        }
    }

    /// Whether the broker answers, and has the queue.
    async fn probe(&self, channel: &Channel) -> Result<()> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        within(channel.queue_declare(self.tasks.clone(), options, FieldTable::default())).await.map(drop)
    }
}

#[async_trait]
impl TaskQueue for RabbitQueue {
    async fn run(&self, runner: Arc<dyn TaskRunner>) {
        loop {
            let ended = self.session(&runner).await;
            *self.channel.lock() = None;
            if let Err(error) = ended
                && !self.warned.swap(true, Ordering::Relaxed)
            {
                tracing::warn!(%error, "tasks wait for RabbitMQ");
            }
            sleep(PAUSE).await;
        }
    }

    fn wake(&self) {
        self.due.notify_one();
    }
}

#[async_trait]
impl Health for RabbitQueue {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        let channel = self.channel.lock().clone();
        let channel = channel.ok_or_else(|| Error::unavailable(DEPENDENCY, "there is no connection"))?;
        self.probe(&channel).await
    }
}

/// What becomes of one delivery.
struct Work {
    store: Arc<dyn TaskStore>,
    outcomes: Outcomes,
    runner: Arc<dyn TaskRunner>,
}

impl Work {
    async fn take(self, delivery: Delivery) {
        let id = std::str::from_utf8(&delivery.data).ok().and_then(|id| id.parse::<TaskId>().ok());
        let answered = match id {
            None => {
                tracing::warn!("a message that is no task goes to the dead letters");
                delivery.reject(BasicRejectOptions { requeue: false }).await
            }
            Some(id) => match self.run(id).await {
                Ok(Some(Ending::Dead { .. })) => delivery.reject(BasicRejectOptions { requeue: false }).await,
                Ok(_) => delivery.ack(BasicAckOptions::default()).await,
                Err(error) => {
                    tracing::warn!(%error, task.id = %id, "a task could not be begun");
                    sleep(LOOK).await;
                    delivery.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await
                }
            },
        };
        if let Err(error) = answered {
            tracing::debug!(%error, "a delivery comes again; its task is not begun again");
        }
    }

    /// `None` where there was nothing to do, or the ending is not known: then the row is due again in time.
    async fn run(&self, id: TaskId) -> Result<Option<Ending>> {
        let Some(claim) = self.store.begin_task(id, now(), in_future(LEASE)).await? else { return Ok(None) };
        let task = claim.task.clone();
        match self.runner.run(claim).await {
            Ok(ending) => {
                self.outcomes.copy(&task, &ending).await;
                Ok(Some(ending))
            }
            Err(error) => {
                tracing::warn!(%error, task.id = %id, "a task will be due again");
                Ok(None)
            }
        }
    }
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

async fn within<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(unavailable),
        Err(_) => Err(Error::unavailable(DEPENDENCY, "no answer in time")),
    }
}

fn unavailable(error: lapin::Error) -> Error {
    Error::unavailable(DEPENDENCY, error)
}

#[cfg(test)]
mod tests;
