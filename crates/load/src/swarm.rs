//! Many WebSocket clients on one thread: one epoll loop, one read buffer, no task and no allocation per frame.
//!
//! A measurement's client shares the machine with the server that it measures, so it must cost little and must know
//! what it cost itself.

use std::{
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    time::Duration,
};

use anyhow::{Context as _, bail};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::ws::{self, Frame, opcode};

const READ_BUFFER: usize = 256 * 1024;
const EVENTS: usize = 1024;
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

struct Peer {
    stream: TcpStream,
    /// The beginning of a frame whose end has not come yet.
    partial: Vec<u8>,
    /// What is not yet written.
    outgoing: Vec<u8>,
}

/// Sockets, numbered in the order in which they were added.
pub struct Swarm {
    poll: Poll,
    events: Events,
    peers: Vec<Peer>,
    buffer: Box<[u8]>,
}

impl Swarm {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            peers: Vec::new(),
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
        })
    }

    /// Opens a socket and gives its number.
    pub fn connect(&mut self, addr: SocketAddr, path: &str, protocol: Option<&str>) -> anyhow::Result<usize> {
        let (socket, partial) = ws::connect(addr, path, protocol)?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket);
        let number = self.peers.len();
        self.poll.registry().register(&mut stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        self.peers.push(Peer { stream, partial, outgoing: Vec::new() });
        Ok(number)
    }

    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Queues a text for `peer`; [`flush`](Self::flush) sends what is queued in one write.
    pub fn queue(&mut self, peer: usize, text: &[u8]) {
        ws::put_client_frame(&mut self.peers[peer].outgoing, opcode::TEXT, text, MASK);
    }

    /// Closes a socket as a client does that is simply gone.
    pub fn close(&mut self, peer: usize) -> anyhow::Result<()> {
        let stream = &mut self.peers[peer].stream;
        self.poll.registry().deregister(stream)?;
        stream.shutdown(std::net::Shutdown::Both).with_context(|| format!("close socket {peer}"))
    }

    pub fn flush(&mut self, peer: usize) -> anyhow::Result<()> {
        self.peers[peer].flush().with_context(|| format!("write to socket {peer}"))
    }

    /// Waits for sockets up to `timeout`, reads what is there, and gives `on_text` each text with its socket's number.
    /// Gives the number of sockets that had something.
    ///
    /// # Errors
    /// A socket that the server closed, with the close code.
    pub fn poll(&mut self, timeout: Duration, mut on_text: impl FnMut(usize, &[u8])) -> anyhow::Result<usize> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(0),
            other => other?,
        }
        let mut sockets = 0;
        for event in &self.events {
            let Token(number) = event.token();
            sockets += 1;
            let peer = &mut self.peers[number];
            if event.is_writable() && !peer.outgoing.is_empty() {
                peer.flush().with_context(|| format!("write to socket {number}"))?;
            }
            if event.is_readable() {
                peer.read(&mut self.buffer, |text| on_text(number, text))
                    .with_context(|| format!("read from socket {number}"))?;
            }
        }
        Ok(sockets)
    }
}

impl Peer {
    fn flush(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.outgoing.len() {
            match self.stream.write(&self.outgoing[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.outgoing.drain(..written);
        Ok(())
    }

    /// Reads until the socket has no more: the registration is edge-triggered, and a short read says so without
    /// another system call (epoll(7), question 9).
    fn read(&mut self, buffer: &mut [u8], mut on_text: impl FnMut(&[u8])) -> anyhow::Result<()> {
        loop {
            let held = self.partial.len();
            buffer[..held].copy_from_slice(&self.partial);
            let read = match self.stream.read(&mut buffer[held..]) {
                Ok(0) => bail!("the server closed the connection without a close frame"),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let end = held + read;
            let rest = self.frames(&buffer[..end], &mut on_text)?;
            self.partial.clear();
            self.partial.extend_from_slice(&buffer[end - rest..end]);
            if end < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Gives the number of bytes at the end that are no whole frame.
    fn frames(&mut self, mut bytes: &[u8], on_text: &mut impl FnMut(&[u8])) -> anyhow::Result<usize> {
        while let Some(frame) = Frame::parse(bytes)? {
            match frame.opcode {
                opcode::TEXT => on_text(frame.payload),
                opcode::PING => {
                    ws::put_client_frame(&mut self.outgoing, opcode::PONG, frame.payload, MASK);
                    self.flush()?;
                }
                opcode::PONG => {}
                opcode::CLOSE => match frame.payload {
                    [a, b, reason @ ..] => {
                        let code = u16::from_be_bytes([*a, *b]);
                        bail!("the server closed the socket: {code} {}", String::from_utf8_lossy(reason));
                    }
                    _ => bail!("the server closed the socket without a code"),
                },
                other => bail!("an unexpected opcode: {other:#x}"),
            }
            bytes = &bytes[frame.len..];
        }
        Ok(bytes.len())
    }
}
