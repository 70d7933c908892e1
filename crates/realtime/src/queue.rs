//! What waits to be written to one socket: a bounded queue of encoded frames, shared by reference.
//!
//! Producers push under a short lock and tell the [`Flusher`] only where the queue was empty; it writes all that waits
//! with one system call. A socket that reads too slowly is closed with 4409 instead of slowing the room; what may be
//! lost (typing, presence) is dropped long before.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{self, ErrorKind, IoSlice, Write},
    net::TcpStream,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use studyhall_wire::CloseCode;

use crate::{
    flusher::Flusher,
    frame::{CloseFrame, close_frame},
};

/// Frames and bytes that may wait before the socket counts as too slow.
const MAX_FRAMES: usize = 4_096;
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What may be lost is dropped when this many frames wait.
const VOLATILE_FRAMES: usize = 64;
/// A replay goes on when fewer bytes than this wait.
const LOW_BYTES: usize = 64 * 1024;
/// Frames that one system call takes.
const SLICES: usize = 64;
/// A burst's buffer is kept up to this many frames, so that an idle socket costs little.
const KEEP_FRAMES: usize = 8;

#[derive(Debug)]
pub struct Queue {
    inner: Mutex<Inner>,
    flusher: Arc<Flusher>,
    /// Whoever keeps the connection open until the queue ends.
    keeper: AtomicWaker,
    reader: AtomicWaker,
}

#[derive(Debug, Default)]
struct Inner {
    /// What is written to, without blocking; none once it is gone.
    connection: Option<Arc<TcpStream>>,
    frames: VecDeque<Bytes>,
    /// The first frame is written in part.
    begun: bool,
    bytes: usize,
    /// The connection is ours to write to: what went before the first frame has been sent.
    opened: bool,
    /// The connection takes no more for now; somebody waits until it does.
    blocked: bool,
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
    /// The client has answered, or had its time: the queue ends behind what waits.
    Finishing,
    /// Nothing is written any more.
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
    /// Frames for `connection`, which must not block, written by `flusher`. Nothing is written before
    /// [`poll_end`](Self::poll_end) was called for the first time.
    pub fn new(connection: Arc<TcpStream>, flusher: Arc<Flusher>) -> Arc<Self> {
        let inner = Inner { connection: Some(connection), ..Inner::default() };
        Arc::new(Self { inner: Mutex::new(inner), flusher, keeper: AtomicWaker::new(), reader: AtomicWaker::new() })
    }

    /// Adds a frame, or several joined, that must not be lost. Where too much waits, everything that waits is dropped and
    /// the socket is closed with 4409: the client resumes.
    pub fn push(self: &Arc<Self>, frame: Bytes) -> Pushed {
        let mut inner = self.inner.lock();
        if !inner.state.takes_frames() {
            return Pushed::No;
        }
        if inner.is_full(frame.len()) && inner.may_write() && !inner.blocked {
            // A burst came before the flusher's turn, who also finds what is in the way of the rest.
            let _ = inner.write();
        }
        if inner.is_full(frame.len()) {
            drop(inner);
            metrics::counter!("studyhall_queue_overflows_total").increment(1);
            self.close(CloseCode::TooSlow);
            return Pushed::No;
        }
        let was_empty = inner.frames.is_empty();
        inner.bytes += frame.len();
        inner.frames.push_back(frame);
        let due = was_empty && inner.may_write();
        drop(inner);
        if due {
            self.flusher.add(Arc::clone(self));
        }
        Pushed::Yes
    }

