//! What things cost, in microseconds of CPU: measured by `studyhall-load bench --only costs` on the machine of record
//! (README, "Measured"), in the mode that the name says.

use std::ops::Add;

use crate::bench::Mode;

/// What a node has to do, each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A message or a change of one: from the sender's frame to durable, acknowledged and published.
    Message,
    /// A frame that travels alone to one socket. Under load several share a write, which costs less.
    Wake,
    /// A frame of another node's, for a stream with sockets here.
    Heard,
    /// A socket: handshake, hello, memberships, positions.
    Connect,
    /// A new access token.
    Refresh,
    /// A sign-in by password: bcrypt, on purpose.
    Password,
    /// A request for a page.
    Request,
    /// A read cursor that moves, and is told to its user's devices.
    Read,
    /// A change of presence, on each node that hears of it.
    Presence,
    /// A heartbeat: ping and pong.
    Beat,
}

pub const OPS: usize = 10;

/// Counts of each [`Op`], or the like.
pub type Counts = [f64; OPS];

/// Microseconds of CPU for one: ours, and each engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cpu {
    pub node: f64,
    pub postgres: f64,
    pub mongodb: f64,
    pub redis: f64,
}

impl Cpu {
    const fn ours(node: f64) -> Self {
        Self { node, postgres: 0.0, mongodb: 0.0, redis: 0.0 }
    }

    pub fn times(self, count: f64) -> Self {
        Self {
            node: self.node * count,
            postgres: self.postgres * count,
            mongodb: self.mongodb * count,
            redis: self.redis * count,
        }
    }
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            node: self.node + other.node,
            postgres: self.postgres + other.postgres,
            mongodb: self.mongodb + other.mongodb,
            redis: self.redis + other.redis,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// In the order of [`Op`].
    pub each: [Cpu; OPS],
    /// Resident, of an idle node, and for each socket.
    pub node_mb: f64,
    pub socket_kib: f64,
    /// Bytes of a message's frame with a text of 180, and of a message in the log with its indexes.
    pub frame_bytes: f64,
    pub stored_bytes: f64,
}

impl Costs {
    /// Of 26 November 2026, 2 cores that others used, too.
    pub const EMBEDDED: Self = Self {
        each: [
            Cpu::ours(326.0),
            Cpu::ours(7.28),
            Cpu::ours(0.0),
            Cpu::ours(564.0),
            Cpu::ours(638.0),
            Cpu::ours(237_000.0),
            Cpu::ours(294.0),
            Cpu::ours(587.0),
            Cpu::ours(55.1),
            Cpu::ours(16.6),
        ],
        node_mb: 20.0,
        socket_kib: 17.0,
        frame_bytes: 724.0,
        stored_bytes: 350.0,
    };
    /// The same day, by `--quick`. What a frame of another node's costs is too little for that to see: it is what is left
    /// of the difference between the two modes' fan-out to 500 sockets, and a publication of Redis's.
    pub const CLUSTERED: Self = Self {
        each: [
            Cpu { node: 1130.0, postgres: 264.0, mongodb: 2500.0, redis: 144.0 },
            Cpu { node: 7.9, postgres: 0.0, mongodb: 0.0, redis: 0.0 },
            Cpu { node: 44.0, postgres: 0.0, mongodb: 0.0, redis: 5.5 },
            Cpu { node: 1280.0, postgres: 1350.0, mongodb: 50.0, redis: 200.0 },
            Cpu { node: 945.0, postgres: 1050.0, mongodb: 0.0, redis: 150.0 },
            Cpu { node: 239_000.0, postgres: 5000.0, mongodb: 1250.0, redis: 1250.0 },
            Cpu { node: 1540.0, postgres: 450.0, mongodb: 1620.0, redis: 25.0 },
            Cpu { node: 1320.0, postgres: 1490.0, mongodb: 1490.0, redis: 65.8 },
            Cpu { node: 443.0, postgres: 400.0, mongodb: 0.0, redis: 100.0 },
            Cpu { node: 14.8, postgres: 0.0, mongodb: 0.0, redis: 0.0 },
        ],
        node_mb: 47.0,
        ..Self::EMBEDDED
    };

    pub const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Embedded => Self::EMBEDDED,
            Mode::Clustered => Self::CLUSTERED,
        }
    }

    pub fn sum(&self, counts: &Counts) -> Cpu {
        self.each.iter().zip(counts).fold(Cpu::default(), |sum, (cost, count)| sum + cost.times(*count))
    }
}
