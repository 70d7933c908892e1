//! Who is there: what a user's sockets on this node add up to. Online at once, offline a moment after the last socket
//! closed, so that a reload is not seen.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use studyhall_domain::ports::Live;
use studyhall_wire::{Presence, UserId};

use crate::{hub::Hub, socket::Socket};

/// From the last socket's end to offline.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub struct Presences {
    users: Mutex<HashMap<UserId, Vec<Arc<Socket>>>>,
}

impl Presences {
    /// A socket signed in.
    pub fn joined(&self, hub: &Arc<Hub>, socket: &Arc<Socket>) {
        self.users.lock().entry(socket.user()).or_default().push(Arc::clone(socket));
        Self::changed(hub, socket.user());
    }

    /// A socket is gone.
    pub fn left(&self, hub: &Arc<Hub>, socket: &Arc<Socket>) {
        let last = {
            let mut users = self.users.lock();
            let Some(sockets) = users.get_mut(&socket.user()) else { return };
            sockets.retain(|other| other.number != socket.number);
            if sockets.is_empty() {
                users.remove(&socket.user());
            }
            !users.contains_key(&socket.user())
        };
        if last {
            let (hub, user) = (Arc::clone(hub), socket.user());
            hub.clone().spawn(async move {
                tokio::time::sleep(GRACE).await;
                Self::changed(&hub, user);
            });
        } else {
            Self::changed(hub, socket.user());
        }
    }

    /// The user's sockets on this node.
    pub fn sockets(&self, user: UserId) -> Vec<Arc<Socket>> {
        self.users.lock().get(&user).cloned().unwrap_or_default()
    }

    /// Tells the store, and everybody who may see it where that made a difference.
    pub fn changed(hub: &Arc<Hub>, user: UserId) {
        let hub = Arc::clone(hub);
        hub.clone().spawn(async move {
            // Taken when told, so that two quick changes end in the later one.
            let state = hub.presences.of(user);
            match hub.app.ports.presence.set(user, state).await {
                Ok(Some(state)) => hub.app.ports.fanout.publish(Live::Presence { user, state }),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "presence was not stored"),
            }
        });
    }

    fn of(&self, user: UserId) -> Presence {
        let users = self.users.lock();
        match users.get(&user) {
            Some(sockets) if sockets.iter().any(|socket| socket.presence() == Presence::Online) => Presence::Online,
            Some(_) => Presence::Away,
            None => Presence::Offline,
        }
    }
}
