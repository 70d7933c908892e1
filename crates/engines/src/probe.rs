//! Whether something answers, in the fewest bytes of its own protocol.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// A connection to a port of this machine on which reading and writing end in time.
pub fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    Some(stream)
}

/// Says `hello`, and sees whether the answer begins with `expected`.
pub fn answers(port: u16, hello: &[u8], expected: &[u8]) -> bool {
    let mut answer = vec![0; expected.len()];
    let said = connect(port).and_then(|mut stream| {
        stream.write_all(hello).ok()?;
        stream.read_exact(&mut answer).ok()
    });
    said.is_some() && answer == expected
}

/// The whole answer to an HTTP request without a body.
pub fn http(port: u16, method: &str, path: &str) -> Option<String> {
    let mut stream = connect(port)?;
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
