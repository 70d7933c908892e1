//! Places and their URLs. Reading and writing them is pure; the [`Router`] keeps the address bar and the page together.

mod parts;
mod router;

use std::fmt::Write as _;

use studyhall_wire::{ConversationId, GroupId, Seq};

pub use self::{
    parts::{AdminPage, FriendsTab, GroupTab, Panel, Section},
    router::{Router, is_plain, use_router},
};

/// Where one is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    Chats,
    /// A conversation, at its end or at a message, alone or with a panel beside it.
    Chat {
        id: ConversationId,
        at: Option<Seq>,
        panel: Option<Panel>,
    },
    Friends(FriendsTab),
    /// The groups that one is in.
    Groups,
    /// The groups that everybody finds.
    Discover,
    Group {
        id: GroupId,
        tab: GroupTab,
    },
    /// An invitation to a group. `join`: taken already, by signing in for it; no URL says so.
    Invite {
        code: String,
        join: bool,
    },
    /// The list of the administration's pages, or one of them.
    Admin(Option<AdminPage>),
    /// The list of settings, or one page of it.
    Settings(Option<Section>),
    /// `next` is where to go afterwards; `ended`: the server ended the session before this one.
    SignIn {
        next: Option<String>,
        ended: bool,
    },
    Register {
        next: Option<String>,
    },
    /// Setting a new password, by a link that somebody was given.
    Reset {
        token: String,
    },
    NotFound,
}

impl Route {
    pub fn chat(id: ConversationId) -> Self {
        Self::Chat { id, at: None, panel: None }
    }

    /// A conversation at one of its messages.
    pub fn message(id: ConversationId, at: Option<Seq>) -> Self {
        Self::Chat { id, at, panel: None }
    }

    pub fn group(id: GroupId) -> Self {
        Self::Group { id, tab: GroupTab::default() }
    }

    /// The place of a path and its query (without `?`).
    pub fn parse(path: &str, query: &str) -> Self {
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
        };
        // Only a path of this site: never `//elsewhere` or `https:`.
        let next = || {
            let next = unescape(value("next")?)?;
            (next.starts_with('/') && !next.starts_with("//") && !next.contains('\\')).then_some(next)
        };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments[..] {
            [] | ["chats"] => Self::Chats,
            ["chats", id] => match id.parse() {
                Ok(id) => Self::Chat {
                    id,
                    at: value("at").and_then(|at| at.parse().ok()),
                    panel: value("panel").and_then(Panel::of_slug),
                },
                Err(_) => Self::NotFound,
            },
            ["friends"] => Self::Friends(FriendsTab::default()),
            ["friends", slug] => match FriendsTab::ALL.into_iter().find(|tab| tab.slug() == slug) {
                Some(tab) => Self::Friends(tab),
                None => Self::NotFound,
            },
            ["groups"] => Self::Groups,
            ["groups", "discover"] => Self::Discover,
            ["groups", id] => match id.parse() {
                Ok(id) => Self::group(id),
                Err(_) => Self::NotFound,
            },
            ["groups", id, slug] => match (id.parse(), GroupTab::ALL.into_iter().find(|tab| tab.slug() == slug)) {
                (Ok(id), Some(tab)) => Self::Group { id, tab },
                _ => Self::NotFound,
            },
            ["invite", code] => match unescape(code) {
                Some(code) => Self::Invite { code, join: false },
                None => Self::NotFound,
            },
            ["admin"] => Self::Admin(None),
            ["admin", slug] => match AdminPage::ALL.into_iter().find(|page| page.slug() == slug) {
                Some(page) => Self::Admin(Some(page)),
                None => Self::NotFound,
            },
            ["settings"] => Self::Settings(None),
            ["settings", slug] => match Section::ALL.into_iter().find(|section| section.slug() == slug) {
                Some(section) => Self::Settings(Some(section)),
                None => Self::NotFound,
            },
            ["sign-in"] => Self::SignIn { next: next(), ended: value("ended").is_some() },
            ["reset", token] => match unescape(token) {
                Some(token) => Self::Reset { token },
                None => Self::NotFound,
            },
            ["register"] => Self::Register { next: next() },
            _ => Self::NotFound,
        }
    }

    /// The URL of a place.
    pub fn href(&self) -> String {
        let next = |path: &str, next: &Option<String>| match next {
            Some(next) => format!("{path}?next={}", escape(next)),
            None => path.to_owned(),
        };
        match self {
            Self::Chats | Self::NotFound => "/chats".to_owned(),
            Self::Chat { id, at, panel } => {
                let at = at.map(|seq| format!("at={seq}"));
                let panel = panel.map(|panel| format!("panel={}", panel.slug()));
                let query: Vec<String> = at.into_iter().chain(panel).collect();
                let mark = if query.is_empty() { "" } else { "?" };
                format!("/chats/{id}{mark}{}", query.join("&"))
            }
            Self::Friends(FriendsTab::Friends) => "/friends".to_owned(),
            Self::Friends(tab) => format!("/friends/{}", tab.slug()),
            Self::Groups => "/groups".to_owned(),
            Self::Discover => "/groups/discover".to_owned(),
            Self::Group { id, tab: GroupTab::Members } => format!("/groups/{id}"),
            Self::Group { id, tab } => format!("/groups/{id}/{}", tab.slug()),
            Self::Invite { code, .. } => format!("/invite/{}", escape(code)),
            Self::Admin(None) => "/admin".to_owned(),
            Self::Admin(Some(page)) => format!("/admin/{}", page.slug()),
            Self::Settings(None) => "/settings".to_owned(),
            Self::Settings(Some(section)) => format!("/settings/{}", section.slug()),
            Self::SignIn { next: to, ended } => {
                let url = next("/sign-in", to);
                match (ended, to) {
                    (false, _) => url,
                    (true, Some(_)) => format!("{url}&ended=1"),
                    (true, None) => format!("{url}?ended=1"),
                }
            }
            Self::Register { next: to } => next("/register", to),
            Self::Reset { token } => format!("/reset/{}", escape(token)),
        }
    }
}

