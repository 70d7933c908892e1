//! The daily commands and the set-up that a fresh machine needs: `cargo xtask run`, `test`, `web`, `services`,
//! `bench` and `dist`. Each says what it does and how long that took; what is missing is installed, or named
//! together with the command that installs it. Nothing here ships with the product.

mod bench;
mod cluster;
mod dist;
mod layers;
mod needs;
mod project;
mod run;
mod services;
mod shell;
mod test;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Studyhall's daily commands", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the client and the server and start them with demo data.
    Run(run::Args),
    /// Check everything: format, lints, docs, dependencies, tests, a fuzzer, browser.
    Test(test::Args),
    /// Build the web client into frontend/dist.
    Web(web::Args),
    /// The outside services that tests and clustered mode need.
    Services(services::Args),
    /// Start two nodes in clustered mode on native services, for trying it out.
    Cluster(cluster::Args),
    /// Measure the release build; print a table and write bench.json.
    Bench(bench::Args),
    /// Make one self-contained release binary, client included.
    Dist,
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    let project = Project::find()?;
    match command {
        Command::Run(args) => run::run(&project, &args),
        Command::Test(args) => test::test(&project, &args),
        Command::Web(args) => web::web(&project, args.flavour()),
        Command::Services(args) => services::services(&project, &args),
        Command::Cluster(args) => cluster::cluster(&project, &args),
        Command::Bench(args) => bench::bench(&project, &args),
        Command::Dist => dist::dist(&project),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        for line in [
            "x run -- --listen 127.0.0.1:0",
            "x web --release",
            "x test lint tests --ci",
            "x services env",
            "x bench --mode clustered -- --quick",
            "x services up --dir /d",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}
