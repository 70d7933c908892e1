//! PostgreSQL, MongoDB, Redis, RabbitMQ and an S3 server as processes of this machine: on loopback, on ports of their
//! own, in one folder. `cargo xtask services` and `cargo xtask cluster` start all of them, a test of faults starts
//! the one that it means to hurt.
//!
//! What runs is written in the folder, so that a later process finds, stops or restarts it; ports stay the same over
//! a restart. Nothing here installs anything: the programs are looked up, and an error names what is missing.

mod engine;
mod mongo;
mod ports;
mod postgres;
mod probe;
mod process;
mod programs;
mod rabbit;
mod redis;
mod s3;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};

pub use engine::Engine;
pub use ports::free_port;
pub use programs::Programs;

/// Engines that share a folder.
#[derive(Clone, Debug)]
pub struct Engines {
    dir: PathBuf,
    programs: Programs,
}

/// The name of a variable without its prefix (`POSTGRES_URL`), and its value.
pub type Variable = (&'static str, String);

impl Engines {
    /// Those in `dir`, which need not exist. Nothing is started.
    pub fn new(dir: impl Into<PathBuf>, programs: Programs) -> Self {
        Self { dir: dir.into(), programs }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts what does not run, and waits until it answers. The error carries the end of the engine's own log.
    pub fn start(&self, engines: &[Engine]) -> Result<()> {
        self.prepare()?;
        let _one_at_a_time = self.lock()?;
        // Side by side: each of them mostly waits for itself.
        let outcomes: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = engines
                .iter()
                .map(|engine| scope.spawn(move || engine.start(self).with_context(|| format!("cannot start {engine}"))))
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("broke down")))).collect()
        });
        outcomes.into_iter().collect()
    }

    /// Stops in good order, and waits for the end; whatever takes too long is killed. The data stays.
    pub fn stop(&self, engines: &[Engine]) -> Result<()> {
        thread::scope(|scope| {
            let stopping: Vec<_> = engines.iter().map(|engine| scope.spawn(move || engine.stop(self))).collect();
            stopping.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("broke down"))))
        })
    }

    /// Ends it as a crash would: at once, with nothing written down.
    pub fn kill(&self, engine: Engine) -> Result<()> {
        engine.kill(self)
    }

    /// Freezes it: connections stay open and nothing answers, until [`thaw`](Self::thaw).
    pub fn freeze(&self, engine: Engine) -> Result<()> {
        engine.freeze(self)
    }

    pub fn thaw(&self, engine: Engine) -> Result<()> {
        engine.thaw(self)
    }

    /// Whether its process lives.
    pub fn runs(&self, engine: Engine) -> bool {
        engine.process(self).is_alive()
    }

    /// The process that was started, if it lives; it may have started others.
    pub fn pid(&self, engine: Engine) -> Option<u32> {
        u32::try_from(engine.process(self).pid()?.as_raw_nonzero().get()).ok()
    }

    /// How clients reach it. Valid once it was started.
    pub fn variables(&self, engine: Engine) -> Result<Vec<Variable>> {
        engine.variables(self)
    }

    /// Stops everything and removes the folder.
    pub fn remove(&self) -> Result<()> {
        if !self.dir.exists() {
            return Ok(());
        }
        self.check_owner()?;
        {
            let _one_at_a_time = self.lock()?;
            self.stop(&Engine::ALL)?;
        }
        fs::remove_dir_all(&self.dir).with_context(|| format!("cannot remove {}", self.dir.display()))
    }

    /// A folder of this engine's own.
    fn place(&self, engine: Engine) -> Result<PathBuf> {
        let place = self.dir.join(engine.name());
        fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        Ok(place)
    }

    fn prepare(&self) -> Result<()> {
        fs::create_dir_all(&self.dir).with_context(|| format!("cannot make {}", self.dir.display()))?;
        self.check_owner()?;
        // Others may pass through, for the engine that refuses to run as root.
        fs::set_permissions(&self.dir, Permissions::from_mode(0o711))?;
        Ok(())
    }

    /// The folder may be one with a known name in a temporary directory that everybody writes to.
    fn check_owner(&self) -> Result<()> {
        let owner = fs::symlink_metadata(&self.dir)?;
        if !owner.is_dir() || owner.uid() != rustix::process::getuid().as_raw() {
            bail!("{} belongs to somebody else", self.dir.display());
        }
        Ok(())
    }

    fn lock(&self) -> Result<File> {
        let file = File::create(self.dir.join("lock"))?;
        file.lock().context("cannot wait for another start")?;
        Ok(file)
    }
}
