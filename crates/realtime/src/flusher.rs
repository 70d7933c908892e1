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

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, net, task::Poll};

    use bytes::Bytes;
    use studyhall_wire::CloseCode;
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::{
        frame::{close_frame, text_frame},
        queue::Pushed,
    };

    /// A queue on one end of a connection, and the other end.
    async fn connected() -> (Arc<Queue>, TcpStream) {
        let listener = net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let theirs = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
        let (ours, _) = listener.accept().expect("who connected");
        ours.set_nonblocking(true).expect("a socket");
        let flusher = Arc::new(Flusher::default());
        tokio::spawn(Arc::clone(&flusher).run());
        (Queue::new(Arc::new(ours), flusher), theirs)
    }

    /// What keeps the connection open, as the transport does: gives up its handle at the end.
    fn keep_open(queue: &Arc<Queue>) {
        let queue = Arc::clone(queue);
        tokio::spawn(async move {
            poll_fn(|cx| queue.poll_end(cx)).await;
            queue.abandon();
        });
    }

    async fn read_to_end(mut theirs: TcpStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).await.expect("a connection that ends well");
        bytes
    }

    fn numbered(number: u32, len: usize) -> Bytes {
        text_frame(format!("{number:>len$}").as_bytes())
    }

    #[tokio::test]
    async fn frames_wait_for_the_handshake_and_for_the_cork() {
        let (queue, theirs) = connected().await;
        queue.cork();
        queue.push(text_frame(b"second"));
        keep_open(&queue);
        queue.push(text_frame(b"third"));
        queue.uncork(text_frame(b"first"));
        queue.close(CloseCode::GoingAway);
        queue.finish();
        let expected = [text_frame(b"first"), text_frame(b"second"), text_frame(b"third")].concat();
        assert_eq!(read_to_end(theirs).await, [&expected[..], &close_frame(CloseCode::GoingAway).0].concat());
    }

    /// More than the kernel takes at once: the rest follows as the client reads, and nothing is lost or mixed up.
    #[tokio::test]
    async fn a_client_that_reads_late_gets_everything_in_order() {
        let (queue, theirs) = connected().await;
        keep_open(&queue);
        let frames: Vec<_> = (0..200).map(|number| numbered(number, 60_000)).collect();
        let reading = tokio::spawn(read_to_end(theirs));
        for frame in &frames {
            assert!(queue.drained().await);
            assert_eq!(queue.push(frame.clone()), Pushed::Yes);
        }
        queue.close(CloseCode::GoingAway);
        queue.finish();
        let expected = [&frames.concat()[..], &close_frame(CloseCode::GoingAway).0].concat();
        assert!(reading.await.expect("it reads") == expected);
    }

    /// What waits is dropped, but not the rest of a frame that has begun: the client finds whole frames and the reason.
    #[tokio::test]
    async fn a_client_that_reads_too_little_is_told_so_between_frames() {
        let (queue, theirs) = connected().await;
        keep_open(&queue);
        let mut pushed = Vec::new();
        for number in 0.. {
            let frame = numbered(number, 50_000);
            if queue.push(frame.clone()) == Pushed::No {
                break;
            }
            pushed.push(frame);
            yield_now().await;
        }
        queue.finish();
        let received = read_to_end(theirs).await;
        let last = &close_frame(CloseCode::TooSlow).0[..];
        let whole = received.strip_suffix(last).expect("the reason comes last");
        assert!(whole.len() % pushed[0].len() == 0 && pushed.concat().starts_with(whole));
        assert!(whole.len() < pushed.concat().len(), "the rest was dropped");
    }

    #[tokio::test]
    async fn a_connection_that_is_gone_closes_the_queue() {
        let (queue, theirs) = connected().await;
        keep_open(&queue);
        drop(theirs);
        let gone = poll_fn(|cx| {
            if queue.poll_gone(cx).is_ready() {
                return Poll::Ready(());
            }
            queue.push(text_frame(b"anybody there?"));
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        timeout(Duration::from_secs(20), gone).await.expect("writing fails");
        assert_eq!(queue.push(text_frame(b"too late")), Pushed::No);
    }
}
