//! Inside a run of text: bare URLs become links, known `@names` mentions.

use super::{
    Mentions,
    html::{LINK_END, escape, open_link},
};

/// Whether a link may lead there: `http`, `https` and `mailto` alone.
pub(super) fn is_allowed(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    url.len() > scheme.len() + 1
        && matches!(scheme.as_str(), "http" | "https" | "mailto")
        && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// Writes text, with links (unless `in_link`) and mentions.
pub(super) fn write(out: &mut String, text: &str, mentions: &Mentions, in_link: bool) {
    let mut rest = text;
    let mut before: Option<char> = None;
    let mut written = 0;
    let offset = |rest: &str| text.len() - rest.len();
    while let Some(c) = rest.chars().next() {
        let starts_word = before.is_none_or(|c| !c.is_alphanumeric() && !"_@/".contains(c));
        let found = match c {
            'h' | 'H' if starts_word && !in_link => bare_url(rest).map(Found::Url),
            '@' if starts_word && before != Some('.') => mentioned(rest, mentions),
            _ => None,
        };
        let length = found.as_ref().map_or(c.len_utf8(), Found::len);
        if let Some(found) = found {
            escape(out, &text[written..offset(rest)]);
            found.write(out);
            written = offset(rest) + length;
        }
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    escape(out, &text[written..]);
}

enum Found<'a> {
    Url(&'a str),
    Mention { text: &'a str, me: bool },
}

impl Found<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Url(text) | Self::Mention { text, .. } => text.len(),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Url(url) => {
                open_link(out, url);
                escape(out, url);
                out.push_str(LINK_END);
            }
            Self::Mention { text, me } => {
                out.push_str(if *me { "<span class=\"mention mention-me\">" } else { "<span class=\"mention\">" });
                escape(out, text);
                out.push_str("</span>");
            }
        }
    }
}

/// The URL that a text begins with, without the punctuation of the sentence around it.
fn bare_url(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let end =
        text.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c)).unwrap_or(text.len());
    let mut url = &text[..end];
    while let Some(last) = url.chars().next_back() {
        let opening = match last {
            ')' => Some('('),
            ']' => Some('['),
            _ => None,
        };
        let surplus = match opening {
            Some(opening) => url.matches(last).count() > url.matches(opening).count(),
            None => ".,:;!?'*_~…、。，！？".contains(last),
        };
        if !surplus {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    // A host has to begin with a letter or a digit, or be an address in brackets.
    url[scheme.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '[').then_some(url)
}

/// The mention that a text begins with, if its name is known.
fn mentioned<'a>(text: &'a str, mentions: &Mentions) -> Option<Found<'a>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let end = text[1..].find(|c| !is_name(c)).map_or(text.len(), |end| end + 1);
    // A username ends in a letter or digit: a full stop after it belongs to the sentence.
    let text = text[..end].trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let name = text.get(1..)?.to_ascii_lowercase();
    let me = match mentions.names.iter().find(|(known, _)| *known == name) {
        Some((_, me)) => *me,
        None if mentions.everyone && name == "everyone" => true,
        None => return None,
    };
    Some(Found::Mention { text, me })
}
