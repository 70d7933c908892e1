//! What people are found by.

use unicode_normalization::UnicodeNormalization as _;

/// Words of a display name that a search can begin at.
const WORDS: usize = 16;

/// The form in which names and addresses are compared: without case, and without the difference between composed and
/// decomposed characters (NFKC, Unicode annex 15).
pub(super) fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// The keys of an account: its username, and its display name from each of its words on, so that `mül`, `anna m` and
/// `o'b` all find Anna Müller O'Brien.
pub(super) fn search_keys(username: &str, display_name: &str) -> Vec<String> {
    let name = fold(display_name).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut keys: Vec<String> = std::iter::once(fold(username)).chain(word_starts(&name).map(str::to_owned)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The rest of `name` from each of its words on. A word begins after what is neither letter nor digit, and the name
/// itself is one whatever it begins with.
fn word_starts(name: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    name.char_indices()
        .filter(move |&(_, now)| {
            let starts = match before {
                None => true,
                Some(last) => !is_word(last) && is_word(now),
            };
            before = Some(now);
            starts
        })
        .map(|(at, _)| &name[at..])
        .take(WORDS)
}

/// Letters and digits, and the marks that belong to the letter before them.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

/// The bounds `lower <= key < upper` of the keys that begin with `prefix`; none above the last character.
pub(super) fn prefix_range(prefix: &str) -> (String, Option<String>) {
    let mut upper: Vec<char> = prefix.chars().collect();
    while let Some(last) = upper.pop() {
        if let Some(next) = successor(last) {
            upper.push(next);
            return (prefix.to_owned(), Some(upper.into_iter().collect()));
        }
    }
    (prefix.to_owned(), None)
}

/// The next character in the order of UTF-8's bytes, which is that of code points.
fn successor(c: char) -> Option<char> {
    match c {
        char::MAX => None,
        '\u{D7FF}' => Some('\u{E000}'),
        other => char::from_u32(u32::from(other) + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_begin_at_words() {
        assert_eq!(
            search_keys("anna", "Anna  MÜLLER-O'Brien"),
            ["anna", "anna müller-o'brien", "brien", "müller-o'brien", "o'brien"]
        );
        assert_eq!(search_keys("ming", "王小明"), ["ming", "王小明"]);
        assert_eq!(search_keys("x-1", ""), ["x-1"]);
        assert_eq!(search_keys("mu", "Mu\u{308}ller"), ["mu", "müller"], "decomposed is the same as composed");
    }

    #[test]
    fn ranges_hold_exactly_what_begins_with_the_prefix() {
        for prefix in ["a", "a%", "a_", "z\u{D7FF}", "mü", "王", "a\u{10FFFF}"] {
            let (lower, upper) = prefix_range(prefix);
            let inside = |key: &str| key >= lower.as_str() && upper.as_deref().is_none_or(|upper| key < upper);
            assert!(
                inside(prefix) && inside(&format!("{prefix}\u{10FFFF}")) && inside(&format!("{prefix}b")),
                "{prefix}"
            );
            assert!(
                !inside("")
                    && !inside("~~")
                    && !inside(&prefix[..prefix.len() - prefix.chars().last().map_or(0, char::len_utf8)])
            );
        }
        assert_eq!(prefix_range("\u{10FFFF}"), ("\u{10FFFF}".to_owned(), None));
    }
}
