//! The rules of Studyhall: who may do what, what a message is, in which order things happen. No HTTP, no SQL, no
//! drivers: the outside world stands behind the traits in [`ports`].

mod error;
pub mod ports;

pub use error::{Error, Result, Throttled};

use studyhall_wire::Timestamp;

/// The time now, cut to milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
