//! One stream with local subscribers: where it stands, and who hears it.
//!
//! Delivery is in order and without holes by construction: an event is passed on only if it follows the last one; an
//! older one is dropped, and a later one makes the hub read the gap from the log.

use std::{ops::RangeInclusive, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use studyhall_wire::{Seq, StreamId, UserId};

use crate::{queue::Pushed, socket::Socket};

#[derive(Debug)]
pub struct Stream {
    pub id: StreamId,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last event that was passed on; none until the log has been asked.
    last: Option<Seq>,
    /// The greatest seq that was heard of, which may lie beyond a gap.
    heard: Seq,
    /// Somebody reads a gap from the log.
    filling: bool,
    /// The tick of the last event.
    changed: u64,
    subscribers: Vec<Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    socket: Arc<Socket>,
    ticket: Ticket,
    /// A replay still runs: it takes the socket to the stream's position.
    catching_up: bool,
}

/// One subscription: a socket that leaves and comes back has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub u64);

/// What became of an event that was handed to a stream.
#[derive(Debug)]
pub enum Delivered {
    To(Reached),
    /// Passed on before: there is nothing to do.
    Known,
    /// There is a gap before it: the caller reads the log after this seq.
    Gap(Seq),
    /// Somebody else does so already, or the stream's position is not known yet.
    Later,
}

/// Who got an event.
#[derive(Debug, Default)]
pub struct Reached {
    pub sockets: usize,
    /// The sockets of the user who left by it: they got it, and are no subscribers any more.
    pub left: Vec<Arc<Socket>>,
}

/// Where a subscription stands beside its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is live from here on.
    Live,
    /// The stream has passed on what follows, up to this.
    Behind(Seq),
    /// The stream has not passed this on yet, or its position is not known.
    Ahead,
    /// There is no such subscription any more.
    Gone,
}

impl Stream {
    pub fn new(id: StreamId) -> Arc<Self> {
        Arc::new(Self { id, state: Mutex::default() })
    }

    /// Where the stream stands, once known.
    pub fn last(&self) -> Option<Seq> {
        self.state.lock().last
    }

    /// The greatest seq that is known to be in the log.
    pub fn heard(&self) -> Seq {
        let state = self.state.lock();
        state.last.unwrap_or_default().max(state.heard)
    }

    /// The position, where the stream changed at or after `tick`.
    pub fn changed_since(&self, tick: u64) -> Option<Seq> {
        let state = self.state.lock();
        state.last.filter(|_| state.changed >= tick)
    }

    /// Sets the position, where it is not known yet. Gives a gap to read, if events were heard of meanwhile.
    pub fn locate(&self, head: Seq) -> Delivered {
        let mut state = self.state.lock();
        let last = *state.last.get_or_insert(head);
        state.gap(last)
    }

    /// A head that was read from the log: gives the gap to read, if there is one.
    pub fn compare(&self, head: Seq) -> Delivered {
        let mut state = self.state.lock();
        state.heard = state.heard.max(head);
        state.last.map_or(Delivered::Later, |last| state.gap(last))
    }

    /// Passes consecutive events on to everybody who is live: `frames` are those of `span`, one after the other. With the
    /// last one `leaver` is out, and hears nothing that follows. What is known in part is taken from the log like any
    /// other gap.
    pub fn deliver(&self, span: RangeInclusive<Seq>, frames: &Bytes, leaver: Option<UserId>, tick: u64) -> Delivered {
        let mut state = self.state.lock();
        state.heard = state.heard.max(*span.end());
        let Some(last) = state.last else { return Delivered::Later };
        if *span.start() != last + 1 {
            return state.gap(last);
        }
        if state.filling {
            return Delivered::Later;
        }
        Delivered::To(state.pass_on(*span.end(), frames, leaver, tick))
    }

    /// Passes on an event that was read from the log to fill a gap.
    pub fn fill(&self, seq: Seq, frame: &Bytes, leaver: Option<UserId>, tick: u64) -> Reached {
        let mut state = self.state.lock();
        if state.last.is_some_and(|last| seq == last + 1) {
            state.pass_on(seq, frame, leaver, tick)
        } else {
            Reached::default()
        }
    }

    /// The gap's reader has come to the log's end: true where there is nothing left to read.
    pub fn filled(&self) -> bool {
        let mut state = self.state.lock();
        state.filling = state.last.is_some_and(|last| last < state.heard);
        !state.filling
    }

    /// The gap's reader gives up: the next event or heartbeat finds the gap again.
    pub fn give_up_filling(&self) {
        self.state.lock().filling = false;
    }

    /// Adds a socket that catches up first.
    pub fn add(&self, socket: &Arc<Socket>, ticket: Ticket) {
        self.state.lock().subscribers.push(Subscriber { socket: Arc::clone(socket), ticket, catching_up: true });
    }

    /// Makes a subscription live that has come to `at`, if that is where the stream stands.
    pub fn go_live(&self, ticket: Ticket, at: Seq) -> Progress {
        let mut state = self.state.lock();
        let last = state.last;
        let Some(subscriber) = state.subscribers.iter_mut().find(|s| s.ticket == ticket) else { return Progress::Gone };
        match last {
            Some(last) if at < last => Progress::Behind(last),
            Some(last) if at == last => {
                subscriber.catching_up = false;
                Progress::Live
            }
            _ => Progress::Ahead,
        }
    }

    /// Takes a socket away.
    pub fn remove(&self, socket: &Socket) {
        let mut state = self.state.lock();
        if let Some(at) = state.subscribers.iter().position(|s| s.socket.number == socket.number) {
            state.subscribers.swap_remove(at);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.state.lock().subscribers.is_empty()
    }

    /// Every socket that hears this stream.
    pub fn sockets(&self) -> Vec<Arc<Socket>> {
        self.state.lock().subscribers.iter().map(|s| Arc::clone(&s.socket)).collect()
    }

    /// Passes on what may be lost, but for the sockets of `except`.
    pub fn whisper(&self, frame: &Bytes, except: UserId) {
        for subscriber in &self.state.lock().subscribers {
            if subscriber.socket.user() != except {
                subscriber.socket.queue.push_volatile(frame.clone());
            }
        }
    }
}

impl State {
    /// The gap after `last`, for the first who asks.
    fn gap(&mut self, last: Seq) -> Delivered {
        if self.heard <= last {
            Delivered::Known
        } else if self.filling {
            Delivered::Later
        } else {
            self.filling = true;
            Delivered::Gap(last)
        }
    }

    /// Gives the frames of the events up to `end` to everybody who is live.
    fn pass_on(&mut self, end: Seq, frames: &Bytes, leaver: Option<UserId>, tick: u64) -> Reached {
        self.last = Some(end);
        self.changed = tick;
        let mut reached = Reached::default();
        for subscriber in &self.subscribers {
            if !subscriber.catching_up && subscriber.socket.queue.push(frames.clone()) == Pushed::Yes {
                reached.sockets += 1;
            }
        }
        if let Some(user) = leaver {
            let gone = self.subscribers.extract_if(.., |subscriber| subscriber.socket.user() == user);
            reached.left = gone.map(|subscriber| subscriber.socket).collect();
        }
        reached
    }
}
