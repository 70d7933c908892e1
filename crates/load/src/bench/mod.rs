//! The measurements: each starts its servers, drives them, and gives figures beside limits of the same run.

mod client;
mod cluster;
mod costs;
mod deployment;
mod fanout;
mod groups;
mod history;
mod join_storm;
mod memory;
mod room;
mod sends;
mod startup;
mod stats;

pub use deployment::Engine;
pub use stats::percentile_ms;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use self::deployment::Deployment;
use crate::{
    process,
    report::{Figure, Report},
};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Sizes of the rooms, in sockets.
    pub rooms: &'static [usize],
    /// How often ours and each limit take turns; the medians count. Whatever else the machine does meets both.
    pub rounds: usize,
    /// The length of one turn.
    pub window: Duration,
    /// How often search is asked for a fresh message.
    pub searches: usize,
    pub idle_sockets: usize,
    /// Messages in the long conversation.
    pub history: usize,
    /// Connected members of the crowd, and how many more come in, [`join_storm::PER_S`] a second.
    pub crowd: usize,
    pub joins: usize,
    /// Members of the large group, few of whom are connected.
    pub members: usize,
}

impl Plan {
    /// What the figures of record are taken with.
    pub const FULL: Self = Self {
        rooms: &[50, 500, 2_000],
        rounds: 5,
        window: Duration::from_secs(1),
        searches: 10,
        idle_sockets: 5_000,
        history: 1_000_000,
        crowd: 2_000,
        joins: 1_000,
        members: 10_000,
    };
    /// To see that everything works; the figures are rough.
    pub const QUICK: Self = Self {
        rooms: &[50, 500],
        rounds: 1,
        window: Duration::from_millis(500),
        searches: 3,
        idle_sockets: 1_000,
        history: 20_000,
        crowd: 500,
        joins: 200,
        members: 10_000,
    };
}

/// What is measured.
pub struct Programs {
    /// The `studyhall` binary.
    pub server: PathBuf,
    /// In clustered mode, whose processes are looked at. Where they are reached is in the environment.
    pub engines: Vec<Engine>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    #[default]
    Embedded,
    /// Two nodes on engines
    Clustered,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// The bare rooms alone; needs no Studyhall
    Limits,
    /// Deliveries per CPU-second and their latency
    Fanout,
    /// Durable sends, and how far search is behind them
    Sends,
    /// Fan-out to a crowd, a storm of joins, and what a group's size costs
    Groups,
    /// At start, and per idle socket
    Memory,
    /// A page of a long history
    History,
    /// From the process's start to listening
    Startup,
    /// What the web client's first load fetches
    Client,
    /// What the simulation counts with
    Costs,
}

impl Group {
    /// Everything that is measured unless told otherwise.
    const EMBEDDED: &[Self] = &[
        Self::Fanout,
        Self::Sends,
        Self::Groups,
        Self::Memory,
        Self::History,
        Self::Startup,
        Self::Client,
        Self::Costs,
    ];
    const CLUSTERED: &[Self] = &[Self::Fanout, Self::Sends, Self::Memory, Self::Costs];

    /// Everything that is measured in a mode unless told otherwise.
    pub const fn all(mode: Mode) -> &'static [Self] {
        match mode {
            Mode::Embedded => Self::EMBEDDED,
            Mode::Clustered => Self::CLUSTERED,
        }
    }

    fn figures(self, mode: Mode, plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
        match (mode, self) {
            (_, Self::Limits) => fanout::limit_figures(plan),
            (Mode::Embedded, Self::Fanout) => fanout::figures(plan, programs),
            (Mode::Embedded, Self::Sends) => sends::figures(plan, programs),
            (Mode::Embedded, Self::Memory) => memory::figures(plan, programs),
            (Mode::Embedded, Self::Costs) => costs::figures(plan, &Deployment::embedded(&programs.server)?),
            (Mode::Embedded, Self::Groups) => groups::figures(plan, programs),
            (Mode::Embedded, Self::History) => history::figures(plan, programs),
            (Mode::Embedded, Self::Startup) => startup::figures(plan, programs),
            (Mode::Embedded, Self::Client) => client::figures(plan, programs),
            (Mode::Clustered, Self::Fanout) => cluster::fan_out(plan, programs),
            (Mode::Clustered, Self::Sends) => cluster::sends(plan, programs),
            (Mode::Clustered, Self::Memory) => cluster::memory(programs),
            (Mode::Clustered, Self::Costs) => costs::figures(plan, &Deployment::clustered(programs, 2)?),
            (Mode::Clustered, Self::Groups | Self::History | Self::Startup | Self::Client) => {
                bail!("this is measured in embedded mode")
            }
        }
    }
}

/// Measures `groups` one after the other. What cannot be measured is in the report's failures.
pub fn run(groups: &[Group], mode: Mode, plan: Plan, programs: &Programs) -> anyhow::Result<Report> {
    process::open_many_files()?;
    // The engines, two nodes and the client share what cores there are.
    if mode == Mode::Embedded {
        process::bind_this_process()?;
    }
    let mut report = Report::default();
    for group in groups {
        match group.figures(mode, plan, programs).with_context(|| format!("{group:?}")) {
            Ok(figures) => report.add(figures),
            Err(error) => report.failures.push(format!("{error:#}")),
        }
    }
    Ok(report)
}
