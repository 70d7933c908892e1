//! Writes that cost as much for many as for one: what comes while one of them is under way waits, and goes with the
//! next, all of it together. Nobody waits for a timer.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{Error, Result};

/// At most this many go together, so that the first of them does not wait for a flood.
const TOGETHER: usize = 256;

/// Writes several items, and gives what became of each.
type Write<T, R> = Box<dyn Fn(Vec<T>) -> BoxFuture<'static, Result<Vec<R>>> + Send + Sync>;

/// Items of one kind on their way to one writer.
pub(crate) struct Gather<T, R> {
    write: Write<T, R>,
    state: Mutex<State<T, R>>,
}

struct State<T, R> {
    waiting: Vec<(T, oneshot::Sender<Result<R>>)>,
    /// A task is writing.
    busy: bool,
}

impl<T: Send + 'static, R: Send + 'static> Gather<T, R> {
    pub fn new(write: impl Fn(Vec<T>) -> BoxFuture<'static, Result<Vec<R>>> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { write: Box::new(write), state: Mutex::new(State { waiting: Vec::new(), busy: false }) })
    }

    /// Writes one item, perhaps with others. Dropping the future does not take it back.
    pub async fn write(self: &Arc<Self>, item: T) -> Result<R> {
        let (done, outcome) = oneshot::channel();
        {
            let mut state = self.state.lock();
            state.waiting.push((item, done));
            if !state.busy {
                state.busy = true;
                tokio::spawn(Arc::clone(self).run());
            }
        }
        outcome.await.unwrap_or_else(|_| Err(Error::internal("a write without an outcome")))
    }

    async fn run(self: Arc<Self>) {
        loop {
            let (items, done): (Vec<_>, Vec<_>) = {
                let mut state = self.state.lock();
                if state.waiting.is_empty() {
                    state.busy = false;
                    return;
                }
                let count = state.waiting.len().min(TOGETHER);
                state.waiting.drain(..count).unzip()
            };
            // Whoever does not wait any more misses nothing by it.
            match (self.write)(items).await {
                Ok(outcomes) => done.into_iter().zip(outcomes).for_each(|(done, outcome)| drop(done.send(Ok(outcome)))),
                Err(error) => done.into_iter().for_each(|done| drop(done.send(Err(error.for_another())))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn what_waits_goes_together_and_each_gets_its_own_outcome() {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sizes);
        let gather = Gather::new(move |items: Vec<u32>| {
            seen.lock().push(items.len());
            Box::pin(async move {
                tokio::task::yield_now().await;
                if items.contains(&13) {
                    return Err(Error::unavailable("disk", "full"));
                }
                Ok(items.into_iter().map(|item| item * 2).collect())
            })
        });
        let outcomes = join_all((0..10).map(|item| gather.write(item))).await;
        let doubled: Vec<u32> = outcomes.into_iter().map(|outcome| outcome.expect("written")).collect();
        assert_eq!(doubled, (0..10).map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(*sizes.lock(), [10]);
        let outcomes = join_all((13..15).map(|item| gather.write(item))).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Unavailable { .. }))));
        assert_eq!(gather.write(1).await.expect("healed"), 2);
    }
}
