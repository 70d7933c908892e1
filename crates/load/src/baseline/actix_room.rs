//! The least that a fan-out through actix-ws can cost: a frame is encoded once and shared by reference, and each
//! socket's response body drains its whole queue into one chunk.
//!
//! actix-ws does the handshake and the reading. The body that it made is kept alive inside ours and never asked for
//! anything: its drop tells the reading side that the connection is closed.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, BoxBody, MessageBody},
    web,
};
use actix_ws::Message;
use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::announce;
use crate::ws::{self, opcode};

/// Frames for one socket.
#[derive(Default)]
struct Queue {
    frames: Mutex<Vec<Bytes>>,
    waker: AtomicWaker,
}

impl Queue {
    fn push(&self, frame: Bytes) {
        let was_empty = {
            let mut frames = self.frames.lock();
            frames.push(frame);
            frames.len() == 1
        };
        if was_empty {
            self.waker.wake();
        }
    }
}

/// The response's body: what is in the queue, all at once.
struct Drained {
    queue: Arc<Queue>,
    _actix_ws: BoxBody,
}

impl MessageBody for Drained {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        // Registered before the look, so that a push in between wakes us.
        self.queue.waker.register(cx.waker());
        let mut frames = mem::take(&mut *self.queue.frames.lock());
        match frames.len() {
            0 => Poll::Pending,
            1 => Poll::Ready(frames.pop().map(Ok)),
            _ => {
                let mut chunk = BytesMut::with_capacity(frames.iter().map(Bytes::len).sum());
                for frame in &frames {
                    chunk.extend_from_slice(frame);
                }
                Poll::Ready(Some(Ok(chunk.freeze())))
            }
        }
    }
}

type Room = web::Data<Mutex<Vec<Arc<Queue>>>>;

pub fn run() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let room = Room::new(Mutex::default());
        let server = HttpServer::new(move || App::new().app_data(room.clone()).route("/ws", web::get().to(enter)))
            .workers(1)
            .backlog(8192)
            .bind(("127.0.0.1", 0))?;
        server.addrs().into_iter().for_each(announce);
        Ok(server.run().await?)
    })
}

async fn enter(request: HttpRequest, payload: web::Payload, room: Room) -> actix_web::Result<HttpResponse> {
    let (response, _session, mut messages) = actix_ws::handle(&request, payload)?;
    let queue = Arc::new(Queue::default());
    room.lock().push(Arc::clone(&queue));
    let own = Arc::clone(&queue);
    actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            match message {
                Message::Text(text) => {
                    let mut frame = Vec::with_capacity(text.len() + 10);
                    ws::put_server_frame(&mut frame, opcode::TEXT, text.as_bytes());
                    let frame = Bytes::from(frame);
                    room.lock().iter().for_each(|queue| queue.push(frame.clone()));
                }
                Message::Close(_) => break,
                _ => {}
            }
        }
        room.lock().retain(|other| !Arc::ptr_eq(other, &own));
    });
    Ok(response.map_body(|_, actix_ws| Drained { queue, _actix_ws: actix_ws }).map_into_boxed_body())
}
