//! The HTTP side of the client: one method per call of the wire contract, typed by `wire`.
//!
//! The access token lives in memory alone; the refresh token is a cookie that no script can read. A token is renewed
//! before it ends, and once more when the server says 401; however many calls wait for it, one renewal is under way
//! at a time, in all tabs together where the browser has Web Locks.

mod admin;
mod calls;
mod error;
mod groups;
mod notifications;
mod people;
mod refresh;
mod transport;

use leptos::prelude::*;
use studyhall_wire::{Session, User, UserId};

pub use calls::Probe;
pub use error::{Error, Result};
pub use groups::{Adding, Joining};
use refresh::Renewal;
use transport::{Answer, Body, Method, Request};

use crate::clock;

/// Renewed when it has less than this left, in milliseconds; a short-lived one when a quarter of it is left.
const MARGIN_MS: f64 = 60_000.0;
/// Used while it has more than this left, should the renewal fail.
const LAST_MOMENT_MS: f64 = 5_000.0;

#[derive(Clone)]
struct Token {
    value: String,
    ends_at: f64,
    /// When it should be renewed, in milliseconds since 1970 as well.
    renew_at: f64,
}

/// The server, for one signed-in browser. A handle: copies share one session.
#[derive(Clone, Copy)]
pub struct Api {
    token: StoredValue<Option<Token>, LocalStorage>,
    renewal: StoredValue<Option<Renewal>, LocalStorage>,
    /// Whether there ever was a session here: only then can one end.
    signed_in: StoredValue<bool>,
    /// Whose session it is.
    user: StoredValue<Option<UserId>>,
    leaving: StoredValue<bool>,
    ended: RwSignal<Option<End>>,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By signing out.
    Left,
    /// By the server: revoked, expired, or suspended.
    Revoked,
    /// Somebody else has signed in, in another tab of this browser.
    Replaced,
}

impl Api {
    /// A handle without a session, owned by the current reactive owner.
    pub fn new() -> Self {
        Self {
            token: StoredValue::new_local(None),
            renewal: StoredValue::new_local(None),
            signed_in: StoredValue::new(false),
            user: StoredValue::new(None),
            leaving: StoredValue::new(false),
            ended: RwSignal::new(None),
        }
    }

    /// Set once the session is over and signing in again is what is left.
    pub fn ended(self) -> ReadSignal<Option<End>> {
        self.ended.read_only()
    }

    /// From here on the end of the session is what the reader asked for.
    pub fn leave(self) {
        self.leaving.set_value(true);
    }

    /// The reader stays after all.
    pub fn stay(self) {
        self.leaving.set_value(false);
    }

    /// The session is over: no more calls with its token.
    pub fn end(self) {
        self.token.set_value(None);
        self.set_ended(if self.leaving.get_value() { End::Left } else { End::Revoked });
    }

    /// The browser's session is another person's now.
    fn replaced(self) {
        self.token.set_value(None);
        self.set_ended(End::Replaced);
    }

    /// As if there never was a session here.
    fn forget(self) {
        self.token.set_value(None);
        self.signed_in.set_value(false);
        self.user.set_value(None);
    }

    fn set_ended(self, end: End) {
        if self.ended.get_untracked().is_none() {
            self.ended.set(Some(end));
        }
    }

    /// An access token that is good for a while yet.
    ///
    /// # Errors
    /// [`Error::SignedOut`] when there is no session any more, [`Error::Unreachable`] when the server is.
    pub async fn token(self) -> Result<String> {
        if let Some(token) = self.token.get_value()
            && clock::now() < token.renew_at
        {
            return Ok(token.value);
        }
        match self.renew().await {
            Ok(_) => self.token.get_value().map(|token| token.value).ok_or(Error::SignedOut),
            Err(Error::SignedOut) => Err(Error::SignedOut),
            Err(error) => match self.token.get_value() {
                Some(token) if token.ends_at - clock::now() > LAST_MOMENT_MS => Ok(token.value),
                _ => Err(error),
            },
        }
    }

    /// Milliseconds until the token should be renewed; none without one.
    pub fn renew_in(self) -> Option<u32> {
        let token = self.token.get_value()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a timer takes")]
        Some((token.renew_at - clock::now()).clamp(0.0, f64::from(i32::MAX)) as u32)
    }

    fn accept(self, session: Session) -> User {
        #[expect(clippy::cast_precision_loss, reason = "seconds, far below 2^52")]
        let lasts = session.expires_in as f64 * 1_000.0;
        self.signed_in.set_value(true);
        self.user.set_value(Some(session.user.id));
        let ends_at = clock::now() + lasts;
        let renew_at = ends_at - MARGIN_MS.min(lasts / 4.0);
        self.token.set_value(Some(Token { value: session.access_token, ends_at, renew_at }));
        session.user
    }

    /// A call with the session's token; gives the body of the answer.
    async fn exchange(self, method: Method, path: String, body: Body) -> Result<String> {
        Ok(self.answer(method, path, body).await?.text)
    }

    /// A call with the session's token: renewed and repeated once on 401.
    async fn answer(self, method: Method, path: String, body: Body) -> Result<Answer> {
        let token = self.token().await?;
        let request = Request { method, path, body, token: Some(token) };
        match transport::send(&request).await {
            Err(Error::Problem(problem)) if problem.status == 401 => {
                // What was refused is not offered again, unless another call has renewed it meanwhile.
                self.token.update_value(|held| {
                    if held.as_ref().is_some_and(|held| Some(&held.value) == request.token.as_ref()) {
                        *held = None;
                    }
                });
                let token = self.token().await?;
                transport::send(&Request { token: Some(token), ..request }).await
            }
            answer => answer,
        }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}
