//! What the client in `frontend/dist` was made from, so that nothing is made twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::project::Project;
use crate::web::Flavour;

/// Everything that the finished client depends on, the way it is made included.
const SOURCES: [&str; 6] = ["frontend", "crates/wire", "xtask/src/web", "xtask/Cargo.toml", "Cargo.toml", "Cargo.lock"];

/// A record of the last build, kept in the target directory.
#[derive(Serialize, Deserialize)]
pub struct Stamp {
    /// Digest of [`SOURCES`].
    sources: String,
    /// Digest of `frontend/dist` as it was written, so that a hand-made change to it is noticed.
    dist: String,
    release: bool,
    optimised: bool,
}

impl Stamp {
    /// Describes what has just been written.
    pub fn new(sources: String, flavour: Flavour, optimised: bool, dist: &Path) -> Result<Self> {
        Ok(Self { sources, dist: digest(dist, dist)?, release: flavour == Flavour::Release, optimised })
    }

    /// The record of this checkout, if there is a readable one: without it everything is built anew.
    pub fn read(project: &Project) -> Option<Self> {
        serde_json::from_slice(&fs::read(path(project)).ok()?).ok()
    }

    /// Keeps the record.
    pub fn write(&self, project: &Project) -> Result<()> {
        let path = path(project);
        fs::create_dir_all(path.parent().context("the stamp stands in the target directory")?)?;
        fs::write(&path, serde_json::to_vec(self)?).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether what is there will do. A release of the same sources also serves where a quick build was asked for.
    pub fn satisfies(&self, sources: &str, flavour: Flavour, wants_optimiser: bool, dist: &Path) -> bool {
        self.sources == sources
            && (self.release || flavour == Flavour::Quick)
            && (self.optimised || !wants_optimiser)
            && digest(dist, dist).is_ok_and(|now| now == self.dist)
    }
}

/// The digest of the sources.
pub fn sources(root: &Path) -> Result<String> {
    let mut all = Sha256::new();
    for source in SOURCES {
        all.update(digest(root, &root.join(source))?);
    }
    Ok(hex::encode(all.finalize()))
}

/// Digest over the paths (from `base`) and contents of all files below `path`, what is made there left out.
fn digest(base: &Path, path: &Path) -> Result<String> {
    let dist = base.join("frontend").join("dist");
    let mut all = Sha256::new();
    let walk = WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(|entry| entry.path() != dist);
    for entry in walk {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let content = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
        let name = entry.path().strip_prefix(base)?.as_os_str().as_encoded_bytes();
        for part in [name, &content[..]] {
            all.update((part.len() as u64).to_le_bytes());
            all.update(part);
        }
    }
    Ok(hex::encode(all.finalize()))
}

/// One record per checkout, since several may share a target directory.
fn path(project: &Project) -> PathBuf {
    let mut checkout = hex::encode(Sha256::digest(project.root.as_os_str().as_encoded_bytes()));
    checkout.truncate(12);
    project.target.join("wasm").join(format!("client-{checkout}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_name_content_or_dist_is_noticed() {
        let base = std::env::temp_dir().join(format!("studyhall-stamp-{}", std::process::id()));
        let dist = base.join("frontend").join("dist");
        fs::create_dir_all(&dist).expect("is created");
        fs::write(base.join("a"), "1").expect("writes");
        let first = digest(&base, &base).expect("digests");
        fs::write(dist.join("app.js"), "made").expect("writes");
        assert_eq!(first, digest(&base, &base).expect("digests"), "what is made is no source");
        fs::rename(base.join("a"), base.join("b")).expect("renames");
        assert_ne!(first, digest(&base, &base).expect("digests"));

        let stamp = Stamp::new(first.clone(), Flavour::Quick, false, &dist).expect("is made");
        assert!(stamp.satisfies(&first, Flavour::Quick, false, &dist));
        assert!(!stamp.satisfies(&first, Flavour::Release, false, &dist));
        assert!(!stamp.satisfies("other", Flavour::Quick, false, &dist));
        fs::write(dist.join("app.js"), "changed by hand").expect("writes");
        assert!(!stamp.satisfies(&first, Flavour::Quick, false, &dist));
        fs::remove_dir_all(&base).expect("is cleaned up");
    }
}
