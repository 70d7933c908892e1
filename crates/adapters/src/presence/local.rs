//! Presence within one process: a map of who is not offline.

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::RwLock;
use studyhall_domain::{Result, ports::PresenceStore};
use studyhall_wire::{Presence, UserId};

/// As large as there are people with sockets.
#[derive(Default)]
pub struct LocalPresence {
    there: RwLock<HashMap<UserId, Presence>>,
}

impl LocalPresence {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl PresenceStore for LocalPresence {
    async fn set(&self, user: UserId, state: Presence) -> Result<bool> {
        let mut there = self.there.write();
        let before = match state {
            Presence::Online | Presence::Away => there.insert(user, state),
            Presence::Offline => there.remove(&user),
        };
        Ok(before.unwrap_or_default() != state)
    }

    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>> {
        let there = self.there.read();
        Ok(users.iter().filter_map(|user| Some((*user, *there.get(user)?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::contract;

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::holds(&LocalPresence::new()).await;
    }
}
