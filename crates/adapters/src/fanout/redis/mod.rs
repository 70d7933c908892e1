//! Fan-out between nodes by Redis pub/sub: one channel for each stream with local sockets, and one that every node
//! hears.
//!
//! What this node publishes reaches its own hub at once, on the thread that publishes, and Redis by a bounded queue; what
//! comes back of it is left out. So chat on this node never waits for Redis and never depends on it.
//!
//! What can be lost is found in the log. A hub compares heads
//! - when the subscriptions were lost, and when they are back (`subscriber`);
//! - for a stream, when its subscription begins to count, since events may have come in between;
//! - every two seconds while this node or another one cannot be relied on: its own connections are down, or another
//!   node's heartbeat is missing (`peers`);
//! - when a heartbeat says that its node could not tell something.
//!
//! So two nodes still converge within seconds without Redis.

mod packet;
mod peers;
mod publisher;
mod subscriber;

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use studyhall_domain::{
    Error, Result,
    ports::{Fanout, Health, Live, Receiver},
};
use studyhall_wire::StreamId;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::interval,
};
use uuid::Uuid;

use self::{
    packet::{Channel, Packet, channel, decode, encode},
    peers::Peers,
};
use crate::redis::{DEPENDENCY, Redis};

/// Messages that may wait for Redis. What does not fit is lost, and told so.
const WAITING: usize = 16 * 1024;
/// How often a node says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How often heads are compared while something is wrong, in heartbeats.
const COMPARE: u32 = 2;

/// Fan-out by Redis. Ends with its value.
pub struct RedisFanout {
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 3],
}

/// What the parts of the fan-out know in common.
struct Shared {
    redis: Redis,
    /// This process, for as long as it lives.
    node: Uuid,
    receiver: OnceLock<Arc<dyn Receiver>>,
    queue: mpsc::Sender<(Channel, Bytes)>,
    /// Streams with local sockets, and how often each was asked for.
    wanted: Mutex<HashMap<StreamId, usize>>,
    /// Those of which this may have changed, since the connection was told.
    changed: Mutex<Vec<StreamId>>,
    wanted_changed: Notify,
    /// The subscriptions hold.
    listening: AtomicBool,
    /// The last messages left.
    speaking: AtomicBool,
    lost: AtomicU64,
    peers: Peers,
}

impl RedisFanout {
    /// Connects on `redis`'s runtime, in connections of its own, and goes on trying for as long as it is there.
    #[must_use]
    pub fn start(redis: Redis) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let runtime = redis.runtime().clone();
        let shared = Arc::new(Shared {
            redis,
            node: Uuid::now_v7(),
            receiver: OnceLock::new(),
            queue,
            wanted: Mutex::default(),
            changed: Mutex::default(),
            wanted_changed: Notify::new(),
            listening: AtomicBool::new(false),
            speaking: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            peers: Peers::default(),
        });
        let tasks = [
            runtime.spawn(publisher::run(Arc::clone(&shared), waiting)),
            runtime.spawn(subscriber::run(Arc::clone(&shared))),
            runtime.spawn(watch(Arc::clone(&shared))),
        ];
        Self { shared, tasks }
    }
}

impl Drop for RedisFanout {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Fanout for RedisFanout {
    /// What is published before a hub is attached reaches the other nodes alone: there is no socket yet.
    fn publish(&self, message: Live) {
        self.shared.tell(channel(&message), &Packet::Live(message.clone()));
        if let Some(receiver) = self.shared.receiver.get() {
            receiver.receive(message);
        }
    }

    fn interest(&self, stream: StreamId, wanted: bool) {
        self.shared.interest(stream, wanted);
    }

    /// # Panics
    /// Where a hub is attached already: a defect of the boot sequence.
    fn attach(&self, receiver: Arc<dyn Receiver>) {
        assert!(self.shared.receiver.set(receiver).is_ok(), "a hub is attached already");
    }
}

#[async_trait]
impl Health for RedisFanout {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    /// Redis answers, and this node hears and is heard.
    async fn check(&self) -> Result<()> {
        self.shared.redis.ping().await?;
        if self.shared.is_connected() {
            Ok(())
        } else {
            Err(Error::unavailable(DEPENDENCY, "the fan-out is not connected"))
        }
    }
}

impl Shared {
    fn is_connected(&self) -> bool {
        self.listening.load(Ordering::Relaxed) && self.speaking.load(Ordering::Relaxed)
    }

    /// Queues a message for other nodes. One that does not fit is lost.
    fn tell(&self, channel: Channel, packet: &Packet) {
        // Without Redis there is nothing to wait for: do not even encode.
        if !self.speaking.load(Ordering::Relaxed) && matches!(packet, Packet::Live(_)) {
            return self.lose(1);
        }
        if self.queue.try_send((channel, encode(self.node, packet))).is_err() {
            self.lose(1);
        }
    }

    /// Says that this node is there.
    fn beat(&self) {
        self.tell(Channel::Nodes, &Packet::Heartbeat { lost: self.lost.load(Ordering::Relaxed) });
    }

    fn lose(&self, messages: usize) {
        self.lost.fetch_add(messages as u64, Ordering::Relaxed);
        metrics::counter!("studyhall_fanout_lost_total").increment(messages as u64);
    }

    fn interest(&self, stream: StreamId, wanted: bool) {
        let mut streams = self.wanted.lock();
        if wanted {
            *streams.entry(stream).or_default() += 1;
        } else if let Some(times) = streams.get_mut(&stream) {
            *times -= 1;
            if *times == 0 {
                streams.remove(&stream);
            }
        }
        drop(streams);
        self.changed.lock().push(stream);
        self.wanted_changed.notify_one();
    }

    fn channel_name(&self, channel: Channel) -> String {
        match channel {
            Channel::Stream(stream) => self.redis.key(format_args!("stream:{}", stream.0.simple())),
            Channel::Nodes => self.redis.key("nodes"),
        }
    }

    /// A message came from Redis.
    fn hear(&self, payload: Vec<u8>) {
        let Some((node, packet)) = decode(payload) else {
            metrics::counter!("studyhall_fanout_unknown_total").increment(1);
            return;
        };
        if node == self.node {
            return;
        }
        match packet {
            Packet::Live(message) => {
                if let Some(receiver) = self.receiver.get() {
                    receiver.receive(message);
                }
            }
            Packet::Heartbeat { lost } => {
                if self.peers.heard(node, lost, Instant::now()) {
                    self.resync();
                }
            }
        }
    }

    fn resync(&self) {
        if let Some(receiver) = self.receiver.get() {
            receiver.resync();
        }
    }
}

/// Says that this node is there, and has heads compared while something is wrong.
async fn watch(shared: Arc<Shared>) {
    let mut beats = interval(HEARTBEAT);
    let mut wrong_for = 0;
    loop {
        beats.tick().await;
        shared.beat();
        let connected = shared.is_connected();
        metrics::gauge!("studyhall_fanout_connected").set(f64::from(u8::from(connected)));
        if connected && !shared.peers.any_silent(Instant::now()) {
            wrong_for = 0;
            continue;
        }
        if wrong_for % COMPARE == 0 {
            shared.resync();
        }
        wrong_for += 1;
    }
}

#[cfg(test)]
mod tests;
