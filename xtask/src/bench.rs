//! `cargo xtask bench`: builds what is measured and what measures it, both optimised, and lets the load tool do the
//! rest: it starts the server on one core, itself stays on another, prints the table and writes the JSON.

use std::process::Command;

use anyhow::Result;

use crate::project::Project;
use crate::run::build_server;
use crate::shell;
use crate::web::{self, Flavour};

#[derive(clap::Args)]
pub struct Args {
    /// What goes on to `studyhall-load bench`, after `--`.
    #[arg(last = true)]
    load: Vec<String>,
}

/// Measures the release build. The JSON lands in `bench.json` in the workspace's root.
pub fn bench(project: &Project, args: &Args) -> Result<()> {
    shell::step("the web client", || web::web(project, Flavour::Release))?;
    shell::step("the server, optimised", || build_server(project, "release"))?;
    shell::step("the load generator, optimised", || {
        shell::run(project.cargo().args(["build", "--locked", "--release", "--package", "studyhall-load"]))
    })?;
    let mut load = Command::new(project.binary("release", "studyhall-load"));
    load.current_dir(&project.root).arg("bench");
    load.arg("--server").arg(project.binary("release", "studyhall"));
    load.arg("--json").arg(project.root.join("bench.json"));
    shell::step("measuring", || shell::run(load.args(&args.load)))
}
