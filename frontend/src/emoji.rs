//! The emoji that the picker offers and that `:shortcodes:` stand for.

use std::sync::OnceLock;

use leptos::prelude::*;

use crate::parts::{self, Code};

/// One emoji and the words that find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// The characters, as they are sent.
    pub glyph: &'static str,
    /// Its shortcode without the colons, as on GitHub.
    pub code: &'static str,
    /// More words that find it, separated by spaces.
    words: &'static str,
}

/// A group of the picker.
#[derive(Clone, Debug)]
pub struct Group {
    /// `smileys`, `people`, … : the last part of the key of its title.
    pub key: &'static str,
    pub emoji: Vec<Emoji>,
}

static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();

thread_local! {
    static HERE: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Fetches their names, unless they are here.
///
/// # Errors
/// They could not be fetched; to call it again is to try again.
pub async fn fetch() -> Code<()> {
    let names = parts::emoji_names().await?;
    GROUPS.get_or_init(|| parse(names));
    HERE.with(|here| here.set(true));
    Ok(())
}

/// All of them, in the order in which they are shown; none before [`fetch`]. Reactive.
#[must_use]
pub fn groups() -> &'static [Group] {
    HERE.with(Track::track);
    // On the host, where the tests run, nothing is cut off.
    #[cfg(not(target_arch = "wasm32"))]
    GROUPS.get_or_init(|| parse(include_str!("emoji.txt")));
    GROUPS.get().map_or(&[], Vec::as_slice)
}

fn parse(source: &'static str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for line in source.lines().filter(|line| !line.starts_with("# ")) {
        if let Some(key) = line.strip_prefix("> ") {
            groups.push(Group { key, emoji: Vec::new() });
        } else if let (Some((glyph, rest)), Some(group)) = (line.split_once(' '), groups.last_mut()) {
            let (code, words) = rest.split_once(' ').unwrap_or((rest, ""));
            group.emoji.push(Emoji { glyph, code, words });
        }
    }
    groups
}

/// The emoji of a shortcode, given without its colons.
#[must_use]
pub fn by_code(code: &str) -> Option<Emoji> {
    let exact = |emoji: &&Emoji| emoji.code == code;
    let named = |emoji: &&Emoji| emoji.words.split(' ').any(|word| word == code);
    let all = || groups().iter().flat_map(|group| &group.emoji);
    all().find(exact).or_else(|| all().find(named)).copied()
}

/// The code of an emoji that is in the set.
#[must_use]
pub fn code_of(glyph: &str) -> Option<&'static str> {
    groups().iter().flat_map(|group| &group.emoji).find(|emoji| emoji.glyph == glyph).map(|emoji| emoji.code)
}

/// What matches a query, best first: shortcodes that begin with it, then those with a word that does, then other words.
/// An empty query matches nothing.
#[must_use]
pub fn search(query: &str, limit: usize) -> Vec<Emoji> {
    let query = query.trim().trim_matches(':').to_lowercase().replace([' ', '-'], "_");
    if query.is_empty() {
        return Vec::new();
    }
    let rank = |emoji: &Emoji| {
        if emoji.code == query {
            Some(0)
        } else if emoji.code.starts_with(&query) {
            Some(1)
        } else if emoji.code.split('_').any(|part| part.starts_with(&query)) {
            Some(2)
        } else if emoji.words.split(' ').any(|word| word.starts_with(&query)) {
            Some(3)
        } else {
            emoji.code.contains(&query).then_some(4)
        }
    };
    let mut found: Vec<(u8, Emoji)> =
        groups().iter().flat_map(|group| &group.emoji).filter_map(|emoji| Some((rank(emoji)?, *emoji))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(limit).map(|(_, emoji)| emoji).collect()
}

/// Whether a text is nothing but up to three emoji, which are then shown large.
#[must_use]
pub fn is_only_emoji(text: &str) -> bool {
    let mut symbols = 0;
    let mut joined = false;
    for c in text.trim().chars() {
        match c {
            '\u{200d}' => joined = true,
            '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' => {}
            c if c.is_whitespace() => {}
            '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' => {
                symbols += usize::from(!joined);
                joined = false;
            }
            _ => return false,
        }
    }
    (1..=3).contains(&symbols)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{by_code, code_of, groups, is_only_emoji, search};

    #[test]
    fn the_set_is_whole_and_free_of_doubles() {
        assert_eq!(groups().len(), 8);
        let all: Vec<_> = groups().iter().flat_map(|group| &group.emoji).collect();
        assert!(all.len() > 400, "{}", all.len());
        assert_eq!(all.iter().map(|emoji| emoji.code).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|emoji| emoji.glyph).collect::<HashSet<_>>().len(), all.len());
        for emoji in all {
            assert!(emoji.glyph.len() <= studyhall_wire::limits::EMOJI_BYTES, "{}", emoji.code);
            assert!(!emoji.glyph.is_ascii(), "{}", emoji.code);
        }
    }

    #[test]
    fn shortcodes_are_found() {
        assert_eq!(by_code("tada").unwrap().glyph, "🎉");
        assert_eq!(by_code("+1").unwrap().glyph, "👍");
        assert_eq!(by_code("thumbsup").unwrap().glyph, "👍");
        assert_eq!(by_code("no_such_thing"), None);
        assert_eq!(code_of("🎉"), Some("tada"));
    }

    #[test]
    fn the_best_match_is_first() {
        assert_eq!(search("heart", 5)[0].glyph, "❤️");
        assert_eq!(search(":ROCKE", 5)[0].code, "rocket");
        assert_eq!(search("", 5), []);
        assert_eq!(search("smile", 3).len(), 3);
    }

    #[test]
    fn emoji_alone_are_told_from_text() {
        assert!(is_only_emoji("🎉"));
        assert!(is_only_emoji("❤️ 👍🏽 👨‍👩‍👧"));
        assert!(!is_only_emoji("🎉🎉🎉🎉"));
        assert!(!is_only_emoji("ok 🎉"));
        assert!(!is_only_emoji(" "));
        assert!(!is_only_emoji("1"));
    }
}
