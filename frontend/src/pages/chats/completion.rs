//! What the composer offers to complete: `@name` and `:emoji:`. Pure; no browser.

/// What kind of word is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Person,
    Emoji,
}

/// A word that can be completed: `query` is what follows the sign; `start..end` are bytes, the sign included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub kind: Kind,
    pub query: String,
    pub start: usize,
    pub end: usize,
}

/// Characters that an emoji's name needs before anything is offered: a lone colon is punctuation.
const EMOJI_CHARS: usize = 2;

/// The word before the caret, if it can be completed. `caret` is in UTF-16 units, as text fields give it.
pub fn trigger(text: &str, caret: usize) -> Option<Trigger> {
    let end = byte_at(text, caret);
    let before = &text[..end];
    let start = before.rfind(|c: char| c == '@' || c == ':' || c.is_whitespace())?;
    let sign = before[start..].chars().next()?;
    let kind = match sign {
        '@' => Kind::Person,
        ':' => Kind::Emoji,
        _ => return None,
    };
    // In `a@b`, `10:30` and `::` the sign does not begin a word.
    if before[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == sign || c == '/') {
        return None;
    }
    let query = &before[start + sign.len_utf8()..];
    let fits = match kind {
        Kind::Person => query.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c)),
        Kind::Emoji => {
            query.chars().count() >= EMOJI_CHARS && query.chars().all(|c| c.is_alphanumeric() || "_+-".contains(c))
        }
    };
    fits.then(|| Trigger { kind, query: query.to_owned(), start, end })
}

/// The text with the word completed and a space behind it, and where the caret then is, in UTF-16 units.
pub fn complete(text: &str, trigger: &Trigger, with: &str) -> (String, usize) {
    let (before, after) = (&text[..trigger.start], &text[trigger.end..]);
    let space = if after.starts_with(' ') { "" } else { " " };
    let completed = format!("{before}{with}{space}{after}");
    let caret = format!("{before}{with} ").encode_utf16().count();
    (completed, caret)
}

/// The text with the `:name:` that ends at the caret turned into its emoji, and where the caret then is, if there is one
/// of this name.
pub fn close_emoji(text: &str, caret: usize) -> Option<(String, usize)> {
    let end = byte_at(text, caret);
    let open = text[..end].strip_suffix(':')?;
    let start = open.rfind(':')?;
    if open[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '/') {
        return None;
    }
    let name = Some(&open[start + 1..]).filter(|name| !name.is_empty())?;
    let glyph = crate::emoji::by_code(name)?.glyph;
    let before = format!("{}{glyph}", &text[..start]);
    let caret = before.encode_utf16().count();
    Some((format!("{before}{}", &text[end..]), caret))
}

/// The byte at a position in UTF-16 units; within a character, its start.
fn byte_at(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units + c.len_utf16() > utf16 {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Option<(Kind, String)> {
        trigger(text, text.encode_utf16().count()).map(|trigger| (trigger.kind, trigger.query))
    }

    #[test]
    fn a_sign_at_the_start_of_a_word_offers() {
        assert_eq!(query("@"), Some((Kind::Person, String::new())));
        assert_eq!(query("hi @ja"), Some((Kind::Person, "ja".into())));
        assert_eq!(query("(@ja.son-1"), Some((Kind::Person, "ja.son-1".into())));
        assert_eq!(query("well :smi"), Some((Kind::Emoji, "smi".into())));
        assert_eq!(query("👍 :+1"), Some((Kind::Emoji, "+1".into())));
    }

    #[test]
    fn addresses_times_and_smileys_do_not() {
        for text in ["", "me@example", "10:30", "a :s", ": ", "@ja son", "https://x", "::tada", "plain"] {
            assert_eq!(query(text), None, "{text:?}");
        }
    }

    #[test]
    fn completing_puts_the_caret_behind_the_word() {
        let text = "👍 @ja, hello";
        let trigger = trigger(text, 6).unwrap();
        assert_eq!(complete(text, &trigger, "@jason"), ("👍 @jason , hello".to_owned(), 10));
        let text = "@ja x";
        let trigger = super::trigger(text, 3).unwrap();
        assert_eq!(complete(text, &trigger, "@jason"), ("@jason x".to_owned(), 7));
    }

    #[test]
    fn a_name_between_colons_becomes_its_emoji() {
        let closed = |text: &str| close_emoji(text, text.encode_utf16().count());
        assert_eq!(closed("so :smile:"), Some(("so 😄".to_owned(), 5)));
        assert_eq!(close_emoji(":smile:, you", 7), Some(("😄, you".to_owned(), 2)));
        for text in ["10:30:", "std::vec::", ":no_such_thing:", "a:smile:", ":smile", "::"] {
            assert_eq!(closed(text), None, "{text}");
        }
    }
}
