//! The least that a fan-out over TCP can cost: a single-threaded tokio loop that writes to each socket in turn.

use std::{cell::RefCell, io, rc::Rc};

use anyhow::Context as _;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    task::LocalSet,
};

use super::announce;
use crate::ws::{self, Frame, opcode};

/// How a socket gets the messages that arrived together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    OnePerMessage,
    Joined,
}

type Room = Rc<RefCell<Vec<Rc<TcpStream>>>>;

const READ_BUFFER: usize = 64 * 1024;

pub fn run(writes: Writes) -> anyhow::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, serve(writes))
}

async fn serve(writes: Writes) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    announce(listener.local_addr()?);
    let room = Room::default();
    // One buffer for all sockets: none of them keeps it across an await.
    let buffer = Rc::new(RefCell::new(vec![0; READ_BUFFER]));
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let socket = Rc::new(socket);
        let (room, buffer) = (Rc::clone(&room), Rc::clone(&buffer));
        tokio::task::spawn_local(async move {
            if shake_hands(&socket, &buffer).await.is_ok() {
                room.borrow_mut().push(Rc::clone(&socket));
                relay(&socket, &room, &buffer, writes).await.ok();
                room.borrow_mut().retain(|other| !Rc::ptr_eq(other, &socket));
            }
        });
    }
}

/// Waits for bytes and appends them to `pending`.
async fn read(socket: &TcpStream, buffer: &RefCell<Vec<u8>>, pending: &mut Vec<u8>) -> io::Result<()> {
    loop {
        socket.readable().await?;
        let mut buffer = buffer.borrow_mut();
        match socket.try_read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                pending.extend_from_slice(&buffer[..read]);
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

async fn write(socket: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => socket.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn shake_hands(socket: &TcpStream, buffer: &RefCell<Vec<u8>>) -> anyhow::Result<()> {
    let mut request = Vec::new();
    while ws::head_end(&request).is_none() {
        read(socket, buffer, &mut request).await?;
    }
    let request = String::from_utf8(request)?;
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).context("no key")?;
    let accept = ws::accept_key(key.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok(write(socket, answer.as_bytes()).await?)
}

/// Sends what `socket` says to the whole room, until it closes.
async fn relay(socket: &TcpStream, room: &Room, buffer: &RefCell<Vec<u8>>, writes: Writes) -> anyhow::Result<()> {
    let mut pending = Vec::new();
    loop {
        read(socket, buffer, &mut pending).await?;
        let mut frames = Vec::new();
        let mut taken = 0;
        while let Some(frame) = Frame::parse(&pending[taken..])? {
            if frame.opcode == opcode::CLOSE {
                return Ok(());
            }
            if writes == Writes::OnePerMessage || frames.is_empty() {
                frames.push(Vec::new());
            }
            if let Some(last) = frames.last_mut() {
                ws::put_server_frame(last, frame.opcode, &frame.unmasked());
            }
            taken += frame.len;
        }
        pending.drain(..taken);
        let listeners = room.borrow().clone();
        for frame in &frames {
            for listener in &listeners {
                // A listener that went away leaves the room by its own task.
                write(listener, frame).await.ok();
            }
        }
    }
}
