//! A WebSocket client that waits for what a test expects, and says what came instead.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};

/// How long a test waits for what it expects before it fails.
pub const WAIT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// A connected socket on which nothing has been said.
    pub async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.expect("a handshake")
    }

    /// Like [`open`](Self::open), where the server may be going away.
    pub async fn try_open(address: SocketAddr) -> Result<Self, Error> {
        let tcp = TcpStream::connect(address).await?;
        let mut request = format!("ws://{address}/api/v1/ws").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "studyhall.v1".parse().expect("a header"));
        let (stream, response) = client_async(request, tcp).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], "studyhall.v1");
        Ok(Self { stream })
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_raw(Message::text(text.into())).await.expect("an open socket");
    }

    /// Sends anything, and may find the socket closed.
    pub async fn send_raw(&mut self, message: Message) -> Result<(), Error> {
        self.stream.send(message).await
    }

    /// The next text frame as JSON; none once the socket is closed.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match timeout(WAIT, self.stream.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect("a JSON frame")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Like [`next`](Self::next), but none where there is no frame within `patience`.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Option<Value>> {
        timeout(patience, self.next()).await.ok()
    }

    /// The next frame that fits; what comes before it is skipped.
    pub async fn until(&mut self, what: &str, mut fits: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the socket was closed before {what}"));
            if fits(&frame) {
                return frame;
            }
        }
    }

    /// The next frame with this `op`.
    pub async fn frame(&mut self, op: &str) -> Value {
        self.until(op, |frame| frame["op"] == op).await
    }

    /// The next event of this kind.
    pub async fn event(&mut self, kind: &str) -> Value {
        self.until(kind, |frame| frame["op"] == "event" && frame["kind"] == kind).await
    }

    /// The next acknowledgement; none once the socket is closed.
    pub async fn ack(&mut self) -> Option<Value> {
        loop {
            match self.next().await {
                Some(frame) if frame["op"] == "ack" => return Some(frame),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Reads to the end and gives the close code.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match timeout(WAIT, self.stream.next()).await.expect("a close in time") {
                Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => return code.into(),
                Some(Ok(_)) => {}
                other => panic!("closed without a code: {other:?}"),
            }
        }
    }

    /// Like [`close_code`](Self::close_code), where the connection may have been cut as well.
    pub async fn close_code_if_any(&mut self) -> Option<u16> {
        loop {
            match timeout(WAIT, self.stream.next()).await.expect("an end in time") {
                Some(Ok(Message::Close(frame))) => return frame.map(|CloseFrame { code, .. }| code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Cuts the connection without a word.
    pub fn kill(self) {
        drop(self);
    }

    /// Closes in good order.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
    }
}
