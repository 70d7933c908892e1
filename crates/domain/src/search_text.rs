//! What message search makes of a text: folded words, and of each word the keys that an index keeps.
//!
//! A word's keys are its overlapping pairs of characters and, last, its last character alone: `tea` gives `te`, `ea`,
//! `a`. Then every part of a word can be found, in scripts that put no spaces between words, too: two characters or
//! more as a run of neighbouring pairs, one character as the beginning of a key. Since the single last character
//! stands between the pairs of two words, no run reaches from one word into the next, and an index that keeps the order
//! of its keys gives exact answers; one that does not can check its candidates with [`Pattern::matches`].
//!
//! Texts are folded by NFKC and lower case, both in the index and in a query. Accents stay: in many languages they
//! make another letter.

use std::{borrow::Cow, ops::Range};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A folded text and where its words are in it.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    folded: Cow<'a, str>,
    words: Vec<Range<usize>>,
}

impl<'a> Words<'a> {
    /// Folds a text and splits it at whatever is neither letter nor digit; a mark belongs to its letter.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let folded = fold(text);
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in folded.char_indices() {
            match (start, is_word(c)) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    words.push(from..at);
                    start = None;
                }
                _ => {}
            }
        }
        words.extend(start.map(|from| from..folded.len()));
        Self { folded, words }
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|range| &self.folded[range.clone()])
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// Joiners, soft hyphens and the like change how a word looks, not which word it is.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            text.to_ascii_lowercase().into()
        } else {
            text.into()
        };
    }
    // Lower case can undo the normal form (of a Turkish İ), hence the second pass. The final sigma is a sigma.
    let lower = text.nfkc().filter(|c| !is_ignorable(*c)).flat_map(char::to_lowercase);
    lower.map(|c| if c == 'ς' { 'σ' } else { c }).nfkc().collect::<String>().into()
}

/// The overlapping pairs of a word's characters, in order: none for a word of one.
pub fn pairs(word: &str) -> impl Iterator<Item = &str> {
    let starts = word.char_indices().map(|(at, _)| at);
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).skip(1);
    starts.zip(ends).map(|(from, to)| &word[from..to])
}

/// What an index keeps of a word, in order: its pairs, then its last character.
pub fn keys(word: &str) -> impl Iterator<Item = &str> {
    let last = word.char_indices().next_back().map(|(at, _)| &word[at..]);
    pairs(word).chain(last)
}

/// What to look for: words, each of which must be a part of some word of a text.
#[derive(Clone, Debug)]
pub struct Pattern {
    words: Vec<String>,
}

impl Pattern {
    /// From a query as typed. None where it has no letter or digit, and so finds nothing.
    #[must_use]
    pub fn of(query: &str) -> Option<Self> {
        let mut words: Vec<String> = Vec::new();
        for word in Words::of(query).iter() {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        if words.is_empty() { None } else { Some(Self { words }) }
    }

    /// Folded, each once.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether a text has them all.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = Words::of(text);
        // A word of the pattern has no separators, so where it occurs in the text it is part of one word.
        self.words.iter().all(|word| text.folded.contains(word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).iter().map(str::to_owned).collect()
    }

    #[test]
    fn folds_and_splits() {
        assert_eq!(words("Hello, WORLD! x2"), ["hello", "world", "x2"]);
        assert_eq!(words("ＦＵＬＬ ﬁne"), ["full", "fine"]);
        assert_eq!(words("ΟΔΟΣ οδος"), ["οδοσ", "οδοσ"]);
        assert_eq!(words("Cafe\u{301} CAFÉ"), ["café", "café"]);
        assert_eq!(words("你好，世界"), ["你好", "世界"]);
        assert_eq!(words("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(words("co\u{ad}operate می\u{200c}خواهم"), ["cooperate", "میخواهم"]);
        assert_eq!(words("İstanbul"), words("i\u{307}stanbul"));
        assert!(words(" .,;!\"'()*\0 ").is_empty());
    }

    #[test]
    fn a_word_gives_pairs_and_its_last_character() {
        assert_eq!(keys("tea").collect::<Vec<_>>(), ["te", "ea", "a"]);
        assert_eq!(keys("你好").collect::<Vec<_>>(), ["你好", "好"]);
        assert_eq!(keys("x").collect::<Vec<_>>(), ["x"]);
        assert_eq!(keys("").count(), 0);
    }

    #[test]
    fn every_word_of_a_pattern_must_be_part_of_a_word() {
        let pattern = Pattern::of("Tea pot tea").unwrap();
        assert_eq!(pattern.words(), ["tea", "pot"]);
        assert!(pattern.matches("Instead: potters"));
        assert!(!pattern.matches("te apot"));
        assert!(Pattern::of("\"*()").is_none());
    }
}
