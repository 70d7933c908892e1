//! A minimal HTTP/1.1 client on one kept-alive connection: what it costs is little and always the same.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use serde::{Serialize, de::DeserializeOwned};

use crate::{studyhall::Account, ws::read_head};

/// Longer than bcrypt and a busy core need.
const TIMEOUT: Duration = Duration::from_mins(1);

pub struct Client {
    addr: SocketAddr,
    socket: TcpStream,
    /// The access token that requests carry.
    pub token: Option<String>,
}

impl Client {
    pub fn connect(addr: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(addr).with_context(|| format!("connect to {addr}"))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { addr, socket, token: None })
    }

    /// A connection on which this account asks.
    pub fn with_token(addr: SocketAddr, account: &Account) -> anyhow::Result<Self> {
        let mut http = Self::connect(addr)?;
        http.token = Some(account.access_token.clone());
        Ok(http)
    }

    /// GET, answered by 200.
    pub fn get<T: DeserializeOwned>(&mut self, path: &str) -> anyhow::Result<T> {
        let body = self.get_bytes(path)?;
        serde_json::from_slice(&body).with_context(|| format!("the answer to GET {path}"))
    }

    /// GET, answered by 200, its body as it came.
    pub fn get_bytes(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.get_encoded(path, "")
    }

    /// The same with further header lines, such as what encodings are accepted.
    pub fn get_encoded(&mut self, path: &str, headers: &str) -> anyhow::Result<Vec<u8>> {
        let (status, body) = self.request("GET", path, headers, b"")?;
        ensure!(status == 200, "GET {path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// POST of JSON, answered by 200 or 201.
    pub fn post<T: DeserializeOwned>(&mut self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        let (status, body) = self.request("POST", path, "", &serde_json::to_vec(body)?)?;
        ensure!(matches!(status, 200 | 201), "POST {path}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).with_context(|| format!("the answer to POST {path}"))
    }

    /// POST without a body, answered by 204.
    pub fn command(&mut self, path: &str) -> anyhow::Result<()> {
        let (status, body) = self.request("POST", path, "", b"")?;
        ensure!(status == 204, "POST {path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(())
    }

    /// Sends a request and gives the answer's status and body.
    fn request(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{token}{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.addr,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.socket.write_all(&request).with_context(|| format!("{method} {path}"))?;
        self.answer().with_context(|| format!("{method} {path}"))
    }

    fn answer(&mut self) -> anyhow::Result<(u16, Vec<u8>)> {
        let (head, mut body) = read_head(&mut self.socket)?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let length = match header(&head, "content-length") {
            Some(length) => length.parse()?,
            None if status == 204 => 0,
            None => bail!("an answer without Content-Length"),
        };
        let had = body.len();
        ensure!(had <= length, "more than one answer");
        body.resize(length, 0);
        self.socket.read_exact(&mut body[had..])?;
        Ok((status, body))
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim()))
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn header_names_have_no_case() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Request-Id: a:b\r\n\r\n";
        assert_eq!(header(head, "content-length"), Some("12"));
        assert_eq!(header(head, "x-request-id"), Some("a:b"));
        assert_eq!(header(head, "etag"), None);
    }
}
