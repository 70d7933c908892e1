//! The parts of a place: pages within it, tabs, panels.

/// A page of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Section {
    #[default]
    Profile,
    Appearance,
    Language,
    Password,
    Sessions,
    Account,
}

impl Section {
    pub const ALL: [Self; 6] =
        [Self::Profile, Self::Appearance, Self::Language, Self::Password, Self::Sessions, Self::Account];

    pub const fn slug(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Appearance => "appearance",
            Self::Language => "language",
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::Account => "account",
        }
    }
}

/// What the pane beside a conversation shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Panel {
    Members,
    Pins,
    Search,
}

impl Panel {
    pub const ALL: [Self; 3] = [Self::Members, Self::Pins, Self::Search];

    /// Its word in the URL.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Pins => "pins",
            Self::Search => "search",
        }
    }

    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.slug() == slug)
    }
}

/// A tab of the friends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FriendsTab {
    #[default]
    Friends,
    Requests,
    Blocked,
}

impl FriendsTab {
    pub const ALL: [Self; 3] = [Self::Friends, Self::Requests, Self::Blocked];

    pub const fn slug(self) -> &'static str {
        match self {
            Self::Friends => "friends",
            Self::Requests => "requests",
            Self::Blocked => "blocked",
        }
    }
}

/// A tab of a group's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupTab {
    #[default]
    Members,
    Requests,
    Bans,
    Settings,
}

impl GroupTab {
    pub const ALL: [Self; 4] = [Self::Members, Self::Requests, Self::Bans, Self::Settings];

    pub const fn slug(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Requests => "requests",
            Self::Bans => "bans",
            Self::Settings => "settings",
        }
    }
}

/// A page of the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdminPage {
    Reports,
    Users,
    Audit,
    Stats,
}

impl AdminPage {
    pub const ALL: [Self; 4] = [Self::Reports, Self::Users, Self::Audit, Self::Stats];

    pub const fn slug(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Users => "users",
            Self::Audit => "audit",
            Self::Stats => "stats",
        }
    }
}
