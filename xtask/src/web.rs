//! `cargo xtask web`: the client from source to `frontend/dist`, ready to be served or embedded.
//!
//! Cargo builds the `frontend` crate for `wasm32-unknown-unknown`, wasm-bindgen (a library here, so that there is
//! no tool to install and its version is locked with the client's) makes the JavaScript glue, and everything gets a
//! name with a hash of its content, so that it can be cached for ever. Nothing is done when nothing changed.

mod assets;
mod bindgen;
mod compress;
mod optimise;
mod stamp;
mod wasm;

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::shell;
use crate::web::assets::Assets;
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
    let mut glue = shell::step("making the JavaScript glue", || bindgen::generate(&module, flavour))?;
    let optimised = wants_optimiser && {
        glue.wasm = shell::step("shrinking the WebAssembly with wasm-opt", || optimise::shrink(project, &glue.wasm))?;
        true
    };
    if flavour == Flavour::Release && !optimised {
        shell::warning("no node and npm here, so wasm-opt was left out: the client is about a sixth larger");
    }
    let assets = Assets::collect(&project.root.join("frontend"), glue)?;
    let first_load = assets.first_load()?;
    let files = match flavour {
        Flavour::Quick => assets.into_files(),
        Flavour::Release => shell::step("compressing", || Ok(compress::with_copies(assets.into_files())))?,
    };
    assets::write(&dist(project), &files)?;
    Stamp::new(sources, flavour, optimised, &dist(project))?.write(project)?;
    report(&files, &first_load, flavour);
    Ok(())
}

/// Lists what a first visit loads, and says where the release outgrew its budget.
fn report(files: &assets::Files, first_load: &[PathBuf], flavour: Flavour) {
    let weight = |path: &PathBuf, suffix: &str| {
        let name = if suffix.is_empty() { path.clone() } else { compress::beside(path, suffix) };
        files.get(&name).or_else(|| files.get(path)).map_or(0, Vec::len)
    };
    for path in first_load {
        let gzip_and_brotli = match flavour {
            Flavour::Quick => String::new(),
            Flavour::Release => {
                format!("  gzip {:>9}  brotli {:>9}", shell::size(weight(path, "gz")), shell::size(weight(path, "br")))
            }
        };
        shell::note(&format!("{:<36} {:>10}{gzip_and_brotli}", path.display(), shell::size(weight(path, ""))));
    }
    if flavour == Flavour::Release {
        let total: usize = first_load.iter().map(|path| weight(path, "br")).sum();
        shell::note(&format!("first load: {} over the wire, of {} allowed", shell::size(total), shell::size(BUDGET)));
        if total > BUDGET {
            shell::warning("the client outgrew its budget; cargo xtask bench fails for it");
        }
    }
}
