//! Archives, taken apart and put together by their description alone.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub type Entries = Vec<(String, Vec<u8>)>;

pub fn entries(path: &Path) -> Entries {
    let mut tar = tar::Archive::new(zstd::Decoder::new(File::open(path).expect("there")).expect("compressed"));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("bytes");
        (entry.path().expect("a name").to_str().expect("text").to_owned(), bytes)
    };
    tar.entries().expect("entries").map(read).collect()
}

/// Writes an archive of these entries, with the end that belongs to them.
pub fn write(path: &Path, entries: &[(String, Vec<u8>)]) {
    let (mut count, mut sum) = (0, Sha256::new());
    let mut tar = tar::Builder::new(zstd::Encoder::new(File::create(path).expect("made"), 0).expect("compressed"));
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes).expect("added");
    };
    for (name, bytes) in entries.iter().filter(|(name, _)| name != "end.json") {
        add(name, bytes);
        if name != "manifest.json" {
            count += 1;
            sum.update(format!("{}  {name}\n", hex::encode(Sha256::digest(bytes))));
        }
    }
    add("end.json", json!({ "entries": count, "sha256": hex::encode(sum.finalize()) }).to_string().as_bytes());
    tar.into_inner().expect("written").finish().expect("compressed").flush().expect("on the disk");
}

/// As values: PostgreSQL has an order of its own for the keys of JSON. Only in the outbox are rows numbered anew.
pub fn lines(name: &str, bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let value = |line| {
        let mut row: Value = serde_json::from_slice(line).expect("JSON");
        if name.starts_with("tables/outbox/") {
            row["number"].take();
        }
        row
    };
    lines.map(value).collect()
}
