//! What is known of the other nodes, by their heartbeats.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

/// A node that was not heard of for so long cannot be relied on to tell what happens there.
const SILENT: Duration = Duration::from_millis(3_500);
/// A node that was not heard of for so long is no more, and what it wrote has been found by then.
const GONE: Duration = Duration::from_mins(1);

#[derive(Default)]
pub struct Peers(Mutex<HashMap<Uuid, Peer>>);

struct Peer {
    heard: Instant,
    lost: u64,
}

impl Peers {
    /// A heartbeat came. True where that node could not tell something since the last one, or is new here.
    pub fn heard(&self, node: Uuid, lost: u64, now: Instant) -> bool {
        let before = self.0.lock().insert(node, Peer { heard: now, lost });
        before.is_none_or(|before| before.lost != lost)
    }

    #[cfg(test)]
    pub fn know(&self, node: Uuid) -> bool {
        self.0.lock().contains_key(&node)
    }

    /// Whether a node fell silent: it may write what it does not tell.
    pub fn any_silent(&self, now: Instant) -> bool {
        let mut peers = self.0.lock();
        peers.retain(|_, peer| now.duration_since(peer.heard) < GONE);
        peers.values().any(|peer| now.duration_since(peer.heard) > SILENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_lost_something_or_fell_silent_is_noticed() {
        let (peers, start) = (Peers::default(), Instant::now());
        let [one, two] = [Uuid::now_v7(), Uuid::now_v7()];
        assert!(peers.heard(one, 0, start), "new");
        assert!(!peers.heard(one, 0, start));
        assert!(peers.heard(one, 3, start), "it lost something");
        assert!(!peers.heard(one, 3, start));
        peers.heard(two, 0, start);
        assert!(!peers.any_silent(start + Duration::from_secs(3)));
        peers.heard(two, 0, start + Duration::from_secs(5));
        assert!(peers.any_silent(start + Duration::from_secs(5)), "the first one");
        peers.heard(two, 0, start + Duration::from_mins(2));
        assert!(!peers.any_silent(start + Duration::from_mins(2)), "it is no more");
    }
}
