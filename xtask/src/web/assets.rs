//! The files of `frontend/dist`: names with a hash of the content below `/assets/`, the static files as they are,
//! and the page that ties them together.
//!
//! `frontend/index.html` is a template: `{{css}}` and `{{boot}}` become the paths of the style sheet and of the start
//! script, `{{preload}}` the hints by which the browser fetches glue and WebAssembly before the script asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::web::bindgen::{Glue, read_all};
use crate::web::split::{GLUE, LOADER};

/// Contents by path below `frontend/dist`.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

const BOOT: &str = include_str!("boot.js");
const PAGE: &str = "index.html";
/// The module of a first visit.
const MODULE: &str = "app.wasm";
const PLACES: [&str; 3] = ["{{css}}", "{{boot}}", "{{preload}}"];

/// The whole client, ready to be written.
pub struct Assets {
    files: Files,
    /// The URLs of everything that a first visit loads.
    entry: Vec<String>,
    /// Where the code is, below `frontend/dist`.
    folder: PathBuf,
}

impl Assets {
    /// Puts together the template, styles and static files of `frontend` with its code.
    pub fn collect(frontend: &Path, code: Code) -> Result<Self> {
        let template = frontend.join(PAGE);
        let template = fs::read_to_string(&template).with_context(|| format!("cannot read {}", template.display()))?;
        let statics = frontend.join("static");
        let statics = if statics.is_dir() { read_all(&statics)? } else { Files::new() };
        Self::assemble(&template, styles(&frontend.join("styles"))?, statics, code)
    }

    fn assemble(template: &str, css: Vec<u8>, statics: Files, code: Code) -> Result<Self> {
        let static_urls: Vec<String> = statics.keys().map(|path| format!("/{}", path.display())).collect();
        let mut files = statics;
        let css = add(&mut files, "app", "css", css);
        let folder = code.put(&mut files);
        let [js, loader, wasm] = [GLUE, LOADER, MODULE].map(|name| format!("/{folder}/{name}"));
        let boot = BOOT.replace("{{glue}}", &js).replace("{{wasm}}", &wasm);
        let boot = add(&mut files, "boot", "js", boot.into_bytes());
        let preload = format!(
            "<link rel=\"modulepreload\" href=\"{js}\">\n    \
             <link rel=\"modulepreload\" href=\"{loader}\">\n    \
             <link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>"
        );
        let mut page = template.to_owned();
        for (place, value) in PLACES.iter().zip([&css, &boot, &preload]) {
            if !page.contains(place) {
                bail!("frontend/{PAGE} lacks the placeholder {place}");
            }
            page = page.replace(place, value);
        }
        let mut entry = vec![format!("/{PAGE}"), css, boot, js, loader, wasm];
        entry.extend(static_urls.into_iter().filter(|url| template.contains(&format!("\"{url}\""))));
        files.insert(PAGE.into(), page.into_bytes());
        Ok(Self { files, entry, folder: folder.into() })
    }

    /// The files that a first visit loads: the page itself, style, scripts, WebAssembly, and static files it names.
    pub fn first_load(&self) -> Result<Vec<PathBuf>> {
        let path = |url: &String| PathBuf::from(url.trim_start_matches('/'));
        let paths: Vec<_> = self.entry.iter().map(path).collect();
        match paths.iter().find(|path| !self.files.contains_key(*path)) {
            Some(missing) => bail!("the page refers to {}, which is not among the files", missing.display()),
            None => Ok(paths),
        }
    }

    /// The file of one of the modules.
    pub fn module(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("wasm")
    }

    /// Everything, to be compressed and written.
    pub fn into_files(self) -> Files {
        self.files
    }
}

/// Puts a file under a name that changes with its content, and gives the URL by which the page refers to it.
fn add(files: &mut Files, stem: &str, extension: &str, content: Vec<u8>) -> String {
    let path = format!("assets/{stem}-{}.{extension}", short_hash(&content));
    files.insert(PathBuf::from(&path), content);
    format!("/{path}")
}

