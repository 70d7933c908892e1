//! Somebody who uses the API over HTTP.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::Socket;

/// A response, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as JSON; null where it is empty or something else.
    pub json: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body, if the status is the expected one; else panics and shows both.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json
    }

    /// The problem's code, if the status is the expected one.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.expect(status)["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A client with or without a session.
#[derive(Clone, Debug)]
pub struct Person {
    pub http: reqwest::Client,
    pub address: SocketAddr,
    pub id: String,
    pub username: String,
    pub token: String,
    pub refresh_token: String,
}

/// The password of every person here.
pub const PASSWORD: &str = "correct horse";

impl Person {
    /// Nobody yet: requests go without a token.
    pub fn stranger(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().build().expect("an HTTP client");
        let empty = String::new;
        Self { http, address, id: empty(), username: empty(), token: empty(), refresh_token: empty() }
    }

    /// Registers `username`.
    pub async fn register(address: SocketAddr, username: &str) -> Self {
        let stranger = Self::stranger(address);
        let body = json!({ "username": username, "password": PASSWORD });
        let session = stranger.post("/auth/register", body).await.expect(201);
        stranger.with(&session)
    }

    /// Signs in again, as on a second device.
    pub async fn sign_in(&self) -> Self {
        let stranger = Self::stranger(self.address);
        let body = json!({ "username": self.username, "password": PASSWORD });
        let session = stranger.post("/auth/login", body).await.expect(200);
        stranger.with(&session)
    }

    /// The same client with the tokens of this session.
    #[must_use]
    pub fn with(&self, session: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&session["user"]["id"]),
            username: text(&session["user"]["username"]),
            token: text(&session["access_token"]),
            refresh_token: text(&session["refresh_token"]),
            ..self.clone()
        }
    }

    /// A request to a path below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("http://{}/api/v1{path}", self.address));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request and reads the answer to its end.
    pub async fn send(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body").to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, json, bytes }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Self::send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Self::send(self.request(Method::DELETE, path)).await
    }

    /// The direct conversation with `other`: its id.
    pub async fn open_direct(&self, other: &Self) -> String {
        let answer = self.post("/conversations", json!({ "user_id": other.id })).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.json["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Posts a text under its own `client_id`; gives the message.
    pub async fn say(&self, conversation: &str, text: &str) -> Value {
        let body = json!({ "client_id": crate::unique(), "text": text });
        self.post(&format!("/conversations/{conversation}/messages"), body).await.expect(201)
    }

    /// Like [`connect`](Self::connect), where the server may be going away or refuse; none then.
    pub async fn try_connect(&self, resume: Value) -> Option<(Socket, Value)> {
        let mut socket = Socket::try_open(self.address).await.ok()?;
        let hello = json!({ "op": "hello", "token": self.token, "resume": resume });
        socket.send_raw(hello.to_string().into()).await.ok()?;
        loop {
            let frame = socket.next().await?;
            if frame["op"] == "ready" {
                return Some((socket, frame));
            }
        }
    }

    /// A socket that has said `hello` and was answered `ready`; gives that, too.
    pub async fn connect(&self, resume: Value) -> (Socket, Value) {
        let mut socket = Socket::open(self.address).await;
        socket.send(&json!({ "op": "hello", "token": self.token, "resume": resume })).await;
        let ready = socket.frame("ready").await;
        (socket, ready)
    }
}
