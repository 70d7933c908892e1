//! Reading one socket: every text frame goes to the session, in order.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll, time::Duration};

use actix_ws::{CloseReason, Item, Message, MessageStream, ProtocolError};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use studyhall_realtime::{CloseFrame, Queue, Session, Verdict, pong_frame};
use studyhall_wire::{CloseCode, limits};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a client has to answer a close frame.
const CLOSING: Duration = Duration::from_secs(3);

/// Reads until either side closes.
pub async fn run(mut session: Session, mut messages: MessageStream, queue: Arc<Queue>) {
    let hello_by = Instant::now() + Duration::from_secs(limits::HELLO_S);
    let mut fragments = None;
    let readable = loop {
        let next = next(&mut messages, &queue);
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
            Some(Ok(message)) => Box::pin(take(&mut session, &queue, &mut fragments, message)).await,
            Some(Err(error)) => {
                queue.close(code_of(&error));
                break false;
            }
            None => break true,
        };
        if verdict == Verdict::Close {
            break true;
        }
    };
    session.end();
    if readable {
        // What the client still sends is read, so that the close frame is not lost to a reset connection.
        let answered = async {
            while let Some(Ok(message)) = recv(&mut messages).await
                && !message_closes(&message)
            {}
        };
        let _ = timeout(CLOSING, answered).await;
    } else {
        drop(messages);
        sleep(CLOSING).await;
    }
    queue.finish();
}

type Received = Option<Result<Message, ProtocolError>>;

/// The next message; none at the connection's end, or when the queue was closed from elsewhere.
async fn next(messages: &mut MessageStream, queue: &Queue) -> Received {
    poll_fn(|cx| match queue.poll_closed(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => Pin::new(&mut *messages).poll_next(cx),
    })
    .await
}

async fn recv(messages: &mut MessageStream) -> Received {
    poll_fn(|cx| Pin::new(&mut *messages).poll_next(cx)).await
}

fn message_closes(message: &Message) -> bool {
    matches!(message, Message::Close(_))
}

async fn take(session: &mut Session, queue: &Queue, fragments: &mut Option<BytesMut>, message: Message) -> Verdict {
    match message {
        Message::Text(text) => session.on_text(&text).await,
        Message::Continuation(item) => match gather(fragments, item) {
            Ok(None) => Verdict::Continue,
            Ok(Some(whole)) => match std::str::from_utf8(&whole) {
                Ok(text) => session.on_text(text).await,
                Err(_) => close(queue, CloseCode::BadFrame),
            },
            Err(code) => close(queue, code),
        },
        Message::Ping(payload) => {
            session.heard();
            queue.push(pong_frame(&payload));
            Verdict::Continue
        }
        Message::Pong(_) => {
            session.heard();
            Verdict::Continue
        }
        Message::Close(reason) => {
            queue.close_after(CloseFrame::echo(reason.map(|CloseReason { code, .. }| code.into())));
            queue.finish();
            Verdict::Close
        }
        Message::Binary(_) => close(queue, CloseCode::BadFrame),
        Message::Nop => Verdict::Continue,
    }
}

fn close(queue: &Queue, code: CloseCode) -> Verdict {
    queue.close(code);
    Verdict::Close
}

/// Puts a fragmented message together (RFC 6455, section 5.4). Gives the whole of it with its last fragment.
fn gather(fragments: &mut Option<BytesMut>, item: Item) -> Result<Option<Bytes>, CloseCode> {
    let (part, last) = match item {
        Item::FirstText(part) if fragments.is_none() => {
            *fragments = Some(BytesMut::new());
            (part, false)
        }
        Item::Continue(part) => (part, false),
        Item::Last(part) => (part, true),
        Item::FirstText(_) | Item::FirstBinary(_) => return Err(CloseCode::BadFrame),
    };
    let gathered = fragments.as_mut().ok_or(CloseCode::BadFrame)?;
    if gathered.len() + part.len() > limits::FRAME_BYTES {
        return Err(CloseCode::FrameTooLarge);
    }
    gathered.extend_from_slice(&part);
    Ok(if last { fragments.take().map(BytesMut::freeze) } else { None })
}

fn code_of(error: &ProtocolError) -> CloseCode {
    match error {
        ProtocolError::Overflow => CloseCode::FrameTooLarge,
        _ => CloseCode::BadFrame,
    }
}
