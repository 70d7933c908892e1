//! What one stream's appender knows and what waits for it: how much becomes one batch, and when the next one is due.

use std::time::{Duration, Instant};

use studyhall_wire::Seq;
use tokio::sync::oneshot;

use super::{Change, Outcome, writers::Writers};
use crate::Result;

/// At most this many changes become one batch, so that a flood cannot hold up who came first.
const BATCH: usize = 512;
/// Lanes that nobody used for this long are forgotten; their head is read again when needed.
const IDLE: Duration = Duration::from_mins(1);
/// How long a stream counts as one that other nodes write, too, after one of them got there first.
const SHARED: Duration = Duration::from_secs(1);
/// At most this long others are let in between two batches of a shared stream.
const YIELD: Duration = Duration::from_millis(200);
/// In batches' times: what another node has to hear of ours, to write its own, and to be heard of.
const TURN: u32 = 6;
/// A batch that takes this long is worth a pause before it, in which those whom the last one answered join it: a shorter
/// one is over before a timer is.
const SLOW: Duration = Duration::from_millis(2);
/// The part of a batch's time that such a pause takes at most.
const PAUSE: u32 = 2;

pub type Done = Box<dyn FnOnce(Result<Outcome>) + Send>;

/// A change, and who is told what became of it.
pub struct Waiting {
    pub change: Change,
    pub done: Done,
}

#[derive(Default)]
pub struct Lane {
    waiting: Vec<Waiting>,
    /// A task is draining this lane.
    busy: bool,
    /// The head, where known.
    pub head: Option<Seq>,
    used: Option<Instant>,
    /// When another node got there first, and the batches that were written since then.
    overtaken: Option<Instant>,
    since_overtaken: u32,
    pause: Option<Pause>,
    pub writers: Writers,
}

/// What ends the pause of a lane early.
struct Pause {
    /// So many changes wait.
    enough: usize,
    /// Dropped to wake who pauses.
    _wake: oneshot::Sender<()>,
}

impl Lane {
    /// Adds what is to be written. True where nobody drains the lane: then the caller has to.
    pub fn add(&mut self, waiting: Waiting) -> bool {
        self.waiting.push(waiting);
        if self.pause.as_ref().is_some_and(|pause| self.waiting.len() >= pause.enough) {
            self.pause = None;
        }
        !std::mem::replace(&mut self.busy, true)
    }

    /// The next batch, and the head that it follows. It is empty where nothing waits: then the lane is drained.
    pub fn take(&mut self) -> (Vec<Waiting>, Option<Seq>) {
        let now = Instant::now();
        self.used = Some(now);
        self.pause = None;
        self.busy = !self.waiting.is_empty();
        let shared = self.overtaken.is_some_and(|overtaken| now - overtaken < SHARED);
        self.since_overtaken = if shared { self.since_overtaken + 1 } else { 0 };
        let size = self.waiting.len().min(BATCH);
        (self.waiting.drain(..size).collect(), self.head)
    }

    /// A batch failed: what waits behind it must not overtake it when it is tried again.
    pub fn give_up(&mut self) -> Vec<Waiting> {
        self.head = None;
        std::mem::take(&mut self.waiting)
    }

    /// There are events up to `head`.
    pub fn reached(&mut self, head: Seq) {
        self.head = self.head.max(Some(head));
    }

    /// Another node wrote: it is this one's turn.
    pub fn overtaken(&mut self) {
        (self.overtaken, self.since_overtaken) = (Some(Instant::now()), 0);
        self.pause = None;
    }

    /// Nobody needs it any more.
    pub fn is_idle(&self) -> bool {
        !self.busy && self.used.is_none_or(|used| used.elapsed() >= IDLE)
    }

    /// How long to wait at most before the next batch, when the last one, of `size` changes, took so long; and until when.
    pub fn pause(&mut self, size: usize, took: Duration) -> Option<(Duration, oneshot::Receiver<()>)> {
        let together = self.waiting.len() + size;
        let (longest, enough) = match self.since_overtaken {
            // A steady load would else be two parts, each of which waits for the other one's batch.
            0 if took >= SLOW && together > 1 => (took / PAUSE, together.min(BATCH)),
            0 => return None,
            // Whoever has just written knows the head first, and would win again and again: the more often, the longer it
            // waits for others.
            batches => ((took * (batches + TURN)).min(YIELD), usize::MAX),
        };
        let (wake, woken) = oneshot::channel();
        self.pause = Some(Pause { enough, _wake: wake });
        Some((longest, woken))
    }
}
