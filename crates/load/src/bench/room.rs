//! One conversation with many sockets, driven from one thread: the same driver for Studyhall and for the bare rooms.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};
use uuid::Uuid;

use crate::{process::Server, studyhall::Conversation, swarm::Swarm};

/// The socket that sends; it is one of those that receive.
const PUBLISHER: usize = 0;
/// The length of a message's text, in bytes.
pub const TEXT: usize = 180;
/// A message that is not everywhere after this long is lost.
const LOST: Duration = Duration::from_secs(20);
/// Nothing comes any more after a pause of this length.
const QUIET: Duration = Duration::from_millis(200);

/// How a server wants its messages, and what a delivery looks like.
pub enum Dialect {
    /// A text of this many bytes goes to every socket as it is.
    Bare(usize),
    /// `send` frames in, `message.created` events out.
    Studyhall(Conversation),
}

/// What a flood came to.
#[derive(Clone, Copy, Debug)]
pub struct Flood {
    pub deliveries: u64,
    pub server_cpu: Duration,
    /// How long the client had something to do.
    pub client_busy: Duration,
    pub wall: Duration,
    /// Bytes of payload per delivery.
    pub frame_bytes: u64,
}

impl Flood {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 deliveries")]
    pub fn per_cpu_second(&self) -> f64 {
        self.deliveries as f64 / self.server_cpu.as_secs_f64()
    }

    /// The client's share of its core. Near 1, the figure is the client's limit, not the server's.
    pub fn client_load(&self) -> f64 {
        self.client_busy.as_secs_f64() / self.wall.as_secs_f64()
    }

    pub fn server_load(&self) -> f64 {
        self.server_cpu.as_secs_f64() / self.wall.as_secs_f64()
    }
}

/// Sockets in one conversation.
pub struct Room {
    swarm: Swarm,
    dialect: Dialect,
    /// How many messages each socket has had.
    delivered: Vec<u64>,
    /// The number of the first message in `pending`, counted from 0.
    oldest: u64,
    pending: VecDeque<Pending>,
    bytes: u64,
    /// Time spent looking at sockets that had nothing.
    idle: Duration,
}

struct Pending {
    /// Sockets that have not had it yet.
    missing: usize,
    due: Instant,
}

impl Room {
    /// A room over sockets that are connected and, where there is such a thing, signed in.
    pub fn new(swarm: Swarm, dialect: Dialect) -> anyhow::Result<Self> {
        let delivered = vec![0; swarm.len()];
        let mut room =
            Self { swarm, dialect, delivered, oldest: 0, pending: VecDeque::new(), bytes: 0, idle: Duration::ZERO };
        room.settle()?;
        Ok(room)
    }

    /// Enters a bare room with `sockets` sockets, to send texts of `bytes` bytes.
    pub fn bare(server: &Server, sockets: usize, bytes: usize) -> anyhow::Result<Self> {
        let mut swarm = Swarm::new()?;
        for _ in 0..sockets {
            swarm.connect(server.addr, "/ws", None)?;
        }
        Self::new(swarm, Dialect::Bare(bytes))
    }

    /// Its sockets, for something else, and the seq of the last message in a conversation.
    pub fn into_swarm(self) -> (Swarm, u64) {
        let head = match &self.dialect {
            Dialect::Bare(_) => 0,
            Dialect::Studyhall(conversation) => conversation.head,
        };
        (self.swarm, head + self.oldest)
    }

    /// Reads until nothing comes any more.
    fn settle(&mut self) -> anyhow::Result<()> {
        let mut last = Instant::now();
        while last.elapsed() < QUIET {
            self.swarm.poll(QUIET, |_, _| last = Instant::now())?;
        }
        Ok(())
    }

    /// Says that the clients are still there, and waits until that is answered: outside of what is measured.
    pub fn heartbeat(&mut self) -> anyhow::Result<()> {
        if matches!(self.dialect, Dialect::Studyhall(_)) {
            for socket in 0..self.swarm.len() {
                self.swarm.queue(socket, br#"{"op":"ping"}"#);
                self.swarm.flush(socket)?;
            }
            self.settle()?;
        }
        Ok(())
    }

    /// Keeps `in_flight` messages under way for `window`: a message is under way until every socket has it.
    pub fn flood(&mut self, servers: &[Server], in_flight: usize, window: Duration) -> anyhow::Result<Flood> {
        self.pump(in_flight, window / 10)?;
        (self.bytes, self.idle) = (0, Duration::ZERO);
        let before = servers.iter().map(Server::usage).collect::<anyhow::Result<Vec<_>>>()?;
        let (started, first) = (Instant::now(), self.oldest);
        self.pump(in_flight, window)?;
        let wall = started.elapsed();
        let deliveries = (self.oldest - first) * self.swarm.len() as u64;
        let after = servers.iter().map(Server::usage).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Flood {
            deliveries,
            server_cpu: after.iter().zip(&before).map(|(after, before)| after.since(before)).sum(),
            client_busy: wall.saturating_sub(self.idle),
            wall,
            frame_bytes: self.bytes / deliveries.max(1),
        })
    }

