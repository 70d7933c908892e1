//! `cargo xtask bench`: builds what is measured and what measures it, both optimised, and lets the load tool do the
//! rest: it starts the server on one core, itself stays on another, prints the table and writes the JSON.

use std::process::Command;

use anyhow::{Context as _, Result};
use studyhall_engines::{Engine, Engines, Programs};

use crate::project::Project;
use crate::run::build_server;
use crate::services::native;
use crate::web::{self, Flavour};
use crate::{cluster, needs, shell};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// What goes on to `studyhall-load bench`, after `--`.
    #[arg(last = true)]
    load: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    #[default]
    Embedded,
    /// Two nodes on engines that are started for it, and taken away again.
    Clustered,
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
    load.args(&args.load);
    let measure = |load: &mut Command| shell::step("measuring", || shell::run(load));
    match args.mode {
        Mode::Embedded => measure(&mut load),
        Mode::Clustered => on_engines(project, |engines| {
            load.envs(cluster::environment(engines)?).args(["--mode", "clustered"]);
            for engine in Engine::ALL {
                let pid = engines.pid(engine).with_context(|| format!("{engine} has ended"))?;
                load.arg("--engine").arg(format!("{}={pid}", engine.name()));
            }
            measure(&mut load)
        }),
    }
}

/// Engines of its own, empty, for as long as `work` takes.
fn on_engines(project: &Project, work: impl FnOnce(&Engines) -> Result<()>) -> Result<()> {
    let tools = project.cache.join("tools");
    let programs = Programs::new(&tools);
    let dir = std::env::temp_dir().join(format!("studyhall-bench-{}", needs::user_id()));
    let engines = Engines::new(&dir, programs.clone());
    engines.remove()?;
    shell::step("PostgreSQL, MongoDB, Redis, RabbitMQ and an S3 server", || {
        native::install(&programs, &tools)?;
        engines.start(&Engine::ALL)
    })?;
    let outcome = work(&engines);
    shell::step("stopping the services", || engines.remove())?;
    outcome
}
