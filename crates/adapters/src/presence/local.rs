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

impl LocalPresence {
    /// Gives what the user is, where that is new.
    pub(super) fn put(&self, user: UserId, state: Presence) -> Option<Presence> {
        let mut there = self.there.write();
        let before = match state {
            Presence::Online | Presence::Away => there.insert(user, state),
            Presence::Offline => there.remove(&user),
        };
        (before.unwrap_or_default() != state).then_some(state)
    }

    pub(super) fn get(&self, user: UserId) -> Presence {
        self.there.read().get(&user).copied().unwrap_or_default()
    }

    pub(super) fn is_there(&self, user: UserId) -> bool {
        self.there.read().contains_key(&user)
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        self.there.read().keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.there.read().len()
    }
}

#[async_trait]
impl PresenceStore for LocalPresence {
    async fn set(&self, user: UserId, state: Presence) -> Result<Option<Presence>> {
        Ok(self.put(user, state))
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
