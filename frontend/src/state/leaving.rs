//! Signing out: nothing of one person is left for the next, whether or not the server hears of it at once.

use leptos::prelude::*;

use super::{Desk, drafts, outbox::Outbox, sending, storage};
use crate::api::{self, Api};

/// Kept from the wish to leave until the server has heard of it: the session's cookie is out of a script's reach.
const LEAVING: &str = "leaving";
/// What tells about a person and has no key of their own.
const EMOJI: &str = "emoji";

impl Desk {
    /// How many messages are still to be sent, tracked: signing out would lose them.
    pub fn unsent(self) -> usize {
        self.outbox.with(Outbox::unsent)
    }

    /// Ends the session here and on the server, and leaves nothing behind.
    pub async fn sign_out(self) {
        self.api.leave();
        let me = self.my_id();
        let kept = [drafts::prefix(me), sending::prefix(me), EMOJI.to_owned()];
        for key in kept.iter().flat_map(|prefix| storage::keys(prefix)) {
            storage::remove(&key);
        }
        storage::set(LEAVING, &true);
        // A server that cannot be reached must not keep anyone signed in here; it is told when it can be.
        if matches!(self.api.logout().await, Ok(()) | Err(api::Error::SignedOut)) {
            storage::remove(LEAVING);
        }
        self.api.end();
    }

    /// Signing out in one tab is signing out in all.
    pub(super) fn watch_leaving(self) {
        storage::watch(move |key| {
            if key == LEAVING && is_leaving() {
                self.api.leave();
                self.api.end();
            }
        });
    }
}

fn is_leaving() -> bool {
    storage::get(LEAVING) == Some(true)
}

/// Tells the server of a sign-out that it has not heard of yet, if there was one.
///
/// # Errors
/// Where the server is still not there.
pub async fn finish(api: Api) -> api::Result<()> {
    if is_leaving() {
        api.finish_leaving().await?;
        storage::remove(LEAVING);
    }
    Ok(())
}
