//! What can be done with each engine, whichever it is.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Process, Signal};
use crate::{Engines, Variable, mongo, postgres, rabbit, redis, s3};

/// How long a stop in good order may take.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Mongodb,
    Redis,
    Rabbitmq,
    S3,
}

impl Engine {
    pub const ALL: [Self; 5] = [Self::Postgres, Self::Mongodb, Self::Redis, Self::Rabbitmq, Self::S3];

    /// The word by which readiness, folders and messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mongodb => "mongodb",
            Self::Redis => "redis",
            Self::Rabbitmq => "rabbitmq",
            Self::S3 => "s3",
        }
    }

    pub(crate) fn start(self, engines: &Engines) -> Result<()> {
        match self {
            Self::Postgres => postgres::start(engines),
            Self::Mongodb => mongo::start(engines),
            Self::Redis => redis::start(engines),
            Self::Rabbitmq => rabbit::start(engines),
            Self::S3 => s3::start(engines),
        }
    }

    pub(crate) fn variables(self, engines: &Engines) -> Result<Vec<Variable>> {
        match self {
            Self::Postgres => postgres::variables(engines),
            Self::Mongodb => mongo::variables(engines),
            Self::Redis => redis::variables(engines),
            Self::Rabbitmq => rabbit::variables(engines),
            Self::S3 => s3::variables(engines),
        }
    }

    pub(crate) fn process(self, engines: &Engines) -> Process {
        Process::new(engines.dir(), self.name())
    }

    pub(crate) fn stop(self, engines: &Engines) -> Result<()> {
        let signal = match self {
            // To PostgreSQL, TERM means to wait for every client to leave.
            Self::Postgres => Signal::INT,
            Self::Mongodb | Self::Redis | Self::Rabbitmq | Self::S3 => Signal::TERM,
        };
        self.process(engines).stop(signal, PATIENCE)?;
        if self == Self::Rabbitmq { rabbit::stop_port_mapper(engines) } else { Ok(()) }
    }

    pub(crate) fn kill(self, engines: &Engines) -> Result<()> {
        let signal = match self {
            // What its documentation calls an immediate shutdown: the next start recovers as after a crash. A KILL
            // would leave its children behind, holding the shared memory that a new start refuses to overlook.
            Self::Postgres => Signal::QUIT,
            Self::Mongodb | Self::Redis | Self::Rabbitmq | Self::S3 => Signal::KILL,
        };
        self.process(engines).stop(signal, PATIENCE)
    }

    pub(crate) fn freeze(self, engines: &Engines) -> Result<()> {
        self.process(engines).signal(Signal::STOP)
    }

    pub(crate) fn thaw(self, engines: &Engines) -> Result<()> {
        self.process(engines).signal(Signal::CONT)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mongodb => "MongoDB",
            Self::Redis => "Redis",
            Self::Rabbitmq => "RabbitMQ",
            Self::S3 => "the S3 server",
        })
    }
}
