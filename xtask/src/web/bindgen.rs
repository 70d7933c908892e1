//! wasm-bindgen, called as a library: from cargo's module to the final one and the JavaScript between it and the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;
use wasm_bindgen_cli_support::Bindgen;

use crate::web::Flavour;

/// What wasm-bindgen made of the client.
pub struct Glue {
    /// The module as the browser loads it.
    pub wasm: Vec<u8>,
    /// The ES module that loads it.
    pub js: String,
    /// JavaScript that it imports from `./snippets/`, by its path below that.
    pub snippets: BTreeMap<PathBuf, Vec<u8>>,
}

/// Runs wasm-bindgen over the module that a first visit loads. Its exports are left as the linker made them: the other
/// modules import them.
pub fn generate(module: &Path, flavour: Flavour) -> Result<Glue> {
    let out = module.with_extension("bindgen");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let small = flavour == Flavour::Release;
    Bindgen::new()
        .input_path(module)
        .out_name("app")
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(small)
        .remove_producers_section(small)
        .generate(&out)
        .with_context(|| format!("wasm-bindgen cannot read {}", module.display()))?;
    let snippets = out.join("snippets");
    Ok(Glue {
        wasm: fs::read(out.join("app_bg.wasm"))?,
        js: fs::read_to_string(out.join("app.js"))?,
        snippets: if snippets.is_dir() { read_all(&snippets)? } else { BTreeMap::new() },
    })
}

/// Every file below `dir`, by its path from there.
pub fn read_all(dir: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(dir) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.insert(entry.path().strip_prefix(dir)?.to_owned(), fs::read(entry.path())?);
        }
    }
    Ok(files)
}
