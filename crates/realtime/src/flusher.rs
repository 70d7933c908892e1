//! Writes what waits for the sockets of one thread.
//!
//! A queue that was empty and has frames again is put on its flusher's list. The flusher then writes each queue of the
//! list straight to its connection: one system call per socket for all that waits there, and one task to wake for a
//! whole room instead of one per socket. Only a connection that takes no more gets a task of its own, until it does.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::{io::Interest, net::TcpStream, task::yield_now, time::timeout};

use crate::queue::Queue;

/// Sockets after which others get their turn on this thread: about half a millisecond.
const TURN: usize = 128;
/// How long a connection that is to end may take nothing.
const STALLED: Duration = Duration::from_secs(3);

/// The queues of one thread's sockets that have something to write.
#[derive(Debug, Default)]
pub struct Flusher {
    due: Mutex<Vec<Arc<Queue>>>,
    waker: AtomicWaker,
}

impl Flusher {
    /// `queue` has something to write.
    pub(crate) fn add(&self, queue: Arc<Queue>) {
        let mut due = self.due.lock();
        due.push(queue);
        let first = due.len() == 1;
        drop(due);
        if first {
            self.waker.wake();
        }
    }

    /// Writes, for ever: on the thread whose sockets these are.
    pub async fn run(self: Arc<Self>) {
        let mut due = Vec::new();
        loop {
            poll_fn(|cx| {
                self.waker.register(cx.waker());
                std::mem::swap(&mut due, &mut *self.due.lock());
                if due.is_empty() { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            for (place, queue) in due.drain(..).enumerate() {
                if queue.flush() {
                    tokio::spawn(write_when_possible(queue));
                }
                if place % TURN == TURN - 1 {
                    yield_now().await;
                }
            }
        }
    }
}

/// Writes whenever the connection takes something, until nothing is left.
async fn write_when_possible(queue: Arc<Queue>) {
    let connection = match queue.connection().map(|connection| connection.and_then(TcpStream::from_std)) {
        Some(Ok(connection)) => connection,
        Some(Err(error)) => {
            tracing::warn!(%error, "a slow socket cannot be waited for");
            return queue.abandon();
        }
        None => return,
    };
    loop {
        match timeout(STALLED, connection.writable()).await {
            Ok(Ok(())) if connection.try_io(Interest::WRITABLE, || queue.write()).is_ok() => return,
            Ok(Err(_)) => return queue.abandon(),
            Err(_) if queue.is_finishing() => return queue.abandon(),
            Ok(Ok(())) | Err(_) => {}
        }
    }
}
