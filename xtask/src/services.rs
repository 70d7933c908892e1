//! `cargo xtask services`: the outside services that tests and clustered mode need. Embedded mode, the only one so
//! far, needs none: its database, event log, queue and blobs are files in the data directory.

use crate::shell;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Start them.
    Up,
    /// Stop them.
    Down,
    /// Print the `STUDYHALL_TEST_*` variables by which tests find them, for `eval`.
    Env,
}

/// Says that there is nothing to start or stop. `env` prints no variable, which is all of them.
pub fn services(args: &Args) {
    match args.action {
        Action::Up => shell::note("embedded mode needs no services: nothing to start"),
        Action::Down => shell::note("embedded mode needs no services: nothing to stop"),
        Action::Env => {}
    }
}
