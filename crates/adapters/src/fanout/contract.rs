//! What holds for every fan-out on one node: its own hub hears everything, once, at once and in order.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use studyhall_domain::ports::{Effect, Fanout, Live, LiveEvent, Receiver};
use studyhall_wire::{Presence, Seq, SessionId, StreamId, UserId};

/// Remembers what a hub would hear.
#[derive(Default)]
pub(crate) struct Heard {
    live: Mutex<Vec<Live>>,
    resyncs: Mutex<usize>,
    streams: Mutex<Vec<StreamId>>,
}

impl Heard {
    pub(crate) fn seqs(&self, of: StreamId) -> Vec<Seq> {
        let seqs = |live: &Live| match live {
            Live::Events { stream, first, events } if *stream == of => (*first..).take(events.len()).collect(),
            _ => Vec::new(),
        };
        self.live.lock().iter().flat_map(seqs).collect()
    }

    pub(crate) fn sessions(&self) -> Vec<SessionId> {
        let ended = |live: &Live| if let Live::SessionEnded(session) = live { Some(*session) } else { None };
        self.live.lock().iter().filter_map(ended).collect()
    }

    pub(crate) fn presences(&self) -> Vec<(UserId, Presence)> {
        let presence =
            |live: &Live| if let Live::Presence { user, state } = live { Some((*user, *state)) } else { None };
        self.live.lock().iter().filter_map(presence).collect()
    }

    pub(crate) fn resyncs(&self) -> usize {
        *self.resyncs.lock()
    }

    /// Whether the stream's heads were to be compared since it is heard.
    pub(crate) fn follows(&self, stream: StreamId) -> bool {
        self.streams.lock().contains(&stream)
    }
}

impl Receiver for Heard {
    fn receive(&self, message: Live) {
        self.live.lock().push(message);
    }

    fn resync(&self) {
        *self.resyncs.lock() += 1;
    }

    fn resync_streams(&self, streams: &[StreamId]) {
        self.streams.lock().extend(streams);
    }
}

pub(crate) fn event(stream: StreamId, seq: Seq) -> Live {
    let event = LiveEvent { effect: Effect::None, json: Bytes::from(format!("{{\"seq\":{seq}}}")) };
    Live::Events { stream, first: seq, events: vec![event] }
}

pub(crate) fn holds<F: Fanout>(start: impl Fn() -> F) {
    let (fanout, heard) = (start(), Arc::new(Heard::default()));
    let stream = StreamId::new();
    fanout.publish(event(stream, 1));
    fanout.attach(heard.clone());
    fanout.interest(stream, true);
    for seq in 2..1_000 {
        fanout.publish(event(stream, seq));
        assert_eq!(heard.seqs(stream).last(), Some(&seq), "at once");
    }
    fanout.interest(stream, false);
    fanout.publish(event(stream, 1_000));
    assert_eq!(
        heard.seqs(stream),
        (2..=1_000).collect::<Vec<_>>(),
        "in order, once, whatever this node wants of others"
    );
    let session = SessionId::new();
    fanout.publish(Live::SessionEnded(session));
    assert_eq!(heard.sessions(), [session]);
}

pub(crate) fn takes_one_hub(fanout: &dyn Fanout) {
    fanout.attach(Arc::new(Heard::default()));
    fanout.attach(Arc::new(Heard::default()));
}
