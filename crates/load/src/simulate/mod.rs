//! `studyhall-load simulate`: how many nodes and which engines a community of a given size needs, from what things cost
//! where they were measured ([`costs`]) and from what people are assumed to do ([`habits`]). The same seed gives the same
//! answer. `replay` does to a real server what the simulation of a small community says, and compares.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an estimate: numbers far below 2^52, and rounding is meant"
)]

mod chance;
mod community;
mod costs;
mod habits;
mod morning;
mod need;
mod replay;
#[cfg(test)]
mod tests;

use self::{chance::Chance, community::Community, costs::Costs, habits::Habits, need::Need};
use crate::bench::{Mode, Programs};

/// When the node is lost: at the peak.
const PEAK_S: u32 = Habits::SCHOOL.peak_s as u32 + 300;

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Accounts
    #[arg(long, default_value_t = 50_000)]
    users: u32,
    #[arg(long, value_enum, default_value_t = Mode::Clustered)]
    mode: Mode,
    /// Nodes; by default as few as carry the morning with one of them lost
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=128))]
    nodes: Option<u32>,
    /// Cores of a node, each like one of the machine of record
    #[arg(long, default_value_t = 4.0)]
    cores: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Simulates, and prints what is needed as a table in Markdown.
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
pub fn run(args: &Args) {
    println!("{}", need(args).table());
}

/// Does on a real server what the simulation of `args.users` says, and compares.
pub fn replay(args: &Args, programs: &Programs) -> anyhow::Result<crate::report::Report> {
    let mut report = crate::report::Report::default();
    report.add(replay::figures(args.users, args.seed, programs)?);
    Ok(report)
}

fn need(args: &Args) -> Need {
    let (habits, costs) = (Habits::SCHOOL, Costs::of(args.mode));
    let mut chance = Chance::new(args.seed);
    let community = Community::draw(args.users, &habits, &mut chance);
    let mut nodes = args.nodes.unwrap_or(if args.mode == Mode::Embedded { 1 } else { 2 });
    loop {
        let lost_at = (nodes > 1).then_some(PEAK_S);
        let setting = morning::Setting { nodes, cores: args.cores, lost_at };
        let seconds = morning::live(&community, &habits, &costs, setting, chance.clone(), |_| ());
        let need = Need::new(&community, &habits, &costs, setting, &seconds);
        if args.nodes.is_some() || args.mode == Mode::Embedded || need.fits() || nodes == 128 {
            return need;
        }
        nodes = need.nodes_wanted().max(nodes + 1).min(128);
    }
}
