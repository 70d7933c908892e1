//! One request to the server and its answer, without a word about what it means. Repeats what is safe to repeat.

use gloo_net::http::{Method as HttpMethod, RequestBuilder, Response};
use studyhall_wire::Problem;

use super::error::{Error, Result};
use crate::{clock, json};

const BASE: &str = "/api/v1";
/// Pauses before a repeat, in milliseconds.
const PAUSES_MS: [u32; 2] = [300, 1_200];
/// The longest `Retry-After` that is waited for rather than shown, in seconds.
const PATIENCE_S: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Whether a repeat changes nothing (RFC 9110, 9.2.2). `PATCH` and `POST` are left to the caller.
    fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

#[derive(Clone)]
pub(super) enum Body {
    None,
    Json(String),
    File(web_sys::File),
}

pub(super) struct Request {
    pub method: Method,
    /// Below `/api/v1`.
    pub path: String,
    pub body: Body,
    pub token: Option<String>,
}

/// A successful answer.
pub(super) struct Answer {
    pub status: u16,
    /// Empty for 204.
    pub text: String,
}

/// A successful answer to a request.
pub(super) async fn send(request: &Request) -> Result<Answer> {
    let mut pauses = PAUSES_MS.iter();
    loop {
        let answer = once(request).await;
        let pause = match &answer {
            Err(Failure { error: Error::Unreachable, .. }) => pauses.next().copied(),
            Err(Failure { retry_after: Some(seconds), .. }) if *seconds <= PATIENCE_S => {
                pauses.next().map(|pause| (*pause).max(seconds * 1_000))
            }
            _ => None,
        };
        match pause {
            Some(pause) if request.method.is_idempotent() && clock::is_online() => clock::sleep(pause).await,
            _ => return answer.map_err(|failure| failure.error),
        }
    }
}

struct Failure {
    error: Error,
    /// Seconds.
    retry_after: Option<u32>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None }
    }
}

async fn once(request: &Request) -> std::result::Result<Answer, Failure> {
    let method = match request.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let mut builder =
        RequestBuilder::new(&format!("{BASE}{}", request.path)).method(method).header("X-Studyhall-Client", "web");
    if let Some(token) = &request.token {
        builder = builder.header("Authorization", &format!("Bearer {token}"));
    }
    let built = match &request.body {
        Body::None => builder.build(),
        Body::Json(json) => builder.header("Content-Type", "application/json").body(json.as_str()),
        Body::File(file) => builder.header("Content-Type", &file.type_()).body(file.clone()),
    };
    let sent = built.map_err(|error| Error::Unexpected(error.to_string()))?.send().await;
    let response = sent.map_err(|_| Error::Unreachable)?;
    let text = response.text().await.map_err(|_| Error::Unreachable)?;
    if response.ok() { Ok(Answer { status: response.status(), text }) } else { Err(failure(&response, &text)) }
}

fn failure(response: &Response, text: &str) -> Failure {
    let retry_after = response.headers().get("Retry-After").and_then(|seconds| seconds.trim().parse().ok());
    let error = match json::read::<Problem>(text) {
        Ok(problem) => Error::Problem(Box::new(problem)),
        // A proxy in between whose server is down answers in its own words.
        Err(_) if response.status() >= 500 => Error::Unreachable,
        Err(_) => Error::Unexpected(format!("status {}", response.status())),
    };
    Failure { error, retry_after }
}
