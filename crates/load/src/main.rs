//! `studyhall-load`: measures a release build of Studyhall through its public interface, beside limits that are taken
//! on the same machine in the same run.

mod baseline;
mod bench;
mod http;
mod process;
mod report;
mod seed;
mod simulate;
mod studyhall;
mod swarm;
mod ws;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{
    baseline::Baseline,
    bench::{Engine, Group, Mode, Plan, Programs},
};

#[derive(Parser)]
#[command(version, about = "Measures Studyhall, and the bare servers that are its limits")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a server per measurement on core 0, drives it from core 1, and prints each figure beside its limit
    Bench {
        /// Short measurements, to see that everything works; the figures are rough
        #[arg(long)]
        quick: bool,
        #[arg(long, value_enum, default_value_t)]
        mode: Mode,
        /// In clustered mode: an engine and its process, `NAME=PID`; the environment says how nodes reach it
        #[arg(long = "engine")]
        engines: Vec<Engine>,
        /// Measure these alone
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<Group>,
        /// The `studyhall` binary, a release build; the one beside this program by default
        #[arg(long)]
        server: Option<PathBuf>,
        /// Write the figures to this file, too
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Says what a community of a given size needs, from measured costs and stated habits; the same seed, the same answer
    Simulate(simulate::Args),
    /// Does to a server what the simulation of an hour says, and compares deliveries and CPU
    Replay {
        #[command(flatten)]
        simulation: simulate::Args,
        /// The `studyhall` binary, a release build; the one beside this program by default
        #[arg(long)]
        server: Option<PathBuf>,
    },
    /// Runs one of the bare servers that are the limits
    Baseline {
        #[command(subcommand)]
        which: Baseline,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Baseline { which } => which.run().map(|()| ExitCode::SUCCESS),
        Command::Simulate(args) => {
            simulate::run(&args);
            Ok(ExitCode::SUCCESS)
        }
        Command::Replay { simulation, server } => {
            let server = server.map_or_else(server_beside_this, Ok)?;
            let report = simulate::replay(&simulation, &Programs { server, engines: Vec::new() })?;
            Ok(if report.pass() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Bench { quick, mode, engines, only, server, json } => {
            let server = server.map_or_else(server_beside_this, Ok)?;
            let groups = if only.is_empty() { Group::all(mode).to_vec() } else { only };
            let plan = if quick { Plan::QUICK } else { Plan::FULL };
            let report = bench::run(&groups, mode, plan, &Programs { server, engines })?;
            report.print();
            if let Some(path) = json {
                report.write_json(&path)?;
            }
            Ok(if report.pass() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn server_beside_this() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    Ok(this.parent().context("this program is nowhere")?.join("studyhall"))
}
