//! The `studyhall` binary.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    studyhall_server::install_tls();
    studyhall_server::run(&studyhall_server::cli::Cli::parse())
}