/// The code of the client. Its files import each other by name, and so share a folder that is named by what they all
/// contain.
pub struct Code {
    /// What wasm-bindgen made of the module of a first visit.
    pub glue: Glue,
    /// What fetches the other modules, and those by name.
    pub loader: String,
    pub modules: Files,
}

impl Code {
    /// Adds everything to `files` and gives the folder.
    fn put(self, files: &mut Files) -> String {
        let mut code = self.modules;
        code.extend(self.glue.snippets.into_iter().map(|(path, content)| (Path::new("snippets").join(path), content)));
        code.insert(MODULE.into(), self.glue.wasm);
        code.insert(GLUE.into(), self.glue.js.into_bytes());
        code.insert(LOADER.into(), self.loader.into_bytes());
        let mut all = Vec::new();
        for (path, content) in &code {
            all.extend_from_slice(path.as_os_str().as_encoded_bytes());
            all.push(0);
            all.extend_from_slice(content);
        }
        let folder = format!("assets/app-{}", short_hash(&all));
        files.extend(code.into_iter().map(|(path, content)| (Path::new(&folder).join(path), content)));
        folder
    }
}

/// Enough of a SHA-256 that two versions of a file never meet.
fn short_hash(content: &[u8]) -> String {
    let mut hash = hex::encode(Sha256::digest(content));
    hash.truncate(16);
    hash
}

/// The style sheets, in the order of their names, as one file.
fn styles(dir: &Path) -> Result<Vec<u8>> {
    let mut sheets: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "css") {
            sheets.push(path);
        }
    }
    if sheets.is_empty() {
        bail!("no style sheet in {}", dir.display());
    }
    sheets.sort();
    let mut all = String::new();
    for sheet in sheets {
        let text = fs::read_to_string(&sheet).with_context(|| format!("cannot read {}", sheet.display()))?;
        let _ = writeln!(all, "{}", without_comments(&text).trim());
    }
    Ok(all.into_bytes())
}

/// CSS without its comments, which are for those who edit it. Strings are left alone.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(comment) = from.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
            continue;
        }
        let end = if from.starts_with('/') { 1 } else { end_of_string(from) };
        out.push_str(&from[..end]);
        rest = &from[end..];
    }
    out.push_str(rest);
    out
}

/// The length of the CSS string that `text` starts with, quotes included.
fn end_of_string(text: &str) -> usize {
    let mut chars = text.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    while let Some((at, char)) = chars.next() {
        if char == '\\' {
            chars.next();
        } else if Some(char) == quote {
            return at + char.len_utf8();
        }
    }
    text.len()
}

