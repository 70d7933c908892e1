//! Where things are, and how a cargo inside this cargo is called.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// The checkout and the folders that go with it.
#[derive(Clone)]
pub struct Project {
    /// The workspace's root.
    pub root: PathBuf,
    /// Cargo's target directory, wherever the environment or a configuration put it.
    pub target: PathBuf,
    /// What is kept between runs and checkouts: tools that were installed for the project.
    pub cache: PathBuf,
    /// Whether cargo may draw a progress bar on a terminal: not where two of them work side by side.
    progress_bar: bool,
}

impl Project {
    /// Finds the checkout that this `cargo xtask` was started in.
    pub fn find() -> Result<Self> {
        // At run time, since several checkouts may share one target directory and so one xtask binary.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask stands in the workspace's root")?.to_owned();
        let metadata = shell::capture(cargo_at(&root, &[]).args([
            "metadata",
            "--no-deps",
            "--offline",
            "--locked",
            "--format-version",
            "1",
        ]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names a target directory")?;
        Ok(Self { target: target.into(), cache: cache()?.join("studyhall"), root, progress_bar: true })
    }

    /// A cargo of the toolchain that runs us, in the workspace's root, without the variables that the surrounding
    /// `cargo run` left behind for us.
    pub fn cargo(&self) -> Command {
        let mut cargo = cargo_at(&self.root, std::slice::from_ref(&self.target));
        if !self.progress_bar {
            cargo.env("CARGO_TERM_PROGRESS_WHEN", "never");
        }
        cargo
    }

    /// The same project, for work beside which other work goes on: cargo names what it compiles, line by line.
    pub fn side_by_side(&self) -> Self {
        Self { progress_bar: false, ..self.clone() }
    }

    /// A cargo subcommand by its own path, with the same environment as [`Project::cargo`].
    pub fn cargo_tool(&self, program: &Path) -> Command {
        let mut tool = Command::new(program);
        tool.current_dir(&self.root);
        clean(&mut tool, std::slice::from_ref(&self.target));
        tool
    }

    /// Where a profile's binaries land.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        let folder = if profile == "dev" { "debug" } else { profile };
        self.target.join(folder).join(name).with_extension(env::consts::EXE_EXTENSION)
    }
}

fn cargo_at(root: &Path, built: &[PathBuf]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    clean(&mut cargo, built);
    cargo
}

/// Takes out of a command's environment what `cargo run` put there for us.
fn clean(command: &mut Command, built: &[PathBuf]) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_about_us) {
            command.env_remove(name);
        }
    }
    if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
        match without_toolchain(&paths, built) {
            Some(rest) => command.env("LD_LIBRARY_PATH", rest),
            None => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
}

/// Variables by which cargo describes the package that it runs (this one), as opposed to settings of the user.
fn is_about_us(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    prefixes.iter().any(|p| name.starts_with(p)) || name == "RUST_RECURSION_COUNT"
}

/// `cargo run` puts the toolchain's libraries first, which another compiler must not load.
fn without_toolchain(paths: &OsString, built: &[PathBuf]) -> Option<OsString> {
    let ours = |path: &PathBuf| {
        let toolchain = path.components().any(|part| part.as_os_str() == "toolchains" || part.as_os_str() == "rustlib");
        toolchain || built.iter().any(|target| path.starts_with(target))
    };
    let kept: Vec<_> = env::split_paths(paths).filter(|path| !path.as_os_str().is_empty() && !ours(path)).collect();
    if kept.is_empty() { None } else { env::join_paths(kept).ok() }
}

fn cache() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        return Ok(dir.into());
    }
    let home = env::home_dir().context("there is no home directory to keep tools in; set HOME")?;
    Ok(home.join(".cache"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_user_stay_and_traces_of_cargo_run_go() {
        assert!(is_about_us("CARGO_PKG_NAME") && is_about_us("CARGO_MANIFEST_DIR"));
        assert!(!is_about_us("CARGO_TARGET_DIR") && !is_about_us("CARGO_HOME") && !is_about_us("RUSTFLAGS"));
    }

    #[test]
    fn library_paths_of_the_toolchain_are_dropped() {
        let built = [PathBuf::from("/checkout/target")];
        let mixed = OsString::from("/checkout/target/debug/deps:/home/me/.rustup/toolchains/stable/lib:/opt/mine");
        assert_eq!(without_toolchain(&mixed, &built), Some("/opt/mine".into()));
        assert_eq!(without_toolchain(&"/checkout/target/debug".into(), &built), None);
    }
}
