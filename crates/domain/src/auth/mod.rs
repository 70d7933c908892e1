//! Who is asking: key material, tokens, passwords, and what each node remembers of sessions.

mod keys;
mod passwords;
mod standings;
mod tokens;

pub use keys::{KeyRing, WeakSecret};
pub(crate) use keys::{fresh_token, token_hash};
pub use passwords::{MIN_COST, Passwords};
pub(crate) use standings::{Lookup, Standings};
pub use tokens::{ACCESS_S, Claims, MEDIA_S};

use studyhall_wire::{Role, SessionId, UserId};

/// Somebody whose token was checked: what every service wants to know of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub session: SessionId,
    pub role: Role,
}