/// Makes `dist` hold exactly these files. The page comes last and what it no longer needs goes after that, so that a
/// server that is running on the folder serves a whole client at every moment; unchanged files keep their times.
pub fn write(dist: &Path, files: &Files) -> Result<()> {
    let put = |path: &PathBuf, content: &[u8]| -> Result<()> {
        let file = dist.join(path);
        if fs::read(&file).is_ok_and(|old| old == content) {
            return Ok(());
        }
        fs::create_dir_all(file.parent().unwrap_or(dist))?;
        fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))
    };
    let is_page = |path: &Path| path.to_string_lossy().starts_with(PAGE);
    for (path, content) in files.iter().filter(|(path, _)| !is_page(path)) {
        put(path, content)?;
    }
    for (path, content) in files.iter().filter(|(path, _)| is_page(path)) {
        put(path, content)?;
    }
    let folders: BTreeSet<&Path> = files.keys().flat_map(|path| path.ancestors().skip(1)).collect();
    for entry in WalkDir::new(dist).min_depth(1).contents_first(true) {
        let entry = entry?;
        let path = entry.path().strip_prefix(dist)?;
        if entry.file_type().is_dir() {
            if !folders.contains(path) {
                fs::remove_dir(entry.path())?;
            }
        } else if !files.contains_key(path) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "<script src=\"/early.js\"></script><link href=\"{{css}}\">{{preload}}<script type=\"module\" src=\"{{boot}}\"></script>";

    fn code(js: &str) -> Code {
        let snippets = Files::from([(PathBuf::from("crate-1/inline0.js"), b"export {}".to_vec())]);
        let modules = Files::from([(PathBuf::from("split_door.wasm"), b"\0asm".to_vec())]);
        let glue = Glue { wasm: b"\0asm".to_vec(), js: js.to_owned(), snippets };
        Code { glue, loader: "import \"./app.js\"".to_owned(), modules }
    }

    #[test]
    fn the_page_names_every_hashed_file_and_nothing_that_is_missing() {
        let js = "import { a } from './snippets/crate-1/inline0.js';";
        let statics = ["early.js", "early.json"].map(|name| (PathBuf::from(name), b"{}".to_vec()));
        let assets = Assets::assemble(TEMPLATE, b"body{}".to_vec(), statics.into(), code(js)).expect("assembles");
        let first = assets.first_load().expect("every file is there");
        assert_eq!(first.len(), 7);
        assert!(first.contains(&"early.js".into()) && !first.contains(&"early.json".into()));
        let files = assets.into_files();
        let page = String::from_utf8(files[Path::new(PAGE)].clone()).expect("UTF-8");
        assert!(!page.contains("{{"), "{page}");
        for hashed in &first[1..6] {
            let boot = String::from_utf8_lossy(&files[&first[2]]).into_owned();
            let name = hashed.to_string_lossy().into_owned();
            assert!(page.contains(&name) || boot.contains(&name), "{name} is loaded by nobody");
        }
        // What imports each other by name is in one folder.
        let folder = first[3].parent().expect("the glue has a folder");
        for name in ["snippets/crate-1/inline0.js", "split_door.wasm", "parts.js"] {
            assert!(files.contains_key(&folder.join(name)), "{name} is not beside the glue");
        }
    }

    #[test]
    fn a_name_changes_with_its_content_alone() {
        let name = |content: &[u8]| add(&mut Files::new(), "app", "css", content.to_vec());
        assert_eq!(name(b"a"), name(b"a"));
        assert_ne!(name(b"a"), name(b"b"));
    }

    #[test]
    fn a_template_without_its_places_is_refused() {
        let error = Assets::assemble("<html>", Vec::new(), Files::new(), code("")).err().expect("is refused");
        assert!(error.to_string().contains("{{css}}"), "{error}");
    }

    #[test]
    fn comments_go_and_strings_stay() {
        let css = "a { content: \"/* \\\" no comment */\"; } /* gone */ b { background: url(/x) /* gone */ }";
        assert_eq!(without_comments(css), "a { content: \"/* \\\" no comment */\"; }  b { background: url(/x)  }");
        assert_eq!(without_comments("a /* never closed"), "a ");
    }

    #[test]
    fn stale_files_go_and_unchanged_ones_keep_their_time() {
        let dist = std::env::temp_dir().join(format!("studyhall-assets-{}", std::process::id()));
        let page = || (PathBuf::from(PAGE), b"page".to_vec());
        write(&dist, &Files::from([page(), ("old/a.js".into(), b"old".to_vec())])).expect("writes");
        let before = dist.join(PAGE).metadata().and_then(|meta| meta.modified()).expect("has a time");
        write(&dist, &Files::from([page(), ("new/b.js".into(), b"new".to_vec())])).expect("writes");
        let after = dist.join(PAGE).metadata().and_then(|meta| meta.modified()).expect("has a time");
        assert_eq!(before, after);
        assert!(dist.join("new/b.js").is_file() && !dist.join("old").exists());
        fs::remove_dir_all(&dist).expect("is cleaned up");
    }
}
