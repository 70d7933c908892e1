//! What waits to be written to one socket: a bounded queue of encoded frames, shared by reference.
//!
//! Producers push under a short lock and wake the writer only where the queue was empty; the writer takes all that
//! waits in one chunk. A socket that reads too slowly is closed with 4409 instead of slowing the room; what may be
//! lost (typing, presence) is dropped long before.

use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use studyhall_wire::CloseCode;

use crate::frame::{CloseFrame, close_frame};

/// Frames and bytes that may wait before the socket counts as too slow.
const MAX_FRAMES: usize = 4_096;
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What may be lost is dropped when this many frames wait.
const VOLATILE_FRAMES: usize = 64;
/// A replay goes on when fewer bytes than this wait.
const LOW_BYTES: usize = 64 * 1024;
/// The writer takes at most about this much at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// A burst's buffer is kept up to this many frames, so that an idle socket costs little.
const KEEP_FRAMES: usize = 32;

#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    writer: AtomicWaker,
    reader: AtomicWaker,
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<Bytes>,
    bytes: usize,
    state: State,
    /// Replays that wait until fewer than [`LOW_BYTES`] wait.
    pacing: Vec<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// Frames are kept back until `ready` stands before them.
    Corked,
    /// The close frame is in; the connection stays until the client has answered, so that it surely gets it.
    Closing,
    /// The client has answered, or had its time: the writer ends behind what waits.
    Finishing,
    /// Nobody writes any more.
    Closed,
}

impl State {
    fn finish(&mut self) {
        if *self != Self::Closed {
            *self = Self::Finishing;
        }
    }

    fn takes_frames(self) -> bool {
        matches!(self, Self::Open | Self::Corked)
    }
}

/// Whether a frame found its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Yes,
    /// The queue is closed, or has just been closed with 4409.
    No,
}

impl Queue {
    /// Adds a frame that must not be lost. Where too much waits, everything that waits is dropped and the socket is
    /// closed with 4409: the client resumes.
    pub fn push(&self, frame: Bytes) -> Pushed {
        let mut inner = self.inner.lock();
        if !inner.state.takes_frames() {
            return Pushed::No;
        }
        if inner.frames.len() >= MAX_FRAMES || inner.bytes + frame.len() > MAX_BYTES {
            drop(inner);
            metrics::counter!("studyhall_queue_overflows_total").increment(1);
            self.close(CloseCode::TooSlow);
            return Pushed::No;
        }
        let was_empty = inner.frames.is_empty();
        inner.bytes += frame.len();
        inner.frames.push_back(frame);
        let wake = was_empty && inner.state == State::Open;
        drop(inner);
        if wake {
            self.writer.wake();
        }
        Pushed::Yes
    }

    /// Adds a frame that may be lost, unless many wait.
    pub fn push_volatile(&self, frame: Bytes) {
        if self.inner.lock().frames.len() >= VOLATILE_FRAMES {
            metrics::counter!("studyhall_queue_drops_total").increment(1);
        } else {
            self.push(frame);
        }
    }

    /// Keeps frames back until [`uncork`](Self::uncork).
    pub fn cork(&self) {
        let mut inner = self.inner.lock();
        if inner.state == State::Open {
            inner.state = State::Corked;
        }
    }

    /// Puts `first` before everything that was kept back, and lets it go.
    pub fn uncork(&self, first: Bytes) {
        let mut inner = self.inner.lock();
        if inner.state == State::Corked {
            inner.bytes += first.len();
            inner.frames.push_front(first);
            inner.state = State::Open;
            drop(inner);
            self.writer.wake();
        }
    }

    /// Ends the queue with a close frame. A slow socket loses what waits; any other gets it first.
    pub fn close(&self, code: CloseCode) {
        self.close_with(close_frame(code), code == CloseCode::TooSlow);
    }

    /// Ends the queue with this frame, behind what waits.
    pub fn close_after(&self, last: CloseFrame) {
        self.close_with(last, false);
    }

    fn close_with(&self, CloseFrame(last): CloseFrame, clear: bool) {
        let mut inner = self.inner.lock();
        if !inner.state.takes_frames() {
            return;
        }
        if clear {
            inner.frames = VecDeque::new();
        }
        inner.frames.push_back(last);
        inner.state = State::Closing;
        let pacing = std::mem::take(&mut inner.pacing);
        drop(inner);
        self.writer.wake();
        self.reader.wake();
        pacing.into_iter().for_each(Waker::wake);
    }

    /// The client has answered the close frame, or had its time: the writer ends.
    pub fn finish(&self) {
        self.inner.lock().state.finish();
        self.writer.wake();
    }

    /// The connection is gone: nothing is taken or given any more.
    pub fn abandon(&self) {
        let mut inner = self.inner.lock();
        inner.state = State::Closed;
        inner.frames = VecDeque::new();
        let pacing = std::mem::take(&mut inner.pacing);
        drop(inner);
        self.reader.wake();
        pacing.into_iter().for_each(Waker::wake);
    }

    /// Whether a close frame was queued, or the connection is gone.
    pub fn is_closed(&self) -> bool {
        !self.inner.lock().state.takes_frames()
    }

    /// For the reader: ready once the queue is closed.
    pub fn poll_closed(&self, cx: &Context<'_>) -> Poll<()> {
        self.reader.register(cx.waker());
        if self.is_closed() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// For the writer: everything that waits (up to a limit) as one chunk, `None` at the end.
    pub fn poll_chunk(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut inner = self.inner.lock();
        if inner.frames.is_empty() || inner.state == State::Corked {
            if matches!(inner.state, State::Finishing | State::Closed) {
                inner.state = State::Closed;
                return Poll::Ready(None);
            }
            // Under the lock, so that a push in between finds it.
            self.writer.register(cx.waker());
            return Poll::Pending;
        }
        let chunk = inner.take_chunk();
        let pacing = if inner.bytes < LOW_BYTES { std::mem::take(&mut inner.pacing) } else { Vec::new() };
        drop(inner);
        pacing.into_iter().for_each(Waker::wake);
        Poll::Ready(Some(chunk))
    }

    /// Waits until little is left to write. False where the queue was closed.
    pub async fn drained(&self) -> bool {
        poll_fn(|cx| {
            let mut inner = self.inner.lock();
            match inner.state {
                State::Closing | State::Finishing | State::Closed => Poll::Ready(false),
                State::Open if inner.bytes < LOW_BYTES => Poll::Ready(true),
                State::Open | State::Corked => {
                    inner.pacing.push(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Inner {
    fn take_chunk(&mut self) -> Bytes {
        let first = self.frames.pop_front().unwrap_or_default();
        self.bytes = self.bytes.saturating_sub(first.len());
        if self.frames.is_empty() {
            return first;
        }
        let mut chunk = BytesMut::with_capacity((self.bytes + first.len()).min(CHUNK_BYTES));
        chunk.extend_from_slice(&first);
        while let Some(frame) = self.frames.front() {
            if chunk.len() + frame.len() > CHUNK_BYTES {
                return chunk.freeze();
            }
            self.bytes = self.bytes.saturating_sub(frame.len());
            chunk.extend_from_slice(frame);
            self.frames.pop_front();
        }
        if self.frames.capacity() > KEEP_FRAMES {
            self.frames = VecDeque::new();
        }
        chunk.freeze()
    }
}