    /// Adds a frame that may be lost, unless many wait.
    pub fn push_volatile(self: &Arc<Self>, frame: Bytes) {
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
    pub fn uncork(self: &Arc<Self>, first: Bytes) {
        let mut inner = self.inner.lock();
        if inner.state == State::Corked {
            inner.bytes += first.len();
            // Behind what was being written when the cork came.
            let place = usize::from(inner.begun);
            inner.frames.insert(place, first);
            inner.state = State::Open;
            drop(inner);
            self.flusher.add(Arc::clone(self));
        }
    }

    /// Ends the queue with a close frame. A slow socket loses what waits; any other gets it first.
    pub fn close(self: &Arc<Self>, code: CloseCode) {
        self.close_with(close_frame(code), code == CloseCode::TooSlow);
    }

    /// Ends the queue with this frame, behind what waits.
    pub fn close_after(self: &Arc<Self>, last: CloseFrame) {
        self.close_with(last, false);
    }

    fn close_with(self: &Arc<Self>, CloseFrame(last): CloseFrame, clear: bool) {
        let mut inner = self.inner.lock();
        if !inner.state.takes_frames() {
            return;
        }
        if clear {
            // A frame that the client has in part is still owed to it.
            let begun = usize::from(inner.begun);
            inner.frames.truncate(begun);
        }
        inner.bytes = inner.frames.iter().map(Bytes::len).sum::<usize>() + last.len();
        inner.frames.push_back(last);
        inner.state = State::Closing;
        let pacing = std::mem::take(&mut inner.pacing);
        drop(inner);
        self.flusher.add(Arc::clone(self));
        self.reader.wake();
        pacing.into_iter().for_each(Waker::wake);
    }

    /// The client has answered the close frame, or had its time: the queue ends behind what waits.
    pub fn finish(&self) {
        self.inner.lock().state.finish();
        self.keeper.wake();
    }

    /// The connection is gone: nothing is taken or written any more.
    pub fn abandon(&self) {
        let mut inner = self.inner.lock();
        inner.state = State::Closed;
        inner.connection = None;
        inner.frames = VecDeque::new();
        let pacing = std::mem::take(&mut inner.pacing);
        drop(inner);
        self.keeper.wake();
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

    /// For the reader of a queue that was closed: ready once the connection is gone.
    pub fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        self.reader.register(cx.waker());
        if self.inner.lock().state == State::Closed { Poll::Ready(()) } else { Poll::Pending }
    }

    /// For whoever keeps the connection open: ready at the end. The first call lets frames out.
    pub fn poll_end(self: &Arc<Self>, cx: &Context<'_>) -> Poll<()> {
        self.keeper.register(cx.waker());
        let mut inner = self.inner.lock();
        if !inner.opened {
            inner.opened = true;
            if !inner.frames.is_empty() && inner.may_write() {
                drop(inner);
                self.flusher.add(Arc::clone(self));
                return Poll::Pending;
            }
        }
        let ended = match inner.state {
            State::Closed => true,
            State::Finishing => inner.frames.is_empty(),
            State::Open | State::Corked | State::Closing => false,
        };
        if ended { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Writes what waits until nothing is left, or the connection takes no more: then true, and who called waits until
    /// it does and calls [`write`](Self::write).
    pub(crate) fn flush(&self) -> bool {
        let blocked = self.inner.lock().blocked;
        !blocked && self.write().is_err()
    }

    /// Writes what waits. [`ErrorKind::WouldBlock`] where the connection does not take all of it.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let outcome = if inner.may_write() { inner.write() } else { Ok(()) };
        inner.blocked = matches!(&outcome, Err(error) if error.kind() == ErrorKind::WouldBlock);
        let pacing = if inner.bytes < LOW_BYTES { std::mem::take(&mut inner.pacing) } else { Vec::new() };
        let ended = inner.state == State::Finishing && inner.frames.is_empty();
        let blocked = inner.blocked;
        drop(inner);
        pacing.into_iter().for_each(Waker::wake);
        if blocked {
            return outcome;
        }
        if outcome.is_err() {
            self.abandon();
        } else if ended {
            self.keeper.wake();
        }
        Ok(())
    }

    /// Another handle on the connection, to wait with.
    pub(crate) fn connection(&self) -> Option<io::Result<TcpStream>> {
        self.inner.lock().connection.as_ref().map(|connection| connection.try_clone())
    }

    /// Whether the client has had its time to answer the close frame.
    pub(crate) fn is_finishing(&self) -> bool {
        self.inner.lock().state == State::Finishing
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
    /// Whether so many more bytes are too many; what alone is too much has to be taken.
    fn is_full(&self, more: usize) -> bool {
        self.frames.len() >= MAX_FRAMES || (self.bytes > 0 && self.bytes + more > MAX_BYTES)
    }

    fn may_write(&self) -> bool {
        self.opened && self.state != State::Corked && self.connection.is_some()
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.frames.is_empty() {
            let Some(connection) = &self.connection else { return Ok(()) };
            let mut slices = [IoSlice::new(&[]); SLICES];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&self.frames) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            let outcome = match &slices[..count] {
                [one] => (&**connection).write(one),
                several => (&**connection).write_vectored(several),
            };
            match outcome {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.take(written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.frames.capacity() > KEEP_FRAMES {
            self.frames = VecDeque::new();
        }
        Ok(())
    }

    /// These bytes were written.
    fn take(&mut self, mut written: usize) {
        self.bytes = self.bytes.saturating_sub(written);
        while let Some(first) = self.frames.front_mut() {
            if written < first.len() {
                first.advance(written);
                self.begun |= written > 0;
                return;
            }
            written -= first.len();
            self.begun = false;
            self.frames.pop_front();
        }
    }
}
