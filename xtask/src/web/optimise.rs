//! `wasm-opt` from the npm package `binaryen`: Debian's is too old for what rustc emits today, and npm's is one file
//! of WebAssembly that runs wherever Node does. Installed once, beside the other tools in the cache.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::needs;
use crate::project::Project;
use crate::shell;

const VERSION: &str = "132.0.0";

/// Post-MVP features that rustc's wasm32-unknown-unknown has on by default. Named one by one: `--all-features` would
/// let the optimiser use what some browsers lack.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Whether there is a Node to run it with.
pub fn is_possible() -> bool {
    needs::find("node").is_some() && needs::find("npm").is_some()
}

/// Optimises a module for size.
pub fn shrink(project: &Project, wasm: &mut Vec<u8>) -> Result<()> {
    let tool = install(project)?;
    let work = project.target.join("wasm");
    let (before, after) = (work.join("before-opt.wasm"), work.join("after-opt.wasm"));
    fs::write(&before, &*wasm)?;
    shell::run(Command::new(tool).arg("-Oz").args(FEATURES).arg(&before).arg("-o").arg(&after))?;
    let small = fs::read(&after).with_context(|| format!("wasm-opt left nothing at {}", after.display()))?;
    shell::note(&format!("{} -> {}", shell::size(wasm.len()), shell::size(small.len())));
    *wasm = small;
    Ok(())
}

fn install(project: &Project) -> Result<PathBuf> {
    let home = project.cache.join(format!("binaryen-{VERSION}"));
    let tool = home.join("node_modules").join(".bin").join("wasm-opt");
    if !tool.exists() {
        fs::create_dir_all(&home)?;
        shell::step(&format!("installing binaryen {VERSION} from npm into {} (once)", home.display()), || {
            let mut npm = Command::new("npm");
            npm.current_dir(&home).args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]);
            shell::run(npm.arg("--prefix").arg(&home).arg(format!("binaryen@{VERSION}")))
        })?;
    }
    Ok(tool)
}
