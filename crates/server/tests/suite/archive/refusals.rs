//! What is refused, with a line that says what to do, and without getting in the way of the next try.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Instance, file, text};

/// An instance with one account, and its archive.
fn archived() -> (TempDir, Instance) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Instance::embedded(&folder.path().join("source"));
    source.says(&["user", "create", "anna"]);
    source.says(&["export", text(&folder.path().join("archive"))]);
    (folder, source)
}

/// The archive with its manifest changed.
fn with_manifest(archive: &Path, other: &Path, change: impl FnOnce(&mut Value)) {
    let mut entries = file::entries(archive);
    let mut manifest = serde_json::from_slice(&entries[0].1).expect("a manifest");
    change(&mut manifest);
    entries[0].1 = manifest.to_string().into_bytes();
    file::write(other, &entries);
}

#[test]
fn an_export_makes_no_empty_backup_and_overwrites_none() {
    let (folder, source) = archived();
    let archive = folder.path().join("archive");
    let before = fs::read(&archive).expect("bytes");
    assert!(source.fails(&["export", text(&archive)]).contains("is there already: choose another name"));
    assert_eq!(fs::read(&archive).expect("bytes"), before);
    let nowhere = folder.path().join("sorce");
    let mistyped = Instance::embedded(&nowhere);
    assert!(mistyped.fails(&["export", text(&folder.path().join("other"))]).contains("with --data-dir"));
    assert!(!nowhere.exists() && !folder.path().join("other").exists());
}

#[test]
fn what_cannot_be_read_whole_is_refused_before_anything_is_stored() {
    let (folder, _) = archived();
    let [archive, other] = ["archive", "other"].map(|name| folder.path().join(name));
    let target = Instance::embedded(&folder.path().join("target"));
    let refused = |words: &str| {
        let said = target.fails(&["import", text(&other)]);
        assert!(said.contains(words), "{said}");
        assert!(!folder.path().join("target").exists());
    };
    let whole = fs::read(&archive).expect("bytes");
    refused("cannot read");
    fs::write(&other, &whole[..whole.len() - 1]).expect("written");
    refused("its end is missing: copy it once more");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(&other, &damaged).expect("written");
    refused("copy it once more");
    fs::write(&other, "a text that somebody gave the wrong name").expect("written");
    refused("no archive of Studyhall");
    with_manifest(&archive, &other, |manifest| manifest["format"] = json!(1_000));
    refused("newer than this one: use that version");
    with_manifest(&archive, &other, |manifest| manifest["schema"] = json!("99991231000000"));
    refused("newer than this one: use that version");
    target.says(&["import", text(&archive)]);
}

#[test]
fn what_fails_half_way_can_be_repeated() {
    let (folder, _) = archived();
    let [archive, broken] = ["archive", "broken"].map(|name| folder.path().join(name));
    let stream = |name: &str, lines: &str| (format!("streams/{name}/0000000001.jsonl"), lines.as_bytes().to_vec());
    let id = "0193a3a8-6c8e-7000-8000-000000000001";
    let event = json!({
        "seq": 1, "at": "2026-11-26T00:00:00.000Z", "inbox": true, "kind": "read.advanced",
        "data": { "conversation_id": id, "seq": 1 },
    });
    let target = Instance::embedded(&folder.path().join("target"));
    for last in [
        stream("0193a3a8-6c8e-7000-8000-000000000002", "{ no event }\n"),
        ("tables/accounts/2.jsonl".to_owned(), b"{\"id\":1}\n".to_vec()),
        ("tables/pets/0.jsonl".to_owned(), b"{}\n".to_vec()),
        ("something/else".to_owned(), Vec::new()),
    ] {
        let mut entries = file::entries(&archive);
        entries.extend([stream(id, &format!("{event}\n")), last.clone()]);
        file::write(&broken, &entries);
        let said = target.fails(&["import", text(&broken)]);
        let what = last.0.split('/').nth(1).expect("a name");
        assert!(said.contains(what) || said.contains("something/else"), "{said}");
        // The half of it is not taken for the whole.
        assert!(target.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("run it again"));
    }
    target.says(&["import", text(&archive)]);
    let [first, again] = ["first", "again"].map(|name| folder.path().join(name));
    target.says(&["export", text(&first)]);
    assert!(file::entries(&first).iter().all(|(name, _)| !name.contains(id)), "nothing is left of the others");
    assert!(target.fails(&["import", text(&archive)]).contains("not empty (accounts)"));
    target.says(&["export", text(&again)]);
    assert_eq!(file::entries(&first).last(), file::entries(&again).last(), "nothing was changed");
}

#[test]
fn a_place_in_use_is_left_alone() {
    let (folder, source) = archived();
    let archive = folder.path().join("archive");
    let target = Instance::embedded(&folder.path().join("target"));
    let server = target.serve();
    assert!(target.fails(&["import", text(&archive)]).contains("stop it first"));
    server.kill();
    target.says(&["import", text(&archive)]);
    let server = source.serve();
    let other = folder.path().join("other");
    assert!(source.fails(&["export", "--retire", text(&other)]).contains("stop it first"));
    server.kill();
    assert!(!other.exists());
}

#[test]
fn a_move_loses_nothing_and_leaves_one_instance_in_service() {
    let (folder, source) = archived();
    let [archive, moved] = ["archive", "moved"].map(|name| folder.path().join(name));
    let target = Instance::embedded(&folder.path().join("target"));
    let server = source.serve();
    assert!(target.fails(&["import", "--move", text(&archive)]).contains("stop it first"));
    server.kill();
    source.says(&["user", "create", "ben"]);
    assert!(target.fails(&["import", "--move", text(&archive)]).contains("has changed since the archive was made"));
    let elsewhere = folder.path().join("elsewhere");
    with_manifest(&archive, &elsewhere, |manifest| manifest["data_dir"] = json!("/somewhere/else"));
    assert!(target.fails(&["import", "--move", text(&elsewhere)]).contains("studyhall export --retire"));
    source.says(&["export", "--retire", text(&moved)]);
    assert!(source.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("was moved elsewhere"));
    target.says(&["import", "--move", text(&moved)]);
    let server = target.serve();
    server.kill();
}
