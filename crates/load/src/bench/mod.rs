//! The measurements: each starts its servers, drives them, and gives figures beside limits of the same run.

mod client;
mod fanout;
mod history;
mod memory;
mod room;
mod sends;
mod startup;
mod stats;

pub use stats::percentile_ms;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::ValueEnum;

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
    };
    /// To see that everything works; the figures are rough.
    pub const QUICK: Self = Self {
        rooms: &[50, 500],
        rounds: 1,
        window: Duration::from_millis(500),
        searches: 3,
        idle_sockets: 1_000,
        history: 20_000,
    };
}

/// What is measured.
pub struct Programs {
    /// The `studyhall` binary.
    pub server: PathBuf,
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
    /// At start, and per idle socket
    Memory,
    /// A page of a long history
    History,
    /// From the process's start to listening
    Startup,
    /// What the web client's first load fetches
    Client,
}

impl Group {
    /// Everything that is measured unless told otherwise.
    pub const ALL: [Self; 6] = [Self::Fanout, Self::Sends, Self::Memory, Self::History, Self::Startup, Self::Client];

    fn figures(self, plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::Limits => fanout::limit_figures(plan),
            Self::Fanout => fanout::figures(plan, programs),
            Self::Sends => sends::figures(plan, programs),
            Self::Memory => memory::figures(plan, programs),
            Self::History => history::figures(plan, programs),
            Self::Startup => startup::figures(plan, programs),
            Self::Client => client::figures(plan, programs),
        }
    }
}

/// Measures `groups` one after the other. What cannot be measured is in the report's failures.
pub fn run(groups: &[Group], plan: Plan, programs: &Programs) -> anyhow::Result<Report> {
    process::prepare_this_process()?;
    let mut report = Report::default();
    for group in groups {
        match group.figures(plan, programs).with_context(|| format!("{group:?}")) {
            Ok(figures) => report.add(figures),
            Err(error) => report.failures.push(format!("{error:#}")),
        }
    }
    Ok(report)
}
