//! What a field may hold. Each validator notes what is wrong, so that a caller hears of all fields at once, and those
//! of names give the value as it is to be stored; it counts only once [`finish`] has let it pass.

mod emoji;
mod profile;

pub use emoji::emoji;
pub use profile::{bio, display_name, email, group_name, locale, prose, timezone, username};

use std::borrow::Cow;

use studyhall_wire::{FieldError, limits};

use crate::{Error, Result};

/// What is wrong, so far.
pub type Errors = Vec<FieldError>;

/// 422 with everything that was noted, if anything was.
pub fn finish(errors: Errors) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// 8–256 characters of any kind but NUL; taken as it is, spaces included.
pub fn password(field: &'static str, value: &str, errors: &mut Errors) {
    if value.is_empty() {
        note(errors, field, "required", "A password is needed.");
        return;
    }
    no_nul(field, value, errors);
    let (least, most) = (*limits::PASSWORD_CHARS.start(), *limits::PASSWORD_CHARS.end());
    match value.chars().count() {
        n if n < least => note(errors, field, "too_short", format!("At least {least} characters.")),
        n if n > most => note(errors, field, "too_long", format!("At most {most} characters.")),
        _ => {}
    }
}

/// A message's text: 1–8,000 characters, none at all beside attachments.
pub fn message_text(value: &str, may_be_empty: bool, errors: &mut Errors) {
    if value.is_empty() && !may_be_empty {
        note(errors, "text", "required", "A message needs a text or an attachment.");
    }
    no_nul("text", value, errors);
    at_most("text", value, limits::MESSAGE_CHARS, errors);
}

/// 1–64 characters that the client chose.
pub fn client_id(value: &str, errors: &mut Errors) {
    if value.is_empty() {
        note(errors, "client_id", "required", "Choose an id for this message, such as a UUID.");
    }
    no_nul("client_id", value, errors);
    at_most("client_id", value, limits::CLIENT_ID_CHARS, errors);
}

/// NUL, which no text may hold: databases and C libraries end at it.
pub fn no_nul(field: &'static str, value: &str, errors: &mut Errors) {
    if value.contains('\0') {
        note(errors, field, "nul", "The character NUL is not allowed.");
    }
}

/// At most `most` characters (Unicode scalar values).
fn at_most(field: &'static str, value: &str, most: usize, errors: &mut Errors) {
    // A character has four bytes at most and one at least: most texts need no counting.
    if value.len() > most && value.chars().count() > most {
        note(errors, field, "too_long", format!("At most {most} characters."));
    }
}

fn note(errors: &mut Errors, field: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) {
    errors.push(FieldError::new(field, code, message));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes that a check notes.
    pub(super) fn codes(check: impl FnOnce(&mut Errors)) -> Vec<String> {
        let mut errors = Errors::new();
        check(&mut errors);
        errors.into_iter().map(|error| error.code.into_owned()).collect()
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        let check = |value: &str| codes(|errors| password("password", value, errors));
        assert_eq!(check(""), ["required"]);
        assert_eq!(check("1234567"), ["too_short"]);
        assert_eq!(check("ééééééé"), ["too_short"]);
        assert!(check("12345678").is_empty());
        assert!(check("        ").is_empty());
        assert!(check(&"é".repeat(256)).is_empty());
        assert_eq!(check(&"é".repeat(257)), ["too_long"]);
        assert_eq!(check("1234567\08"), ["nul"]);
    }

    #[test]
    fn texts_hold_eight_thousand_characters_of_any_script() {
        let check = |value: &str, empty| codes(|errors| message_text(value, empty, errors));
        assert_eq!(check("", false), ["required"]);
        assert!(check("", true).is_empty());
        assert!(check(&"漢".repeat(8_000), false).is_empty());
        assert_eq!(check(&"漢".repeat(8_001), false), ["too_long"]);
        assert!(check("שלום\u{202e} e\u{301}\n\t", false).is_empty());
        assert_eq!(check("a\0b", true), ["nul"]);
    }

    #[test]
    fn client_ids_hold_sixty_four_characters() {
        let check = |value: &str| codes(|errors| client_id(value, errors));
        assert_eq!(check(""), ["required"]);
        assert!(check(&"ü".repeat(64)).is_empty());
        assert_eq!(check(&"x".repeat(65)), ["too_long"]);
        assert_eq!(check("\0"), ["nul"]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut errors = Errors::new();
        password("password", "short", &mut errors);
        client_id("", &mut errors);
        let Err(Error::Invalid(errors)) = finish(errors) else { panic!("two fields are wrong") };
        assert_eq!(errors.iter().map(|error| &*error.field).collect::<Vec<_>>(), ["password", "client_id"]);
        assert!(finish(Errors::new()).is_ok());
    }
}
