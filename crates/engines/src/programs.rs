//! Where the engines' programs are.

use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Looks programs up on the path, where the system's packages put them, and among tools installed for this project.
#[derive(Clone, Debug)]
pub struct Programs {
    tools: PathBuf,
}

impl Programs {
    /// `tools`: where `cargo xtask` keeps what it installs.
    pub fn new(tools: impl Into<PathBuf>) -> Self {
        Self { tools: tools.into() }
    }

    /// The folder of PostgreSQL's server programs, which Debian keeps off the path.
    pub fn postgres(&self) -> Option<PathBuf> {
        let packaged = newest(Path::new("/usr/lib/postgresql")).map(|version| version.join("bin"));
        let on_path = find("postgres").and_then(|file| Some(file.parent()?.to_owned()));
        packaged.into_iter().chain(on_path).find(|dir| is_program(&dir.join("initdb")))
    }

    pub fn mongod(&self) -> Option<PathBuf> {
        let installed = self.tools.join("mongod/fiftyone/db/bin/mongod");
        env::var_os("STUDYHALL_TEST_MONGOD")
            .map(PathBuf::from)
            .into_iter()
            .chain(find("mongod"))
            .chain([installed])
            .find(|file| is_program(file))
    }

    pub fn redis(&self) -> Option<PathBuf> {
        find("redis-server")
    }

    /// The start script itself: the one on Debian's path changes to a user of the system's own broker.
    pub fn rabbitmq(&self) -> Option<PathBuf> {
        let packaged = newest(Path::new("/usr/lib/rabbitmq/lib")).map(|version| version.join("sbin/rabbitmq-server"));
        packaged.into_iter().chain(find("rabbitmq-server")).find(|file| is_program(file))
    }

    pub fn epmd(&self) -> Option<PathBuf> {
        find("epmd")
    }

    pub fn weed(&self) -> Option<PathBuf> {
        let installed = self.tools.join("weed/bin/weed");
        find("weed").into_iter().chain([installed]).find(|file| is_program(file))
    }

    pub fn openssl(&self) -> Option<PathBuf> {
        find("openssl")
    }
}

/// The program, or what to do about its absence.
pub fn need(found: Option<PathBuf>, name: &str) -> Result<PathBuf> {
    found.with_context(|| format!("there is no {name} here; `cargo xtask services up` gets it"))
}

fn newest(dir: &Path) -> Option<PathBuf> {
    let entries = dir.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    entries.filter(|path| path.is_dir()).max()
}

fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