/// Percent-encodes what is not unreserved (RFC 3986, 2.3) nor a slash.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(bytes.next()?)? * 16 + digit(bytes.next()?)?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Route {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Route::parse(path, query)
    }

    #[test]
    fn each_place_is_found_again_by_its_url() {
        let id = ConversationId::new();
        let mut places = vec![
            Route::Chats,
            Route::chat(id),
            Route::Chat { id, at: Some(42), panel: None },
            Route::Chat { id, at: None, panel: Some(Panel::Pins) },
            Route::Chat { id, at: Some(42), panel: Some(Panel::Search) },
            Route::Settings(None),
            Route::SignIn { next: None, ended: false },
            Route::SignIn { next: None, ended: true },
            Route::SignIn { next: Some(format!("/chats/{id}?at=42")), ended: true },
            Route::Register { next: Some("/settings/profile".into()) },
        ];
        let group = GroupId::new();
        places.extend([Route::Groups, Route::Discover, Route::Admin(None)]);
        places.push(Route::Reset { token: "a_b-c".into() });
        places.push(Route::Invite { code: "a b-c".into(), join: false });
        places.extend(FriendsTab::ALL.map(Route::Friends));
        places.extend(GroupTab::ALL.map(|tab| Route::Group { id: group, tab }));
        places.extend(AdminPage::ALL.map(|page| Route::Admin(Some(page))));
        places.extend(Section::ALL.map(|section| Route::Settings(Some(section))));
        for place in places {
            assert_eq!(parse(&place.href()), place);
        }
    }

    #[test]
    fn what_is_no_place_is_not_found_and_next_stays_on_this_site() {
        assert_eq!(parse("/chats/7"), Route::NotFound);
        assert_eq!(parse("/settings/secret"), Route::NotFound);
        assert_eq!(parse("/nowhere"), Route::NotFound);
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "%2F%2Fevil.example", "%zz"] {
            assert_eq!(parse(&format!("/sign-in?next={next}")), Route::SignIn { next: None, ended: false });
        }
    }
}
