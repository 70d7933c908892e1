//! The two files say the same things, and say all that the source asks for.

use std::{collections::BTreeMap, fs, path::Path};

use fluent_bundle::FluentResource;
use futures_util::FutureExt as _;

use super::{Language, fetch, lookup, set_language};

/// Fetched, it is at once here: nothing is cut off on the host.
fn here(language: Language) {
    fetch(language).now_or_never().unwrap().unwrap();
}

/// Each message's key, and the names of the arguments that its text uses.
fn messages(language: Language) -> BTreeMap<String, Vec<String>> {
    here(language);
    let source = language.source().unwrap();
    if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
        panic!("{language:?}: {errors:?}");
    }
    let mut messages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_alphabetic())
            && let Some((name, _)) = line.split_once(" =")
        {
            name.clone_into(&mut key);
            assert!(messages.insert(key.clone(), Vec::new()).is_none(), "{language:?} has {key} twice");
        }
        for part in line.split('$').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let names = messages.entry(key.clone()).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    for names in messages.values_mut() {
        names.sort();
    }
    messages
}

#[test]
fn both_languages_have_the_same_keys_and_arguments() {
    let (english, german) = (messages(Language::English), messages(Language::German));
    for key in english.keys().chain(german.keys()) {
        assert_eq!(english.get(key), german.get(key), "{key}");
    }
    assert!(english.len() > 50);
}

/// Every `t!("key", name = …)` below a folder: the key, its arguments' names, and the file.
fn uses(folder: &Path, found: &mut Vec<(String, Vec<String>, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            uses(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && !path.ends_with("i18n.rs")
            && !path.ends_with("i18n/tests.rs")
        {
            let source = fs::read_to_string(&path).unwrap();
            for (at, call) in source.match_indices("t!(") {
                // `format!(` ends in the same letters.
                if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let call = &source[at + call.len()..];
                let Some((key, rest)) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
                else {
                    continue;
                };
                found.push((key.to_owned(), argument_names(rest), path.display().to_string()));
            }
        }
    }
}

/// The names in `, one = …, two = …)`, up to the bracket that closes the call.
fn argument_names(rest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut word) = (0, String::new());
    let mut at_start = false;
    for c in rest.chars() {
        match c {
            ')' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                at_start = true;
                word.clear();
            }
            '=' if depth == 0 && at_start => {
                names.push(word.trim().to_owned());
                at_start = false;
            }
            c if at_start => word.push(c),
            _ => {}
        }
    }
    names.sort();
    names
}

#[test]
fn every_text_that_the_source_asks_for_is_there() {
    let mut found = Vec::new();
    uses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 30, "only {} uses found", found.len());
    let messages = messages(Language::English);
    let missing: Vec<_> = found.iter().filter(|(key, ..)| !messages.contains_key(key)).collect();
    assert!(missing.is_empty(), "missing from locales/en.ftl: {missing:#?}");
    let unfilled: Vec<_> = found.iter().filter(|(key, names, _)| messages[key] != *names).collect();
    assert!(unfilled.is_empty(), "called with other arguments than the text has: {unfilled:#?}");
}

#[test]
fn the_language_can_be_switched() {
    set_language(Language::English);
    assert_eq!(t!("close"), "Close");
    here(Language::German);
    set_language(Language::German);
    assert_eq!(t!("close"), "Schließen");
    assert_eq!(Language::of_locale("de-AT"), Some(Language::German));
    assert_eq!(Language::of_locale("fr"), None);
}

#[test]
fn numbers_choose_their_form() {
    set_language(Language::English);
    assert_eq!(t!("unread-count", count = 1), "1 unread message");
    assert_eq!(t!("unread-count", count = 3), "3 unread messages");
    assert_eq!(lookup("no-such-key", &[]), None);
}
