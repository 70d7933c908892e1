//! `cargo xtask web`: the client from source to `frontend/dist`, ready to be served or embedded.
//!
//! Cargo builds the `frontend` crate for `wasm32-unknown-unknown`, wasm-bindgen (a library here, so that there is
//! no tool to install and its version is locked with the client's) makes the JavaScript glue, and everything gets a
//! name with a hash of its content, so that it can be cached for ever. Nothing is done when nothing changed.

mod assets;
mod bindgen;
mod compress;
mod optimise;
mod split;
mod stamp;
mod wasm;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::shell;
use crate::web::assets::{Assets, Code};
use crate::web::split::Split;
use crate::web::stamp::Stamp;

/// What the whole first load (page, style, scripts, WebAssembly) may weigh over the wire with brotli, in bytes.
const BUDGET: usize = 450_000;

#[derive(clap::Args)]
pub struct Args {
    /// Small instead of quick to build: optimised for size, and compressed ahead of time.
    #[arg(long)]
    release: bool,
}

impl Args {
    /// The flavour that the flags ask for.
    pub fn flavour(&self) -> Flavour {
        if self.release { Flavour::Release } else { Flavour::Quick }
    }
}

/// How the client is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    /// Quick to build, for the daily work; served as it is.
    Quick,
    /// Small to load: LTO, wasm-opt, brotli and gzip beside each file.
    Release,
}

impl Flavour {
    /// The profile in the workspace's Cargo.toml.
    pub fn profile(self) -> &'static str {
        match self {
            Self::Quick => "web-quick",
            Self::Release => "web",
        }
    }
}

/// Where the finished client is.
pub fn dist(project: &Project) -> PathBuf {
    project.root.join("frontend").join("dist")
}

/// Brings `frontend/dist` up to date with the sources.
pub fn web(project: &Project, flavour: Flavour) -> Result<()> {
    let sources = stamp::sources(&project.root)?;
    let wants_optimiser = flavour == Flavour::Release && optimise::is_possible();
    if Stamp::read(project).is_some_and(|stamp| stamp.satisfies(&sources, flavour, wants_optimiser, &dist(project))) {
        shell::note(&format!("the client is up to date in {}", dist(project).display()));
        return Ok(());
    }
    let toolchain = wasm::find(project)?;
    let module = shell::step("building the client for WebAssembly", || wasm::build(project, &toolchain, flavour))?;
    let Split { main, loader, mut modules, needs } = shell::step("cutting it into parts", || split::split(&module))?;
    let mut glue = shell::step("making the JavaScript glue", || bindgen::generate(&main, flavour))?;
    let optimised = wants_optimiser && {
        shell::step("shrinking the WebAssembly with wasm-opt", || {
            modules.values_mut().chain([&mut glue.wasm]).try_for_each(|wasm| optimise::shrink(project, wasm))
        })?;
        true
    };
    if flavour == Flavour::Release && !optimised {
        shell::warning("no node and npm here, so wasm-opt was left out: the client is about a sixth larger");
    }
    let assets = Assets::collect(&project.root.join("frontend"), Code { glue, loader, modules })?;
    let parts = parts(&assets, needs);
    let first_load = assets.first_load()?;
    let files = match flavour {
        Flavour::Quick => assets.into_files(),
        Flavour::Release => shell::step("compressing", || Ok(compress::with_copies(assets.into_files())))?,
    };
    assets::write(&dist(project), &files)?;
    Stamp::new(sources, flavour, optimised, &dist(project))?.write(project)?;
    report(&files, &first_load, &parts, flavour);
    Ok(())
}

/// The files of each part, by its name.
fn parts(assets: &Assets, needs: HashMap<String, Vec<String>>) -> BTreeMap<String, Vec<PathBuf>> {
    let files = |modules: Vec<String>| modules.iter().map(|module| assets.module(module)).collect();
    needs.into_iter().map(|(part, modules)| (part, files(modules))).collect()
}

/// Lists what a first visit loads and what each part loads, and says where the release outgrew its budget.
fn report(files: &assets::Files, first_load: &[PathBuf], parts: &BTreeMap<String, Vec<PathBuf>>, flavour: Flavour) {
    let weight = |path: &PathBuf, suffix: &str| {
        let name = if suffix.is_empty() { path.clone() } else { compress::beside(path, suffix) };
        files.get(&name).or_else(|| files.get(path)).map_or(0, Vec::len)
    };
    let line = |name: &str, paths: &[PathBuf]| {
        let weigh = |suffix| shell::size(paths.iter().map(|path| weight(path, suffix)).sum());
        let gzip_and_brotli = match flavour {
            Flavour::Quick => String::new(),
            Flavour::Release => format!("  gzip {:>9}  brotli {:>9}", weigh("gz"), weigh("br")),
        };
        shell::note(&format!("{name:<36} {:>10}{gzip_and_brotli}", weigh("")));
    };
    for path in first_load {
        line(&path.display().to_string(), std::slice::from_ref(path));
    }
    for (part, paths) in parts {
        line(&format!("when needed: {part}"), paths);
    }
    if flavour == Flavour::Release {
        let total: usize = first_load.iter().map(|path| weight(path, "br")).sum();
        shell::note(&format!("first load: {} over the wire, of {} allowed", shell::size(total), shell::size(BUDGET)));
        if total > BUDGET {
            shell::warning("the client outgrew its budget; cargo xtask bench fails for it");
        }
    }
}
