//! The web client: what a first load fetches, as it travels.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, ensure};

use super::{Plan, Programs};
use crate::{
    http::Client,
    report::{Figure, Limit, short},
    studyhall,
};

const GROUP: &str = "web client";
const FIRST_LOAD_KB: f64 = 450.0;
const BROTLI: &str = "Accept-Encoding: br\r\n";

/// The page, what it names, and the module that its script loads, each compressed by brotli.
pub fn figures(_: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = tempfile::tempdir()?;
    let server = studyhall::start(&programs.server, data.path())?;
    let mut http = Client::connect(server.addr)?;
    let page = String::from_utf8(http.get_bytes("/")?).context("the page is not UTF-8")?;
    ensure!(page.contains("<script"), "this server has no web client inside");
    let mut paths = assets(&page, &["css", "js", "wasm"]);
    for script in paths.clone().iter().filter(|path| has_extension(path, &["js"])) {
        let text = String::from_utf8(http.get_bytes(script)?).context("a script is not UTF-8")?;
        let folder = script.rsplit_once('/').map_or("", |(folder, _)| folder);
        let modules = assets(&text, &["wasm"]);
        paths.extend(
            modules.into_iter().map(|name| if name.starts_with('/') { name } else { format!("{folder}/{name}") }),
        );
    }
    // wasm-bindgen's script names a default module beside itself, which exists under its hashed name alone.
    let mut sizes = vec![("/".to_owned(), http.get_encoded("/", BROTLI)?.len())];
    for path in paths {
        if let Ok(body) = http.get_encoded(&path, BROTLI) {
            sizes.push((path, body.len()));
        }
    }
    ensure!(sizes.iter().any(|(path, _)| has_extension(path, &["wasm"])), "no wasm module found on the page");
    let total: usize = sizes.iter().map(|(_, bytes)| bytes).sum();
    let note: Vec<_> = sizes.iter().map(|(path, bytes)| format!("{path} {}", short(kilobytes(*bytes)))).collect();
    Ok(vec![
        Figure::new(GROUP, "first load, brotli", kilobytes(total), "kB")
            .against(Limit::ceiling(FIRST_LOAD_KB))
            .note(note.join(", ")),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "file sizes are far below 2^52")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1e3
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|found| extensions.iter().any(|extension| found == *extension))
}

/// Quoted paths of this server with one of `extensions`.
fn assets(text: &str, extensions: &[&str]) -> BTreeSet<String> {
    text.split(['"', '\''])
        .filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || ":<>".contains(c)))
        .filter(|word| has_extension(word, extensions))
        .map(|word| word.trim_start_matches("./").to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_assets() {
        let page = r#"<link rel="stylesheet" href="/app-1f.css"><link href="https://x.org/a.js">
            <script type="module">import init from '/app-2.js'; init({module_or_path: '/app_bg-3.wasm'})</script>"#;
        assert_eq!(
            assets(page, &["css", "js", "wasm"]).into_iter().collect::<Vec<_>>(),
            ["/app-1f.css", "/app-2.js", "/app_bg-3.wasm"]
        );
    }
}
