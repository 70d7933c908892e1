//! What people are assumed to do. Everything that SCALING.md derives hangs on these numbers; change one, and run the
//! simulation again.

/// A morning of a community, for each of its people.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Of all accounts, those that come in the window.
    pub come: f64,
    /// When they come: seconds into the window, and the deviation of that.
    pub peak_s: f64,
    pub spread_s: f64,
    /// How long they stay, on average.
    pub stay_s: f64,
    /// Who has a second device connected.
    pub second_socket: f64,
    /// Who signs in by password instead of being signed in still.
    pub password: f64,
    /// Requests of a client that starts: lists, the newest page, pictures.
    pub start_requests: f64,
    /// Groups of one person, on average, and how many members they have: at least, at most, and how heavy the tail is.
    pub groups: f64,
    pub group_least: f64,
    pub group_most: f64,
    pub group_alpha: f64,
    /// Messages, and changes of messages, by somebody who is connected, in an hour.
    pub messages_per_hour: f64,
    /// Those that go to one other person. The others go to a group; the larger it is, the rarer, by the root of its size.
    pub direct: f64,
    /// Frames that say that somebody is typing, for each message.
    pub typing: f64,
    /// Of those who receive a message, those who look at it at once, and so move their read cursor.
    pub looking: f64,
    /// Requests in an hour by somebody who is connected: pages, searches, members.
    pub requests_per_hour: f64,
    /// Files for each message, their bytes, and how often each is fetched.
    pub files: f64,
    pub file_bytes: f64,
    pub fetched: f64,
    /// Mornings' worth of messages that a whole day has.
    pub mornings_a_day: f64,
}

impl Habits {
    /// A school, a university, a country's schools: the hour around eight.
    pub const SCHOOL: Self = Self {
        come: 0.55,
        peak_s: 1_200.0,
        spread_s: 420.0,
        stay_s: 2_400.0,
        second_socket: 0.15,
        password: 0.02,
        start_requests: 6.0,
        groups: 6.0,
        group_least: 3.0,
        group_most: 10_000.0,
        group_alpha: 1.3,
        messages_per_hour: 8.0,
        direct: 0.35,
        typing: 3.0,
        looking: 0.10,
        requests_per_hour: 20.0,
        files: 0.03,
        file_bytes: 1.5e6,
        fetched: 8.0,
        mornings_a_day: 5.0,
    };
}
