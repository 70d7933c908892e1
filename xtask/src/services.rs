//! `cargo xtask services`: the engines that tests and clustered mode need, from one of two providers: Docker compose
//! where there is an engine for it, else processes of this machine on loopback, in a temporary folder. Tests find them
//! by `STUDYHALL_TEST_*` variables; each test makes its own database, bucket prefix and so on in them.

mod docker;
pub mod native;

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use studyhall_engines::Variable;

use crate::project::Project;
use crate::shell;

/// Before the name of each variable. The server ignores these, so that they configure tests alone.
const PREFIX: &str = "STUDYHALL_TEST_";

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Processes of this machine in this folder, as an instance of one's own, whatever else runs.
    #[arg(long, global = true, env = "STUDYHALL_SERVICES_DIR")]
    dir: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Start them, and wait until each of them answers.
    Up,
    /// Stop them and throw their data away.
    Down,
    /// Print the `STUDYHALL_TEST_*` variables by which tests find them, for `eval`.
    Env,
}

/// Where the services come from.
pub enum Services {
    Native(native::Native),
    Docker(docker::Docker),
}

pub fn services(project: &Project, args: &Args) -> Result<()> {
    let services = Services::choose(project, args.dir.clone());
    match args.action {
        Action::Up => services.up(),
        Action::Down => services.down(),
        Action::Env => {
            for (name, value) in services.variables()? {
                println!("export {PREFIX}{name}='{value}'");
            }
            Ok(())
        }
    }
}

impl Services {
    /// `dir`: an own instance there.
    fn choose(project: &Project, dir: Option<PathBuf>) -> Self {
        match dir {
            None if docker::is_at_hand() => Self::Docker(docker::Docker::new(project)),
            dir => Self::Native(native::Native::new(project, dir)),
        }
    }

    fn up(&self) -> Result<()> {
        shell::step("PostgreSQL, MongoDB, Redis, RabbitMQ and an S3 server", || match self {
            Self::Native(native) => native.up(),
            Self::Docker(docker) => docker.up(),
        })
    }

    fn down(&self) -> Result<()> {
        shell::step("stopping the services", || match self {
            Self::Native(native) => native.down(),
            Self::Docker(docker) => docker.down(),
        })
    }

    fn is_up(&self) -> bool {
        match self {
            Self::Native(native) => native.is_up(),
            Self::Docker(docker) => docker.is_up(),
        }
    }

    fn variables(&self) -> Result<Vec<Variable>> {
        match self {
            Self::Native(native) => native.variables(),
            Self::Docker(docker) => docker.variables(),
        }
    }
}

/// Services for the length of a test run: brought up if they were not, and then taken down again.
pub struct Lease {
    /// What is to be taken down.
    ours: Option<Services>,
    /// By which the tests find them.
    pub variables: Vec<(String, String)>,
}

impl Lease {
    /// Nothing is started where the environment names services already.
    pub fn take(project: &Project) -> Result<Self> {
        if env::var_os(format!("{PREFIX}POSTGRES_URL")).is_some() {
            shell::note("using the services that the environment names");
            return Ok(Self { ours: None, variables: Vec::new() });
        }
        let services = Services::choose(project, env::var_os("STUDYHALL_SERVICES_DIR").map(PathBuf::from));
        let were_up = services.is_up();
        services.up()?;
        let named = |(name, value)| (format!("{PREFIX}{name}"), value);
        let variables = services.variables()?.into_iter().map(named).collect();
        Ok(Self { ours: (!were_up).then_some(services), variables })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(services) = &self.ours
            && let Err(error) = services.down()
        {
            shell::warning(&format!("{error:#}"));
        }
    }
}
