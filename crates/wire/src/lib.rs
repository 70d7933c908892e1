//! What travels between a Studyhall server and its clients: ids, times, requests, responses, socket frames, error
//! codes and limits, as the wire contract fixes them.
//!
//! The server and the web client are both built from these types, so that a changed field breaks the build and not
//! the user. Nothing here may depend on an executor, a database or an HTTP framework.

mod accounts;
mod admin;
mod conversations;
mod events;
mod friends;
mod groups;
mod ids;
pub mod limits;
mod notifications;
mod problem;
mod reports;
mod socket;
mod tasks;
mod time;

pub use accounts::*;
pub use admin::*;
pub use conversations::*;
pub use events::*;
pub use friends::*;
pub use groups::*;
pub use ids::*;
pub use notifications::*;
pub use problem::*;
pub use reports::*;
pub use socket::*;
pub use tasks::*;
pub use time::Timestamp;

use serde::{Deserialize, Serialize};

/// A position in a stream. Each stream starts at 1 and has no holes; 0 stands for "before the first event".
pub type Seq = i64;

/// Changes only when a stream was restored from a backup; a client that sees another epoch drops what it has.
pub type Epoch = i64;

/// One page of a list. `next_cursor` is opaque; `None` on the last page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits on one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}
