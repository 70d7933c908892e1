//! Copies of each file beside it, compressed as well as brotli and gzip can: done once here, not for every visitor.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

use crate::web::assets::Files;

/// Formats that are compressed already, and that a second round only makes larger.
const PACKED: [&str; 6] = ["png", "jpg", "jpeg", "webp", "gif", "woff2"];

/// The files, each with its `.br` and `.gz` where those are smaller than the file.
pub fn with_copies(files: Files) -> Files {
    let copies: Vec<(PathBuf, Vec<u8>)> = thread::scope(|scope| {
        let workers: Vec<_> = files
            .iter()
            .filter(|(path, _)| !path.extension().is_some_and(|e| PACKED.iter().any(|packed| e == *packed)))
            .flat_map(|(path, content)| {
                [
                    scope.spawn(move || (beside(path, "br"), brotli(content), content.len())),
                    scope.spawn(move || (beside(path, "gz"), gzip(content), content.len())),
                ]
            })
            .collect();
        let finished = workers.into_iter().map(|worker| match worker.join() {
            Ok(copy) => copy,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        finished.filter(|(_, copy, size)| copy.len() < *size).map(|(path, copy, _)| (path, copy)).collect()
    });
    files.into_iter().chain(copies).collect()
}

/// `app.js` and `br` give `app.js.br`.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Brotli (RFC 7932) at its highest quality, with a window that holds a whole client.
fn brotli(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    {
        // Buffer size in bytes, quality 0–11, window as a power of two.
        let mut encoder = brotli::CompressorWriter::new(&mut out, 1 << 16, 11, 22);
        encoder.write_all(content).expect("a Vec takes every write");
    }
    out
}

/// Gzip (RFC 1952) at its highest level, without a time stamp: the same input gives the same bytes.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("a Vec takes every write")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn copies_decode_to_the_file_itself() {
        let text = "let it be said again and again. ".repeat(200).into_bytes();
        let files = with_copies(Files::from([("a/app.js".into(), text.clone())]));
        let mut decoded = Vec::new();
        brotli::Decompressor::new(&files[Path::new("a/app.js.br")][..], 4096)
            .read_to_end(&mut decoded)
            .expect("brotli");
        assert_eq!(decoded, text);
        decoded.clear();
        flate2::read::GzDecoder::new(&files[Path::new("a/app.js.gz")][..]).read_to_end(&mut decoded).expect("gzip");
        assert_eq!(decoded, text);
    }

    #[test]
    fn nothing_is_kept_that_saves_nothing() {
        let tiny = || b"x".to_vec();
        let files = with_copies(Files::from([("tiny.txt".into(), tiny()), ("photo.png".into(), vec![0; 5000])]));
        assert_eq!(files.len(), 2);
    }
}