    fn pump(&mut self, in_flight: usize, window: Duration) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let open = started.elapsed() < window;
            while open && self.pending.len() < in_flight {
                self.publish(Instant::now());
            }
            if self.pending.is_empty() {
                return Ok(());
            }
            self.swarm.flush(PUBLISHER)?;
            self.receive(|_| {})?;
        }
    }

    /// Sends `rate` messages a second for `window`, whatever the server does. Gives the time from the moment at which
    /// each was due to each of its deliveries, ascending.
    pub fn pace(&mut self, rate: f64, window: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        let started = Instant::now();
        let mut sent = 0;
        loop {
            let due = started + Duration::from_secs_f64(f64::from(sent) / rate);
            let open = due < started + window;
            if open && Instant::now() >= due {
                self.publish(due);
                self.swarm.flush(PUBLISHER)?;
                sent += 1;
            }
            if !open && self.pending.is_empty() {
                latencies.sort_unstable();
                return Ok(latencies);
            }
            self.receive(|latency| latencies.push(latency))?;
        }
    }

    fn publish(&mut self, due: Instant) {
        let number = self.oldest + self.pending.len() as u64;
        match &self.dialect {
            Dialect::Bare(bytes) => self.swarm.queue(PUBLISHER, format!("{number:>0$}", *bytes).as_bytes()),
            Dialect::Studyhall(conversation) => {
                let text = format!("{number:>TEXT$}");
                self.swarm.queue(PUBLISHER, conversation.send(&Uuid::now_v7().to_string(), &text).as_bytes());
            }
        }
        self.pending.push_back(Pending { missing: self.swarm.len(), due });
    }

    /// Reads what is there, and tells `on_delivery` how old each delivery was.
    ///
    /// Never sleeps: to wake a sleeping client would cost the server an interrupt between cores for each send, which
    /// clients on other machines do not cost it, and the client milliseconds of timer slack.
    fn receive(&mut self, mut on_delivery: impl FnMut(Duration)) -> anyhow::Result<()> {
        let Self { swarm, dialect, delivered, oldest, pending, bytes, idle } = self;
        let looked = Instant::now();
        let mut trouble = None;
        let sockets = swarm.poll(Duration::ZERO, |socket, text| {
            let expected = delivered[socket];
            match dialect.is_delivery(text, expected) {
                Ok(false) => return,
                Ok(true) => {}
                Err(error) => {
                    trouble.get_or_insert(error);
                    return;
                }
            }
            delivered[socket] += 1;
            *bytes += text.len() as u64;
            let place = usize::try_from(expected.saturating_sub(*oldest)).unwrap_or(usize::MAX);
            let Some(message) = pending.get_mut(place) else {
                trouble.get_or_insert_with(|| anyhow!("socket {socket} got a message that nobody sent"));
                return;
            };
            message.missing -= 1;
            on_delivery(message.due.elapsed());
        })?;
        if sockets == 0 {
            *idle += looked.elapsed();
        }
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
        while pending.front().is_some_and(|message| message.missing == 0) {
            pending.pop_front();
            *oldest += 1;
        }
        if let Some(message) = pending.front() {
            ensure!(message.due.elapsed() < LOST, "message {oldest} did not reach {} sockets", message.missing);
        }
        Ok(())
    }
}

impl Dialect {
    /// Whether `text` is the delivery of a message, which has to be number `expected` on its socket.
    fn is_delivery(&self, text: &[u8], expected: u64) -> anyhow::Result<bool> {
        match self {
            Self::Bare(_) => Ok(true),
            Self::Studyhall(conversation) => match conversation.seq_of_event(text)? {
                Some(seq) => {
                    let due = conversation.head + expected + 1;
                    ensure!(seq == due, "seq {seq} where {due} was due");
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}
