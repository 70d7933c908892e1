//! Every limit that the wire contract names, in one place.

/// Characters in a message's text.
pub const MESSAGE_CHARS: usize = 8_000;
/// Attachments of one message.
pub const ATTACHMENTS: usize = 10;
/// Characters in a `client_id`.
pub const CLIENT_ID_CHARS: usize = 64;
/// Bytes in one text frame from a client.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Bytes in a JSON body.
pub const BODY_BYTES: usize = 256 * 1024;
/// Bytes in an uploaded avatar.
pub const AVATAR_BYTES: usize = 8 * 1024 * 1024;
/// Default and greatest `limit` of a list.
pub const PAGE_DEFAULT: u32 = 50;
pub const PAGE_MAX: u32 = 200;
/// `unread` is counted up to here.
pub const UNREAD_MAX: u32 = 1_000;
/// Missed events that a resume replays, per stream and per hello.
pub const REPLAY_PER_STREAM: i64 = 1_000;
pub const REPLAY_PER_HELLO: i64 = 5_000;
/// Seconds between heartbeats, until the first frame, and of silence after which a client is gone.
pub const HEARTBEAT_S: u64 = 25;
pub const HELLO_S: u64 = 10;
pub const SILENCE_S: u64 = 75;
/// Presence and typing are pushed in conversations of up to this many members.
pub const PRESENCE_MEMBERS: u32 = 100;
/// Characters in names and texts of a profile.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 3..=32;
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=256;
pub const DISPLAY_NAME_CHARS: usize = 64;
pub const BIO_CHARS: usize = 1_000;
pub const EMAIL_CHARS: usize = 254;
/// Bytes in an emoji of a reaction: the longest in Unicode today has 35.
pub const EMOJI_BYTES: usize = 64;
/// Seconds in which a spent refresh token still gives its unused successor.
pub const REFRESH_GRACE_S: i64 = 30;
/// Requests for friendship, and requests to join groups, that may wait for an answer.
pub const OPEN_REQUESTS: u32 = 100;
/// Characters in what a group says of itself, and in the reason for a ban.
pub const GROUP_NAME_CHARS: usize = 80;
pub const GROUP_DESCRIPTION_CHARS: usize = 2_000;
pub const BAN_REASON_CHARS: usize = 500;
/// How many may come in with one invitation, and the seconds until it expires.
pub const INVITE_USES: std::ops::RangeInclusive<u32> = 1..=10_000;
pub const INVITE_SECONDS: std::ops::RangeInclusive<u64> = 1..=366 * 24 * 60 * 60;
/// Characters in the reason of a report, and in a moderator's note on it.
pub const REPORT_CHARS: usize = 1_000;
