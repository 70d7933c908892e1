//! `cargo xtask cluster`: nodes in clustered mode on native services, for trying it out. Ctrl+C stops the nodes; the
//! services and their data stay until `--down`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use studyhall_engines::{Engine, Engines, Programs};

use crate::project::Project;
use crate::services::native;
use crate::shell;
use crate::web::{self, Flavour};
use crate::{needs, run};

/// Where the first node listens; the others follow.
const FIRST_PORT: u16 = 8100;
/// For trying it out on this machine, where everybody may know it.
const SECRET: &str = "the secret of a cluster that only tries things out";

#[derive(clap::Args)]
pub struct Args {
    /// How many nodes.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=9))]
    nodes: u16,
    /// The optimised builds instead of the quick ones.
    #[arg(long)]
    release: bool,
    /// Stop the services of an earlier run and throw the data away, and nothing else.
    #[arg(long)]
    down: bool,
}

pub fn cluster(project: &Project, args: &Args) -> Result<()> {
    let tools = project.cache.join("tools");
    let programs = Programs::new(&tools);
    let dir = std::env::temp_dir().join(format!("studyhall-cluster-{}", needs::user_id()));
    let engines = Engines::new(&dir, programs.clone());
    if args.down {
        return shell::step("stopping the services", || engines.remove());
    }
    let (flavour, profile) = if args.release { (Flavour::Release, "release") } else { (Flavour::Quick, "dev") };
    run::build(project, flavour, profile)?;
    shell::step("PostgreSQL, MongoDB, Redis, RabbitMQ and an S3 server", || {
        native::install(&programs, &tools)?;
        engines.start(&Engine::ALL)
    })?;
    let environment = environment(&engines)?;
    let mut nodes = Vec::new();
    for port in (FIRST_PORT..).take(args.nodes.into()) {
        let mut node = Command::new(project.binary(profile, "studyhall"));
        node.current_dir(&project.root)
            .envs(&environment)
            .arg("serve")
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"));
        node.arg("--web-dir").arg(web::dist(project)).stdin(Stdio::null());
        // One of them is enough to make the demo data.
        if port == FIRST_PORT {
            node.arg("--demo");
        }
        nodes.push(node.spawn().with_context(|| format!("cannot start `{}`", shell::line(&node)))?);
    }
    banner(args.nodes);
    let outcome = until_all_end(&mut nodes);
    for node in &mut nodes {
        // Ctrl+C reached them, too; what is left ends here.
        let _ = node.kill();
        let _ = node.wait();
    }
    outcome
}

/// The variables of the server for what runs in `engines`.
pub fn environment(engines: &Engines) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    for engine in Engine::ALL {
        found.extend(engines.variables(engine)?);
    }
    let names = [
        ("POSTGRES_URL", "DATABASE_URL"),
        ("MONGODB_URL", "MONGODB_URL"),
        ("REDIS_URL", "REDIS_URL"),
        ("AMQP_URL", "AMQP_URL"),
        ("S3_ENDPOINT", "S3_ENDPOINT"),
        ("S3_BUCKET", "S3_BUCKET"),
        ("S3_REGION", "S3_REGION"),
        ("S3_ACCESS_KEY", "S3_ACCESS_KEY"),
        ("S3_SECRET_KEY", "S3_SECRET_KEY"),
    ];
    let mut environment = HashMap::new();
    for (engine, server) in names {
        let value = found.remove(engine).with_context(|| format!("the services do not say {engine}"))?;
        environment.insert(format!("STUDYHALL_{server}"), value);
    }
    environment.insert("STUDYHALL_MODE".to_owned(), "clustered".to_owned());
    environment.insert("STUDYHALL_SECRET".to_owned(), SECRET.to_owned());
    Ok(environment)
}

fn banner(nodes: u16) {
    let mut addresses = String::new();
    for port in (FIRST_PORT..).take(nodes.into()) {
        let _ = write!(addresses, "\n    http://127.0.0.1:{port}");
    }
    println!(
        "\n{nodes} nodes of one community:\n{addresses}\n\nSign in on each as jason, admintest, modtest, usertest or guesttest \
         with the password amivaplus. Kill one,\nand its people go on at another address. Ctrl+C stops the nodes; `cargo xtask cluster \
         --down` stops the services.\n"
    );
}

fn until_all_end(nodes: &mut [Child]) -> Result<()> {
    // As a person tries things out by killing nodes, the others go on until the last.
    loop {
        let mut running = 0;
        for node in nodes.iter_mut() {
            match node.try_wait()? {
                None => running += 1,
                Some(status) if has_failed(status) => bail!("a node ended with {status}"),
                Some(_) => {}
            }
        }
        if running == 0 {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Whether it ended by itself with a failure, rather than by a signal.
fn has_failed(status: std::process::ExitStatus) -> bool {
    status.code().is_some_and(|code| code != 0)
}
