//! Reading one socket: every text frame goes to the session, in order.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use studyhall_realtime::{CloseFrame, Queue, Session, Verdict, pong_frame};
use studyhall_wire::{CloseCode, limits};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::incoming::{Incoming, Message, Received};

/// How long a client has to answer a close frame.
const CLOSING: Duration = Duration::from_secs(3);

/// Reads until either side closes.
pub async fn run(mut session: Session, mut incoming: Incoming, queue: Arc<Queue>) {
    let hello_by = Instant::now() + Duration::from_secs(limits::HELLO_S);
    let readable = loop {
        let next = next(&mut incoming, &queue);
        let received = if session.is_ready() {
            next.await
        } else if let Ok(received) = timeout_at(hello_by, next).await {
            received
        } else {
            queue.close(CloseCode::NoHello);
            break true;
        };
        let verdict = match received {
            // Boxed, so that an idle socket does not keep the room that a busy one needs.
            Some(Ok(message)) => Box::pin(take(&mut session, &queue, message)).await,
            Some(Err(code)) => {
                queue.close(code);
                break false;
            }
            None => break true,
        };
        if verdict == Verdict::Close {
            break true;
        }
    };
    session.end();
    Box::pin(wait_for_the_end(incoming, &queue, readable)).await;
    queue.finish();
}

/// The next message; none at the connection's end, or when the queue was closed from elsewhere.
async fn next(incoming: &mut Incoming, queue: &Queue) -> Received {
    poll_fn(|cx| match queue.poll_closed(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => incoming.poll_next(cx),
    })
    .await
}

/// Gives the client its time to answer the close frame. What it still sends is read where it can be, so that the close
/// frame is not lost to a reset connection.
async fn wait_for_the_end(mut incoming: Incoming, queue: &Queue, readable: bool) {
    if !readable {
        drop(incoming);
        return sleep(CLOSING).await;
    }
    let answered = poll_fn(|cx| {
        if queue.poll_gone(cx).is_ready() {
            return Poll::Ready(());
        }
        loop {
            match incoming.poll_next(cx) {
                Poll::Ready(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Poll::Ready(()),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    });
    // Whoever does not answer in time is closed all the same.
    let _ = timeout(CLOSING, answered).await;
}

async fn take(session: &mut Session, queue: &Arc<Queue>, message: Message) -> Verdict {
    match message {
        Message::Text(text) => match std::str::from_utf8(&text) {
            Ok(text) => session.on_text(text).await,
            Err(_) => close(queue, CloseCode::BadFrame),
        },
        Message::Ping(payload) => {
            session.heard();
            queue.push(pong_frame(&payload));
            Verdict::Continue
        }
        Message::Pong => {
            session.heard();
            Verdict::Continue
        }
        Message::Close(code) => {
            queue.close_after(CloseFrame::echo(code));
            queue.finish();
            Verdict::Close
        }
        Message::Binary => close(queue, CloseCode::BadFrame),
    }
}

fn close(queue: &Arc<Queue>, code: CloseCode) -> Verdict {
    queue.close(code);
    Verdict::Close
}
