//! Fan-out within one process: a call.

use std::sync::{Arc, OnceLock};

use studyhall_domain::ports::{Fanout, Live, Receiver};
use studyhall_wire::StreamId;

/// Hands every message to this node's hub on the thread that publishes it. There are no other nodes, so nothing is
/// ever missed and interest tells nothing.
#[derive(Default)]
pub struct LocalFanout {
    receiver: OnceLock<Arc<dyn Receiver>>,
}

impl LocalFanout {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Fanout for LocalFanout {
    /// What is published before a hub is attached is dropped: there is no socket yet.
    fn publish(&self, message: Live) {
        if let Some(receiver) = self.receiver.get() {
            receiver.receive(message);
        }
    }

    fn interest(&self, _stream: StreamId, _wanted: bool) {}

    /// # Panics
    /// Where a hub is attached already: a defect of the boot sequence.
    fn attach(&self, receiver: Arc<dyn Receiver>) {
        assert!(self.receiver.set(receiver).is_ok(), "a hub is attached already");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fanout::contract;

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::holds(LocalFanout::new);
    }

    #[test]
    #[should_panic(expected = "a hub is attached already")]
    fn takes_one_hub() {
        contract::takes_one_hub(&LocalFanout::new());
    }
}
