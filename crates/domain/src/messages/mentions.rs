//! Who is named in a text: `@username` and `@everyone`.

use std::collections::BTreeSet;

/// Names beyond this many are not looked up.
const MAX_NAMES: usize = 50;

/// What a text mentions, before anybody checked that these people exist.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Folded usernames.
    pub usernames: BTreeSet<String>,
    pub everyone: bool,
}

/// Finds `@name` wherever it does not continue a word (so that an e-mail address is none). A username ends in a
/// letter or digit, so what follows one in a sentence is not part of it.
#[must_use]
pub fn named(text: &str) -> Named {
    let mut found = Named::default();
    for (at, _) in text.match_indices('@') {
        if text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '@') {
            continue;
        }
        let rest = &text[at + 1..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(['_', '.', '-']).to_ascii_lowercase();
        if name == "everyone" {
            found.everyone = true;
        } else if !name.is_empty() && found.usernames.len() < MAX_NAMES {
            found.usernames.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_a_username_ends() {
        let found = named("@Anna, ask @bob.smith. Not me@example.org, nor @@x; but (@c-3)! @everyone?");
        assert_eq!(found.usernames.iter().map(String::as_str).collect::<Vec<_>>(), ["anna", "bob.smith", "c-3"]);
        assert!(found.everyone);
        assert_eq!(named("a @ b @"), Named::default());
    }
}
