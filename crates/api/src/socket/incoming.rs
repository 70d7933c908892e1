//! What a client sends, message by message: actix-http parses the frames, fragments are put together here.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_http::ws::{OpCode, Parser, ProtocolError};
use actix_web::dev::Payload;
use bytes::BytesMut;
use futures_util::Stream;
use studyhall_wire::{CloseCode, limits};

/// The longest header of a frame that a client sends (RFC 6455, section 5.2).
const HEADER: usize = 14;

/// One whole message, or a control frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    Text(BytesMut),
    Binary,
    Ping(BytesMut),
    Pong,
    /// With the client's code, if it said one.
    Close(Option<u16>),
}

/// What was received; none at the connection's end, and the code of the close frame that a broken rule leads to.
pub type Received = Option<Result<Message, CloseCode>>;

/// The client's side of a connection.
pub struct Incoming {
    payload: Payload,
    /// The beginning of a frame whose end has not come yet.
    buffer: BytesMut,
    /// The text so far of a message in fragments.
    fragments: Option<BytesMut>,
}

impl Incoming {
    pub fn new(payload: Payload) -> Self {
        Self { payload, buffer: BytesMut::new(), fragments: None }
    }

    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if let Some(received) = self.parse().transpose() {
                return Poll::Ready(Some(received));
            }
            match Pin::new(&mut self.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) if self.buffer.is_empty() => self.buffer = bytes.into(),
                Poll::Ready(Some(Ok(bytes))) => self.buffer.extend_from_slice(&bytes),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
                Poll::Pending => {
                    if self.buffer.is_empty() {
                        // An idle socket keeps no buffer.
                        self.buffer = BytesMut::new();
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// The next message that is there as a whole.
    fn parse(&mut self) -> Result<Option<Message>, CloseCode> {
        loop {
            let frame = Parser::parse(&mut self.buffer, true, limits::FRAME_BYTES).map_err(|error| match error {
                ProtocolError::Overflow => CloseCode::FrameTooLarge,
                _ => CloseCode::BadFrame,
            })?;
            let Some((last, opcode, payload)) = frame else {
                // The parser waits for the whole of a frame, however long it says it is.
                let too_long = self.buffer.len() > limits::FRAME_BYTES + HEADER;
                return if too_long { Err(CloseCode::FrameTooLarge) } else { Ok(None) };
            };
            if let Some(message) = self.message(last, opcode, payload.unwrap_or_default())? {
                return Ok(Some(message));
            }
        }
    }

    /// The message that ends with this frame (section 5.4); control frames may come between fragments.
    fn message(&mut self, last: bool, opcode: OpCode, payload: BytesMut) -> Result<Option<Message>, CloseCode> {
        match (opcode, last) {
            (OpCode::Text, _) if self.fragments.is_some() => Err(CloseCode::BadFrame),
            (OpCode::Text, true) => Ok(Some(Message::Text(payload))),
            (OpCode::Text, false) => {
                self.fragments = Some(payload);
                Ok(None)
            }
            (OpCode::Continue, _) => {
                let gathered = self.fragments.as_mut().ok_or(CloseCode::BadFrame)?;
                if gathered.len() + payload.len() > limits::FRAME_BYTES {
                    return Err(CloseCode::FrameTooLarge);
                }
                gathered.extend_from_slice(&payload);
                Ok(if last { self.fragments.take().map(Message::Text) } else { None })
            }
            (OpCode::Binary, _) => Ok(Some(Message::Binary)),
            (OpCode::Ping, true) => Ok(Some(Message::Ping(payload))),
            (OpCode::Pong, true) => Ok(Some(Message::Pong)),
            (OpCode::Close, true) => {
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                Ok(Some(Message::Close(code)))
            }
            (OpCode::Ping | OpCode::Pong | OpCode::Close, false) | (OpCode::Bad, _) => Err(CloseCode::BadFrame),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::web::Bytes;
    use futures_util::stream;

    use super::*;

    /// A masked frame; with a mask of zeros the payload is itself.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).expect("a short payload");
        [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
    }

    /// Everything that is received from a client that sends `parts` and goes.
    async fn receive(parts: Vec<Vec<u8>>) -> Vec<Result<Message, CloseCode>> {
        let parts = parts.into_iter().map(|part| Ok(Bytes::from(part)));
        let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(stream::iter(parts));
        let mut incoming = Incoming::new(Payload::from(stream));
        let mut received = Vec::new();
        while let Some(next) = poll_fn(|cx| incoming.poll_next(cx)).await {
            let broken = next.is_err();
            received.push(next);
            if broken {
                break;
            }
        }
        received
    }

    fn text(payload: &[u8]) -> Message {
        Message::Text(payload.into())
    }

    #[actix_web::test]
    async fn frames_may_be_cut_anywhere() {
        let bytes = [frame(0x81, b"one"), frame(0x89, b"are you there"), frame(0x81, b"two")].concat();
        for cut in 0..bytes.len() {
            let (before, after) = bytes.split_at(cut);
            let received = receive(vec![before.to_vec(), after.to_vec()]).await;
            let ping = Message::Ping(b"are you there"[..].into());
            assert_eq!(received, [Ok(text(b"one")), Ok(ping), Ok(text(b"two"))]);
        }
    }

    #[actix_web::test]
    async fn fragments_are_put_together_around_control_frames() {
        let parts = vec![frame(0x01, b"a"), frame(0x00, b"b"), frame(0x8A, b""), frame(0x80, b"c"), frame(0x81, b"d")];
        assert_eq!(receive(parts).await, [Ok(Message::Pong), Ok(text(b"abc")), Ok(text(b"d"))]);
    }

    #[actix_web::test]
    async fn a_broken_rule_is_a_close_code() {
        let close = frame(0x88, &[0x03, 0xE8, b'x']);
        assert_eq!(receive(vec![close]).await, [Ok(Message::Close(Some(1000)))]);
        let long = [vec![0x81, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0], vec![0; limits::FRAME_BYTES + 1]].concat();
        let unmasked = vec![0x81, 0x01, b'x'];
        for (parts, code) in [
            (vec![frame(0x80, b"nothing before it")], CloseCode::BadFrame),
            (vec![frame(0x01, b"a"), frame(0x81, b"b")], CloseCode::BadFrame),
            (vec![frame(0x09, b"a ping in fragments")], CloseCode::BadFrame),
            (vec![frame(0x83, b"no such opcode")], CloseCode::BadFrame),
            (vec![unmasked], CloseCode::BadFrame),
            (vec![long], CloseCode::FrameTooLarge),
        ] {
            assert_eq!(receive(parts).await, [Err(code)]);
        }
    }
}
