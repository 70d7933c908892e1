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

/// What follows the start for who is not signed in.
const DOOR: &str = "door";
/// What shows messages: fetched beside their history.
const MARKDOWN: &str = "markdown";

/// The page, what it names, and the module that its script loads, each compressed by brotli; and with the form to sign in,
/// which is what somebody new sees.
pub fn figures(_: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = tempfile::tempdir()?;
    let server = studyhall::start(&programs.server, data.path())?;
    let mut http = Client::connect(server.addr)?;
    let page = String::from_utf8(http.get_bytes("/")?).context("the page is not UTF-8")?;
    ensure!(page.contains("<script"), "this server has no web client inside");
    let mut paths = assets(&page, &["css", "js", "wasm"]);
    let mut parts = None;
    for script in paths.clone().iter().filter(|path| has_extension(path, &["js"])) {
        let text = String::from_utf8(http.get_bytes(script)?).context("a script is not UTF-8")?;
        if let Some(folder) = script.strip_suffix("/parts.js") {
            parts = Some((folder.to_owned(), text));
        } else {
            // What it names with its whole path: the glue's own default for the module is not there.
            paths.extend(assets(&text, &["wasm"]).into_iter().filter(|name| name.starts_with('/')));
        }
    }
    let (folder, parts) = parts.context("the page names no parts.js")?;
    let mut weigh = |path: &str| Ok::<_, anyhow::Error>(kilobytes(http.get_encoded(path, BROTLI)?.len()));
    let mut sizes = vec![("/".to_owned(), weigh("/")?)];
    for path in paths {
        let size = weigh(&path)?;
        sizes.push((path, size));
    }
    ensure!(sizes.iter().any(|(path, _)| has_extension(path, &["wasm"])), "no wasm module found on the page");
    let total: f64 = sizes.iter().map(|(_, size)| size).sum();
    let mut part = |name| modules(&parts, name)?.iter().map(|module| weigh(&format!("{folder}/{module}"))).sum();
    let (door, markdown): (anyhow::Result<f64>, anyhow::Result<f64>) = (part(DOOR), part(MARKDOWN));
    let note: Vec<_> = sizes.iter().map(|(path, size)| format!("{path} {}", short(*size))).collect();
    let figure = |name, size| Figure::new(GROUP, name, size, "kB").against(Limit::ceiling(FIRST_LOAD_KB));
    Ok(vec![
        figure("first load, signed in, brotli", total).note(format!(
            "{}; beside the history: what reads Markdown, {}",
            note.join(", "),
            short(markdown?)
        )),
        figure("first load, signed out", total + door?),
    ])
}

/// The modules of a part and of what it shares with others, by the script that fetches them.
fn modules(script: &str, part: &str) -> anyhow::Result<BTreeSet<String>> {
    let declared: Vec<&str> = script.split("const ").collect();
    let declaration = |name: &str| declared.iter().copied().find(|text| text.starts_with(&format!("{name} =")));
    let own = declaration(&format!("__wasm_split_load_{part}")).with_context(|| format!("no part {part}"))?;
    let shared = own.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.starts_with("__chunk_"));
    let texts = shared.filter_map(declaration).chain([own]);
    Ok(texts.flat_map(|text| assets(text, &["wasm"])).collect())
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

    #[test]
    fn a_part_comes_with_what_it_shares() {
        let script = r#"const __chunk_1 = makeLoad(() => fetch(new URL("./chunk_1.wasm", import.meta.url)), []);
            const __chunk_2 = makeLoad(() => fetch(new URL("./chunk_2.wasm", import.meta.url)), []);
            export const __wasm_split_load_rest = wrap(makeLoad(() => fetch(new URL("./split_rest.wasm")), [__chunk_2]));
            export const __wasm_split_load_door = wrap(makeLoad(() => fetch(new URL("./split_door.wasm")), [__chunk_1]));"#;
        let names = |part| modules(script, part).expect("a part").into_iter().collect::<Vec<_>>();
        assert_eq!(names("door"), ["chunk_1.wasm", "split_door.wasm"]);
        assert_eq!(names("rest"), ["chunk_2.wasm", "split_rest.wasm"]);
        assert!(modules(script, "attic").is_err());
    }
}
