//! The web client's files: in the binary, or in a folder while one develops.
//!
//! Beside `app-1234.js` there may be `app-1234.js.br` and `app-1234.js.gz`, compressed when it was built. What is
//! below `assets/` has a hash of its content in its name and never changes; everything else is asked for again.

mod accept;

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

pub use accept::Coding;

/// What `cargo xtask web` built. A debug build reads the folder instead of carrying it.
#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
#[allow_missing = true]
struct Embedded;

/// Where the files come from.
#[derive(Clone, Debug)]
pub enum Files {
    Embedded,
    Folder(PathBuf),
}

/// A file, ready to be sent.
#[derive(Clone, Debug)]
pub struct File {
    pub bytes: Cow<'static, [u8]>,
    pub media_type: &'static str,
    /// A strong validator of these bytes (RFC 9110, section 8.8.3).
    pub tag: String,
    pub coding: Option<Coding>,
    /// Its name has a hash of its content.
    pub immutable: bool,
}

impl Files {
    pub fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or(Self::Embedded, Self::Folder)
    }

    /// The file as it is.
    pub fn find(&self, path: &str) -> Option<File> {
        let path = plain(path)?;
        let (bytes, hash) = self.read(path)?;
        Some(file(path, bytes, &hash, None))
    }

    /// The file in the best of the codings that the client takes.
    pub fn find_coded(&self, path: &str, accepted: &[Coding]) -> Option<File> {
        let path = plain(path)?;
        let coded = accepted.iter().find_map(|coding| {
            let (bytes, hash) = self.read(&format!("{path}.{}", coding.extension()))?;
            Some(file(path, bytes, &hash, Some(*coding)))
        });
        coded.or_else(|| self.find(path))
    }

    fn read(&self, path: &str) -> Option<(Cow<'static, [u8]>, [u8; 32])> {
        match self {
            Self::Embedded => {
                let file = Embedded::get(path)?;
                let hash = file.metadata.sha256_hash();
                Some((file.data, hash))
            }
            Self::Folder(folder) => {
                let bytes = std::fs::read(folder.join(path)).ok()?;
                let hash = Sha256::digest(&bytes).into();
                Some((bytes.into(), hash))
            }
        }
    }
}

fn file(path: &str, bytes: Cow<'static, [u8]>, hash: &[u8; 32], coding: Option<Coding>) -> File {
    File {
        bytes,
        media_type: media_type(path),
        tag: format!("\"{}\"", hex::encode(&hash[..16])),
        coding,
        immutable: path.starts_with("assets/"),
    }
}

/// A path that stays within the folder.
fn plain(path: &str) -> Option<&str> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (inside && !path.is_empty() && !path.contains(['\\', '\0'])).then_some(path)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "ftl" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_within_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("dist")).expect("made");
        std::fs::write(folder.path().join("dist/index.html"), "page").expect("written");
        std::fs::write(folder.path().join("secret"), "hidden").expect("written");
        let files = Files::new(Some(folder.path().join("dist")));
        assert_eq!(&*files.find("index.html").expect("there").bytes, b"page");
        let secret = folder.path().join("secret");
        for outside in ["../secret", "./../secret", "a/../../secret", "", "..", secret.to_str().expect("text")] {
            assert!(files.find(outside).is_none(), "{outside}");
        }
    }

    #[test]
    fn the_best_coding_that_is_there_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("assets")).expect("made");
        std::fs::write(folder.path().join("assets/app.js"), "plain").expect("written");
        std::fs::write(folder.path().join("assets/app.js.gz"), "gzip").expect("written");
        let files = Files::new(Some(folder.path().to_owned()));
        let found = files.find_coded("assets/app.js", &[Coding::Brotli, Coding::Gzip]).expect("there");
        assert_eq!((&*found.bytes, found.coding, found.immutable), (&b"gzip"[..], Some(Coding::Gzip), true));
        assert_eq!(found.media_type, "text/javascript; charset=utf-8");
        let found = files.find_coded("assets/app.js", &[Coding::Brotli]).expect("there");
        assert_eq!((&*found.bytes, found.coding), (&b"plain"[..], None));
    }
}
