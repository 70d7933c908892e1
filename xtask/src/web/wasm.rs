//! The compiler for `wasm32-unknown-unknown`, and the build of the client with it.
//!
//! A rustup toolchain has the target, or gets it by `rustup target add`. Where rustup cannot reach its server, Debian
//! has a newer compiler (`rustc-web`) with the standard library's source, from which cargo builds it for the target.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::needs;
use crate::project::Project;
use crate::shell;
use crate::web::Flavour;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const DEBIAN_LINKER: &str = "wasm-ld-22";
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-22"];
/// As long as a newcomer should stare at a rustup that cannot reach its server.
const RUSTUP_PATIENCE: Duration = Duration::from_mins(1);

/// A compiler that can make WebAssembly.
pub enum Toolchain {
    /// The one that runs us; it has the target's standard library.
    Own,
    /// Debian's compiler, which builds the standard library from source.
    Debian,
}

/// Finds a compiler for the target, installing one where possible.
pub fn find(project: &Project) -> Result<Toolchain> {
    if own_has_target(project) {
        return Ok(Toolchain::Own);
    }
    if debian_is_ready(project) {
        return Ok(Toolchain::Debian);
    }
    if needs::find("rustup").is_some() {
        let added = shell::step(&format!("adding the target {TARGET} (rustup)"), || {
            shell::succeeds_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_PATIENCE)
        })?;
        if added && own_has_target(project) {
            return Ok(Toolchain::Own);
        }
        shell::note("rustup cannot provide it here; looking for Debian's compiler instead");
    }
    if needs::find("apt-get").is_none() {
        bail!("the client needs the target {TARGET}; install it with: rustup target add {TARGET}");
    }
    needs::apt_install("the client's WebAssembly target", &DEBIAN_PACKAGES)?;
    if !debian_is_ready(project) {
        let minimum = minimum_version(project)?;
        bail!(
            "the client needs the target {TARGET}: neither rustup nor Debian's rustc-web ({minimum} or later) has it"
        );
    }
    Ok(Toolchain::Debian)
}

/// Builds the client and gives the path of the module, still without its glue.
pub fn build(project: &Project, toolchain: &Toolchain, flavour: Flavour) -> Result<PathBuf> {
    // A target directory of its own: another compiler's output must not push out the server's.
    let target = project.target.join("wasm");
    let mut cargo = project.cargo();
    // Flags for the host's compiler and linker are none for this one.
    for host in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(host);
    }
    cargo.args(["build", "--locked", "--package", "studyhall-frontend", "--bin", "studyhall-frontend"]);
    cargo.args(["--target", TARGET, "--profile", flavour.profile()]).arg("--target-dir").arg(&target);
    if matches!(toolchain, Toolchain::Debian) {
        // Building the standard library is still an unstable option of cargo, and this is its key.
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", DEBIAN_RUSTC).env_remove("RUSTC_WRAPPER");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    // Views of one type instead of one each: they compile several times as quickly, and weigh less in an app of this size.
    // With its relocations, the module can be cut into parts.
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg erase_components -Clink-args=--emit-relocs");
    shell::run(&mut cargo)?;
    let module = target.join(TARGET).join(flavour.profile()).join("studyhall-frontend.wasm");
    if !module.is_file() {
        bail!("cargo did not leave the client at {}", module.display());
    }
    Ok(module)
}

fn own_has_target(project: &Project) -> bool {
    // Beside the cargo that runs us stands its compiler; failing that, the one on the path.
    let rustc =
        env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc")).filter(|path| path.is_file());
    let mut rustc = Command::new(rustc.unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(&project.root).args(["--print", "target-libdir", "--target", TARGET]);
    shell::capture(&mut rustc).is_ok_and(|dir| has_library(Path::new(dir.trim())))
}

fn has_library(dir: &Path) -> bool {
    let Ok(entries) = dir.read_dir() else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn debian_is_ready(project: &Project) -> bool {
    Path::new(DEBIAN_LIBRARY).is_file()
        && needs::find(DEBIAN_LINKER).is_some()
        && minimum_version(project).is_ok_and(|minimum| {
            shell::capture(Command::new(DEBIAN_RUSTC).arg("--version"))
                .is_ok_and(|found| version(&found).is_some_and(|found| Some(found) >= version(&minimum)))
        })
}

/// The `rust-version` that the workspace asks for.
fn minimum_version(project: &Project) -> Result<String> {
    let manifest = std::fs::read_to_string(project.root.join("Cargo.toml"))?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version"));
    let value = line.and_then(|rest| rest.split('"').nth(1)).context("Cargo.toml has a rust-version")?;
    Ok(value.to_owned())
}

/// Major and minor number of `1.95` or of `rustc 1.96.0 (…)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let number = text.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = number.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\n"), Some((1, 96)));
        assert_eq!(version("1.95"), Some((1, 95)));
        assert!(version("1.100") > version("1.95"));
        assert_eq!(version("nonsense"), None);
    }
}
