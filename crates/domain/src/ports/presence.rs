use std::collections::HashMap;

use async_trait::async_trait;
use studyhall_wire::{Presence, UserId};

use crate::Result;

/// Who is there, over all nodes.
#[async_trait]
pub trait PresenceStore: Send + Sync {
    /// This node's word on a user: what the user's sockets here add up to. Gives what the user is over all nodes, where
    /// that is another thing than before.
    async fn set(&self, user: UserId, state: Presence) -> Result<Option<Presence>>;

    /// Users who are not offline; the others are left out.
    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>>;
}
