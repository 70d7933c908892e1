//! A response's body that gives what waits in a queue.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use studyhall_realtime::Queue;

/// Lives as long as the connection writes.
pub struct QueueBody {
    queue: Arc<Queue>,
    /// Its drop tells the reader that the connection is closed.
    _actix_body: BoxBody,
}

impl QueueBody {
    pub fn new(queue: Arc<Queue>, actix_body: BoxBody) -> Self {
        Self { queue, _actix_body: actix_body }
    }

    pub fn into_boxed(self) -> BoxBody {
        BoxBody::new(self)
    }
}

impl MessageBody for QueueBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.queue.poll_chunk(cx).map(|chunk| chunk.map(Ok))
    }
}

impl Drop for QueueBody {
    fn drop(&mut self) {
        self.queue.abandon();
    }
}
