//! What can go wrong with a call, as pages need to tell it apart.

use studyhall_wire::{ErrorCode, FieldError, Problem};

pub type Result<T> = std::result::Result<T, Error>;

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The server could not be reached, or what answered was not it.
    Unreachable,
    /// There is no session, or not any more.
    SignedOut,
    /// The server says what is wrong.
    Problem(Box<Problem>),
    /// An answer that this version does not understand.
    Unexpected(String),
}

impl Error {
    /// Whether the server gave this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == code.as_str())
    }

    /// What is wrong with one field of a form.
    pub fn field(&self, name: &str) -> Option<String> {
        let Self::Problem(problem) = self else { return None };
        if name == "username" && self.is(ErrorCode::UsernameTaken) {
            return Some(self.text());
        }
        problem.errors.iter().find(|error| error.field == name).map(field_text)
    }

    /// What to tell the reader.
    pub fn text(&self) -> String {
        match self {
            Self::Unreachable => crate::t!("error-unreachable"),
            Self::SignedOut => crate::t!("error-signed-out"),
            Self::Unexpected(_) => crate::t!("error-unexpected"),
            Self::Problem(problem) => {
                if let Some(text) = crate::i18n::lookup(&format!("error-{}", problem.code), &[]) {
                    text
                } else if !problem.errors.is_empty() {
                    problem.errors.iter().map(field_text).collect::<Vec<_>>().join(" ")
                } else if problem.detail.is_empty() {
                    problem.title.to_string()
                } else {
                    problem.detail.to_string()
                }
            }
        }
    }
}

/// What is wrong with a field, in the reader's language where there are words for it, else in the server's.
fn field_text(error: &FieldError) -> String {
    let of_field = crate::i18n::lookup(&format!("field-{}-{}", error.field, error.code), &[]);
    of_field
        .or_else(|| crate::i18n::lookup(&format!("field-{}", error.code), &[]))
        .unwrap_or_else(|| error.message.to_string())
}
