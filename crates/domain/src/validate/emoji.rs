//! What counts as one emoji, for reactions: the grammar of UTS #51, section 1.4.9 (`possible_emoji`), over blocks
//! instead of a property table, so that the emoji of a next Unicode version pass as well.

use studyhall_wire::limits;

use crate::{Error, Result};

const ZWJ: char = '\u{200d}';
const PRESENTATION: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const CANCEL_TAG: char = '\u{e007f}';

/// Exactly one emoji, of at most 64 bytes: 422 otherwise.
pub fn emoji(value: &str) -> Result<()> {
    let message = "Give exactly one emoji.";
    match value {
        "" => Err(Error::invalid("emoji", "required", message)),
        _ if value.contains('\0') => Err(Error::invalid("emoji", "nul", "The character NUL is not allowed.")),
        _ if value.len() > limits::EMOJI_BYTES => Err(Error::invalid("emoji", "too_long", message)),
        _ if is_emoji(value) => Ok(()),
        _ => Err(Error::invalid("emoji", "invalid", message)),
    }
}

/// `zwj_element (ZWJ zwj_element)*`
fn is_emoji(value: &str) -> bool {
    value.split(ZWJ).all(is_zwj_element)
}

/// A flag of two regional indicators, a keycap, or a pictograph with its modification: a skin tone, the emoji
/// presentation, an enclosing keycap, or tags.
fn is_zwj_element(element: &str) -> bool {
    let mut chars = element.chars();
    let Some(first) = chars.next() else { return false };
    let rest = chars.as_str();
    match first {
        '0'..='9' | '#' | '*' => rest == "\u{fe0f}\u{20e3}",
        '\u{1f1e6}'..='\u{1f1ff}' => {
            let second = chars.next();
            matches!(second, Some('\u{1f1e6}'..='\u{1f1ff}')) && chars.as_str().is_empty()
        }
        _ => is_pictograph(first) && is_modification(rest),
    }
}

fn is_modification(rest: &str) -> bool {
    let rest = rest.strip_prefix(|c: char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}')).unwrap_or(rest);
    let rest = rest.strip_prefix(PRESENTATION).unwrap_or(rest);
    let rest = rest.strip_prefix(KEYCAP).unwrap_or(rest);
    // The tags of a subdivision's flag, such as Scotland's.
    match rest.strip_suffix(CANCEL_TAG) {
        Some(tags) => !tags.is_empty() && tags.chars().all(|c| matches!(c, '\u{e0020}'..='\u{e007e}')),
        None => rest.is_empty(),
    }
}

/// The blocks that hold emoji.
fn is_pictograph(c: char) -> bool {
    matches!(
        c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2194}'..='\u{21aa}' | '\u{2300}'..='\u{23ff}' | 'Ⓜ'
        | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '⤴' | '⤵' | '\u{2b05}'..='\u{2b55}' | '〰' | '〽' | '㊗' | '㊙'
        | '\u{1f004}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_emoji_passes() {
        for one in [
            "👍",
            "👍🏽",
            "❤️",
            "❤",
            "😀",
            "1️⃣",
            "#️⃣",
            "🇩🇪",
            "👩‍💻",
            "👩🏾‍🚀",
            "👨‍👩‍👧‍👦",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "🏳️‍🌈",
            "❤️‍🔥",
            "🧑🏻‍❤️‍💋‍🧑🏿",
            "☕",
            "⏰",
            "🫡",
            "©️",
        ] {
            assert!(emoji(one).is_ok(), "{one}");
        }
    }

    #[test]
    fn nothing_else_does() {
        for (value, code) in [
            ("", "required"),
            ("a", "invalid"),
            ("+1", "invalid"),
            ("👍👍", "invalid"),
            ("👍 ", "invalid"),
            ("1", "invalid"),
            ("🇩", "invalid"),
            ("👍\u{200d}", "invalid"),
            ("\u{200d}", "invalid"),
            ("\u{fe0f}", "invalid"),
            ("é", "invalid"),
            ("漢", "invalid"),
            ("<b>", "invalid"),
            ("../..", "invalid"),
            ("👍\0", "nul"),
            (&"👩‍".repeat(20), "too_long"),
        ] {
            let Err(Error::Invalid(errors)) = emoji(value) else { panic!("{value:?} passed") };
            assert_eq!(errors[0].code, code, "{value:?}");
        }
    }
}
