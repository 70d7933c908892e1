//! Server frames as bytes (RFC 6455, section 5.2): encoded once, shared by every queue.

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use studyhall_wire::CloseCode;

const FIN: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PONG: u8 = 0xA;

/// A close frame and what it says.
#[derive(Clone, Debug)]
pub struct CloseFrame(pub Bytes);

/// A text frame with this payload. Servers send unmasked.
pub fn text_frame(payload: &[u8]) -> Bytes {
    encode(TEXT, payload)
}

/// A text frame with this value as JSON. What does not serialise (nothing here) becomes an empty frame.
pub fn json_frame(value: &impl Serialize) -> Bytes {
    text_frame(&serde_json::to_vec(value).unwrap_or_default())
}

/// The answer to a ping frame: the same payload (section 5.5.3).
#[must_use]
pub fn pong_frame(payload: &[u8]) -> Bytes {
    encode(PONG, payload)
}

/// A close frame with the code and its reason (section 5.5.1).
#[must_use]
pub fn close_frame(code: CloseCode) -> CloseFrame {
    close_with(code.code(), code.reason())
}

fn close_with(code: u16, reason: &str) -> CloseFrame {
    let mut payload = Vec::with_capacity(2 + reason.len());
    payload.put_u16(code);
    payload.put_slice(reason.as_bytes());
    CloseFrame(encode(CLOSE, &payload))
}

impl CloseFrame {
    /// The answer to a client's close frame: its code, or 1000.
    #[must_use]
    pub fn echo(code: Option<u16>) -> Self {
        close_with(code.filter(|code| matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999)).unwrap_or(1000), "")
    }
}

/// The length of a frame's header.
fn header(payload: &[u8]) -> usize {
    match payload.len() {
        0..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    }
}

/// Text frames with these payloads, one after the other.
pub fn text_frames<'a>(payloads: impl Iterator<Item = &'a [u8]> + Clone) -> Bytes {
    let mut frames = BytesMut::with_capacity(payloads.clone().map(|payload| header(payload) + payload.len()).sum());
    payloads.for_each(|payload| put(&mut frames, TEXT, payload));
    frames.freeze()
}

fn encode(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(header(payload) + payload.len());
    put(&mut frame, opcode, payload);
    frame.freeze()
}

fn put(frame: &mut BytesMut, opcode: u8, payload: &[u8]) {
    frame.put_u8(FIN | opcode);
    match payload.len() {
        len @ 0..=125 => frame.put_u8(u8::try_from(len).unwrap_or_default()),
        len @ 126..=0xFFFF => {
            frame.put_u8(126);
            frame.put_u16(u16::try_from(len).unwrap_or_default());
        }
        len => {
            frame.put_u8(127);
            frame.put_u64(len as u64);
        }
    }
    frame.put_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_takes_one_three_or_nine_bytes() {
        assert_eq!(&text_frame(b"hi")[..], b"\x81\x02hi");
        assert_eq!(&text_frame(&[b'a'; 126])[..4], b"\x81\x7e\x00\x7e");
        assert_eq!(&text_frame(&vec![b'a'; 70_000])[..10], b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70");
        assert_eq!(&close_frame(CloseCode::NoHello).0[..], b"\x88\x0a\x11\x38no hello");
    }
}
