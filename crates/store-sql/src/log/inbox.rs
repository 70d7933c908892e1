//! What waits for the writer, and how its answers come back.
//!
//! Whoever appends puts its batch in and wakes the writer only after everybody else who is ready on the same thread has
//! had the chance to do so, too; the writer answers a whole group at once. So on a machine with few cores the two do not
//! take turns for every single batch: one switch takes many batches over, and one switch brings all answers back.

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Condvar, Mutex};
use studyhall_domain::{Result, ports::AppendError};
use studyhall_wire::{Epoch, StreamId};
use tokio::{
    runtime::{Handle, Id},
    sync::oneshot,
};

use super::{erase::Erased, row::Rows};

/// What became of a batch.
pub(super) type Outcome = Result<(), AppendError>;

pub(super) enum Job {
    Append(Rows, Reply),
    /// Forgets everything.
    StartOver(Epoch, oneshot::Sender<Result<()>>),
    /// One piece of the stream.
    Erase(StreamId, oneshot::Sender<Result<Erased>>),
    Close(oneshot::Sender<()>),
}

/// Where the outcome of a batch is waited for.
pub(super) struct Reply {
    runtime: Handle,
    answer: oneshot::Sender<Outcome>,
}

impl Reply {
    /// Must be called in a tokio runtime.
    pub fn new() -> (Self, oneshot::Receiver<Outcome>) {
        let (answer, outcome) = oneshot::channel();
        (Self { runtime: Handle::current(), answer }, outcome)
    }
}

/// Answers everybody. Those on one runtime are woken by that runtime itself, which also frees what it allocated: the
/// rows go back with the outcome.
pub(super) fn answer(outcomes: impl IntoIterator<Item = (Rows, Reply, Outcome)>) {
    type Answers = Vec<(Rows, oneshot::Sender<Outcome>, Outcome)>;
    let mut homes: HashMap<Id, (Handle, Answers)> = HashMap::new();
    for (rows, Reply { runtime, answer }, outcome) in outcomes {
        homes.entry(runtime.id()).or_insert_with(|| (runtime, Vec::new())).1.push((rows, answer, outcome));
    }
    for (runtime, answers) in homes.into_values() {
        runtime.spawn(async move {
            for (_rows, answer, outcome) in answers {
                // Who does not wait any more misses nothing by it.
                let _ = answer.send(outcome);
            }
        });
    }
}

/// The writer's inbox; clones share it.
#[derive(Clone, Default)]
pub(super) struct Inbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Job>,
    closed: bool,
}

/// Wakes the writer when it is dropped, whatever becomes of who put something in.
pub(super) struct Wake<'a>(&'a Inbox);

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        self.0.0.came.notify_one();
    }
}

impl Inbox {
    /// Puts a job in; none where the writer has stopped.
    pub fn put(&self, job: Job) -> Option<Wake<'_>> {
        let mut state = self.0.state.lock();
        if state.closed {
            return None;
        }
        state.waiting.push(job);
        Some(Wake(self))
    }

    /// Takes at most `limit` jobs, in the order in which they came, and waits for the first. False at the end: closed,
    /// and nothing waits.
    pub fn take(&self, jobs: &mut Vec<Job>, limit: usize) -> bool {
        let mut state = self.0.state.lock();
        while state.waiting.is_empty() && !state.closed {
            self.0.came.wait(&mut state);
        }
        let count = state.waiting.len().min(limit);
        jobs.extend(state.waiting.drain(..count));
        count > 0
    }

    /// Takes no more in. What waits is still given out.
    pub fn close(&self) {
        self.0.state.lock().closed = true;
        self.0.came.notify_one();
    }

    pub fn is_closed(&self) -> bool {
        self.0.state.lock().closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_come_in_order_and_the_last_ones_after_the_end() {
        let inbox = Inbox::default();
        let put = |epoch| inbox.put(Job::StartOver(epoch, oneshot::channel().0)).is_some();
        assert!((1..=5).all(put));
        inbox.close();
        assert!(!put(6));
        let mut epochs = Vec::new();
        let mut jobs = Vec::new();
        while inbox.take(&mut jobs, 2) {
            assert!(jobs.len() <= 2);
            epochs.extend(jobs.drain(..).map(|job| match job {
                Job::StartOver(epoch, _) => epoch,
                Job::Append(..) | Job::Erase(..) | Job::Close(_) => panic!("nobody put that in"),
            }));
        }
        assert_eq!(epochs, [1, 2, 3, 4, 5]);
    }
}
