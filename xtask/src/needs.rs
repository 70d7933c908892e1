//! What the machine must have: found, installed where that is possible without asking, or named together with the
//! command that installs it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::shell;

/// A program that a task cannot do without, and the packages that bring it.
pub struct Need<'a> {
    /// What it is for, as the reader knows it: "the browser tests".
    pub purpose: &'a str,
    /// The programs by which one sees that it is there.
    pub programs: &'a [&'a str],
    /// Debian's and Ubuntu's packages.
    pub apt: &'a [&'a str],
    /// What `brew install` takes, for macOS.
    pub brew: &'a str,
}

impl Need<'_> {
    /// Whether every program is on the path.
    pub fn is_met(&self) -> bool {
        self.programs.iter().all(|program| find(program).is_some())
    }

    /// Installs the packages when this is root on Debian; otherwise the error says what to type.
    pub fn ensure(&self) -> Result<()> {
        if self.is_met() {
            return Ok(());
        }
        if find("apt-get").is_some() {
            apt_install(self.purpose, self.apt)?;
        } else if cfg!(target_os = "macos") {
            bail!("{} needs {}; install it with: brew install {}", self.purpose, self.programs.join(", "), self.brew);
        }
        if !self.is_met() {
            bail!("{} needs on the PATH: {}", self.purpose, self.programs.join(", "));
        }
        Ok(())
    }
}

/// Installs Debian packages as root, and otherwise fails with the command for the reader to run.
pub fn apt_install(purpose: &str, packages: &[&str]) -> Result<()> {
    let packages = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("{purpose} needs the Debian packages {packages}, and there is no apt-get here");
    }
    if !is_root() {
        bail!("{purpose} needs: sudo apt-get update && sudo apt-get install -y {packages}");
    }
    shell::step(&format!("installing {packages} ({purpose})"), || {
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").stdin(std::process::Stdio::null());
            apt
        };
        shell::run(apt().arg("update"))?;
        let _quiet = NoDaemons::start();
        shell::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages.split(' ')))
    })
}

/// Keeps Debian from starting a package's daemon on its well-known port: whoever tests wants the program alone. It
/// asks `policy-rc.d` before it starts any, where there is one (invoke-rc.d(8); 101 is "not allowed").
struct NoDaemons(Option<&'static Path>);

impl NoDaemons {
    fn start() -> Self {
        let policy = Path::new("/usr/sbin/policy-rc.d");
        let ours = !policy.exists() && std::fs::write(policy, "#!/bin/sh\nexit 101\n").is_ok() && {
            shell::succeeds(Command::new("chmod").arg("755").arg(policy))
        };
        Self(ours.then_some(policy))
    }
}

impl Drop for NoDaemons {
    fn drop(&mut self) {
        if let Some(policy) = self.0 {
            let _ = std::fs::remove_file(policy);
        }
    }
}

/// `rustfmt`, `clippy` and the like: components of the toolchain that a minimal one lacks.
pub fn ensure_component(project: &Project, subcommand: &str, component: &str) -> Result<()> {
    if shell::succeeds(project.cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    let mut add = Command::new("rustup");
    add.args(["component", "add", component]);
    if find("rustup").is_none() || shell::run(&mut add).is_err() {
        bail!("`cargo {subcommand}` is missing; install it with: rustup component add {component}");
    }
    Ok(())
}

/// A tool written in Rust: found on the path or among those installed earlier; built into the cache where `install`.
pub fn cargo_tool(project: &Project, name: &str, install: bool) -> Result<Option<PathBuf>> {
    let root = project.cache.join("tools");
    let cached = root.join("bin").join(name).with_extension(env::consts::EXE_EXTENSION);
    if let Some(found) = find(name).or_else(|| cached.is_file().then(|| cached.clone())) {
        return Ok(Some(found));
    }
    if !install {
        return Ok(None);
    }
    shell::step(&format!("installing {name} into {} (once)", root.display()), || {
        // Its speed does not matter here and the time to build it does. The target directory is cargo's own
        // temporary one: a shared one would be full of a tool's dependencies for ever.
        let mut cargo = project.cargo();
        cargo.env_remove("CARGO_TARGET_DIR").args(["install", "--locked", "--debug", "--root"]).arg(&root).arg(name);
        shell::run(&mut cargo)
    })?;
    Ok(Some(cached))
}

/// The first file of this name on the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let name = Path::new(program).with_extension(env::consts::EXE_EXTENSION);
    find_in(&env::var_os("PATH")?, &name)
}

fn find_in(path: &OsStr, name: &Path) -> Option<PathBuf> {
    env::split_paths(path).map(|dir| dir.join(name)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

fn is_root() -> bool {
    user_id() == "0"
}

/// The number of the user who runs this.
pub fn user_id() -> String {
    shell::capture(Command::new("id").arg("-u")).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn programs_are_found_by_their_name_alone() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-such-program-anywhere"), None);
        // A folder and a plain file are no programs.
        assert_eq!(find_in(OsStr::new(env!("CARGO_MANIFEST_DIR")), Path::new("src")), None);
        assert_eq!(find_in(OsStr::new(env!("CARGO_MANIFEST_DIR")), Path::new("Cargo.toml")), None);
    }
}
