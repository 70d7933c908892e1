//! The body of the answer that opens a socket: it never gives a byte, and ends when the socket does.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use studyhall_realtime::Queue;

/// Keeps the connection open until the queue ends, and tells the queue when the connection is gone.
pub struct KeptOpen(pub Arc<Queue>);

impl MessageBody for KeptOpen {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    /// Asked for the first time when the answer's head is in the connection's buffer; actix sends it in the same step,
    /// before anybody else on this thread runs. From then on the queue writes to the connection.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0.poll_end(cx).map(|()| None)
    }
}

impl Drop for KeptOpen {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
