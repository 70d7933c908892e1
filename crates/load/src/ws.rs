//! The little of RFC 6455 that a load client and a bare server need: the opening handshake and whole, unfragmented
//! frames. Nothing is copied and no JSON is read: a client that receives a million frames a second on one core has
//! some 900 ns for each.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha1::{Digest as _, Sha1};

/// RFC 6455 section 11.8.
pub mod opcode {
    pub const TEXT: u8 = 0x1;
    pub const CLOSE: u8 = 0x8;
    pub const PING: u8 = 0x9;
    pub const PONG: u8 = 0xA;
}

/// What both ends append to the key before hashing it (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
/// A length of 16 bits follows, or one of 64.
const LEN_16: u8 = 0x7E;
const LEN_64: u8 = 0x7F;
/// Heads longer than this are no answer to our requests.
const MAX_HEAD: usize = 16 * 1024;

/// One frame, its payload still masked if it was sent so.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    pub payload: &'a [u8],
    /// Bytes of the whole frame, its header included.
    pub len: usize,
}

impl<'a> Frame<'a> {
    /// The frame that `bytes` begins with (section 5.2); `None` where it is not complete yet.
    ///
    /// # Errors
    /// Fragments and reserved bits: neither end of a measurement sends them.
    pub fn parse(bytes: &'a [u8]) -> anyhow::Result<Option<Self>> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        ensure!(first & 0xF0 == FIN, "a fragment or a reserved bit: first byte {first:#04x}");
        let (payload_len, header) = match (second & 0x7F, rest) {
            (LEN_16, [a, b, ..]) => (usize::from(u16::from_be_bytes([*a, *b])), 4),
            (LEN_16, _) => return Ok(None),
            (LEN_64, rest) => match rest.first_chunk() {
                Some(length) => (usize::try_from(u64::from_be_bytes(*length))?, 10),
                None => return Ok(None),
            },
            (short, _) => (usize::from(short), 2),
        };
        let mask_len = if second & MASKED == 0 { 0 } else { 4 };
        let len = header + mask_len + payload_len;
        if bytes.len() < len {
            return Ok(None);
        }
        let mask = bytes[header..header + mask_len].try_into().ok();
        Ok(Some(Self { opcode: first & 0x0F, mask, payload: &bytes[header + mask_len..len], len }))
    }

    /// The payload as it was before masking (section 5.3).
    pub fn unmasked(&self) -> Vec<u8> {
        let key = self.mask.unwrap_or_default();
        self.payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
    }
}

/// Appends a frame as a server sends it.
pub fn put_server_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_header(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// Appends a frame as a client sends it, masked with `key`. The key needs no entropy here: there is no intermediary
/// to protect on loopback (section 10.3).
pub fn put_client_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8], key: [u8; 4]) {
    put_header(out, opcode, payload.len(), MASKED);
    out.extend_from_slice(&key);
    out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
}

fn put_header(out: &mut Vec<u8>, opcode: u8, len: usize, mask_bit: u8) {
    out.push(FIN | opcode);
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short @ ..LEN_16), _) => out.push(mask_bit | short),
        (_, Ok(medium)) => {
            out.push(mask_bit | LEN_16);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(mask_bit | LEN_64);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}

/// The `Sec-WebSocket-Accept` that answers `key` (section 4.2.2).
pub fn accept_key(key: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// Connects to `ws://{addr}{path}`, and waits for the handshake.
///
/// Gives the socket, and the bytes that came after the answer's head.
pub fn connect(addr: SocketAddr, path: &str, protocol: Option<&str>) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    // Any 16 bytes (section 4.1): the nonce proves to the client that its peer speaks WebSocket, and we know that.
    let key = BASE64_STANDARD.encode(b"studyhall's load");
    let protocol = protocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    let mut socket = TcpStream::connect(addr).with_context(|| format!("connect to {addr}"))?;
    socket.set_nodelay(true)?;
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{protocol}\r\n"
    )?;
    let (head, rest) = read_head(&mut socket)?;
    ensure!(head.starts_with("HTTP/1.1 101"), "no upgrade: {}", head.lines().next().unwrap_or_default());
    ensure!(head.contains(&accept_key(key.as_bytes())), "the handshake's answer does not fit its key");
    Ok((socket, rest))
}

/// Reads up to the empty line that ends an HTTP head. Gives the head, and what was read beyond it.
pub fn read_head(socket: &mut TcpStream) -> anyhow::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    loop {
        let read = socket.read(&mut chunk).context("read a head")?;
        if read == 0 {
            bail!("closed before the end of the head");
        }
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = head_end(&bytes) {
            let rest = bytes.split_off(end);
            return Ok((String::from_utf8(bytes).context("the head is not UTF-8")?, rest));
        }
        ensure!(bytes.len() < MAX_HEAD, "a head of more than {MAX_HEAD} bytes");
    }
}

/// Where the body begins.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc_gives_its_answer() {
        assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn frames_of_every_length_form_read_back() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let payload: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
            let mut bytes = Vec::new();
            put_client_frame(&mut bytes, opcode::TEXT, &payload, [1, 2, 3, 4]);
            let frame = Frame::parse(&bytes).unwrap().unwrap();
            assert_eq!((frame.opcode, frame.len, frame.unmasked()), (opcode::TEXT, bytes.len(), payload.clone()));
            assert_eq!(Frame::parse(&bytes[..bytes.len() - 1]).unwrap(), None, "cut by one byte: {len}");

            bytes.clear();
            put_server_frame(&mut bytes, opcode::PONG, &payload);
            let frame = Frame::parse(&bytes).unwrap().unwrap();
            assert_eq!((frame.opcode, frame.mask, frame.payload), (opcode::PONG, None, payload.as_slice()));
        }
    }

    #[test]
    fn fragments_are_refused() {
        assert!(Frame::parse(&[opcode::TEXT, 0]).is_err());
    }
}
