//! The rules of Studyhall: who may do what, what a message is, in which order things happen. No HTTP, no SQL, no
//! drivers: the outside world stands behind the traits in [`ports`].

pub mod accounts;
pub mod admin;
pub mod app;
pub mod appender;
pub mod audit;
pub mod auth;
pub mod conversations;
mod error;
pub mod friends;
mod gather;
pub mod groups;
pub mod member;
pub mod messages;
pub mod notifications;
pub mod outbox;
pub mod people;
pub mod permissions;
pub mod ports;
pub mod reads;
pub mod reports;
pub mod search;
pub mod search_text;
pub mod sessions;
pub mod tasks;
pub mod validate;
pub mod views;

pub use error::{Error, Result, Throttled};

use studyhall_wire::Timestamp;

/// The time now, cut to milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
