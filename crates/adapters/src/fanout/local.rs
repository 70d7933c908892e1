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
    use parking_lot::Mutex;
    use studyhall_wire::SessionId;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<SessionId>>);

    impl Receiver for Heard {
        fn receive(&self, message: Live) {
            if let Live::SessionEnded(session) = message {
                self.0.lock().push(session);
            }
        }

        fn resync(&self) {
            panic!("nothing can be missed in one process");
        }
    }

    #[test]
    fn delivers_at_once_and_in_order() {
        let (fanout, heard) = (LocalFanout::new(), Arc::new(Heard::default()));
        fanout.publish(Live::SessionEnded(SessionId::new()));
        fanout.attach(heard.clone());
        let sessions: Vec<_> = (0..100).map(|_| SessionId::new()).collect();
        for session in &sessions {
            fanout.interest(StreamId(session.0), false);
            fanout.publish(Live::SessionEnded(*session));
            assert_eq!(heard.0.lock().last(), Some(session));
        }
        assert_eq!(*heard.0.lock(), sessions);
    }

    #[test]
    #[should_panic(expected = "a hub is attached already")]
    fn takes_one_hub() {
        let fanout = LocalFanout::new();
        fanout.attach(Arc::new(Heard::default()));
        fanout.attach(Arc::new(Heard::default()));
    }
}
