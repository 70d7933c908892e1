//! The cut of the client's module into the one that a first visit loads and those that are fetched when they are needed:
//! at the functions that `frontend/src/parts.rs` marks. What two of them share and the first does not have is a module of
//! its own.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

/// The ES module that fetches the parts; wasm-bindgen's glue imports it, and it the glue.
pub const LOADER: &str = "parts.js";
/// The name of wasm-bindgen's glue, to which the loader refers.
pub const GLUE: &str = "app.js";

/// The client in pieces.
pub struct Split {
    /// The module of a first visit, still without its glue.
    pub main: PathBuf,
    /// The text of [`LOADER`].
    pub loader: String,
    /// The other modules by file name.
    pub modules: BTreeMap<PathBuf, Vec<u8>>,
    /// What each part needs: file names of modules, without their ending.
    pub needs: HashMap<String, Vec<String>>,
}

/// Cuts the module that cargo left. It must have been linked with its relocations.
pub fn split(module: &Path) -> Result<Split> {
    let out = module.with_extension("split");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let main = out.join("main.wasm");
    let whole = fs::read(module)?;
    let link_name = format!("./{LOADER}");
    let main_module = format!("./{GLUE}");
    let mut options = Options::new(&whole);
    options.output_dir = &out;
    options.main_out_path = &main;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let done = transform(options).map_err(|error| anyhow!("cannot split {}: {error:#}", module.display()))?;
    let mut modules = BTreeMap::new();
    for path in done.split_modules {
        let name = path.file_name().context("a module has a name")?;
        modules.insert(name.into(), fs::read(&path)?);
    }
    Ok(Split { main, loader: fs::read_to_string(out.join(LOADER))?, modules, needs: done.prefetch_map })
}
