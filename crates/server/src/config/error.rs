//! What is wrong with a configuration, in one line that says what to do.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// The value of a key will not do.
    pub(super) fn value(key: &str, problem: impl fmt::Display) -> Self {
        Self(format!("{key} (STUDYHALL_{}): {problem}", key.to_uppercase()))
    }

    pub(super) fn unknown(key: &str, place: &str, known: &[&str]) -> Self {
        Self(format!("unknown {place} {key}; known are {}", known.join(", ")))
    }

    pub(super) fn other(problem: impl fmt::Display) -> Self {
        Self(problem.to_string().replace('\n', " "))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
