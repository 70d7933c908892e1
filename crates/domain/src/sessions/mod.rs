//! Signing in and staying so: sessions, their tokens, and how they end.
//!
//! A session is one sign-in on one device. It has an access token for ten minutes at a time, a refresh token that
//! changes with every use, and a token for the cookie that loads pictures. [`Sessions`] is cheap to clone.

mod check;
mod own;
mod sign_in;

use std::{net::IpAddr, sync::Arc};

use studyhall_wire::{ErrorCode, SessionId, User, UserId};

use crate::{
    Error, Result,
    auth::{KeyRing, Passwords, Standings},
    people::People,
    ports::{AccountStore, Fanout, Limit, Live, RateLimiter, SessionStore},
};

/// Characters that are kept of a `User-Agent`.
const USER_AGENT_CHARS: usize = 256;

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    #[default]
    Open,
    /// Whoever has an invitation. There are none yet, so nobody.
    Invite,
    Closed,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The client's own address, as far as the proxies in between are trusted.
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Client {
    /// The address as limits count it: an IPv6 site is one address (RFC 6177: at least a /64 each).
    fn limit_key(&self) -> String {
        let Some(ip) = &self.ip else { return "-".to_owned() };
        match ip.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V6(ip)) => format!("{:x}/64", ip.to_bits() >> 64),
            Ok(IpAddr::V4(ip)) => ip.to_string(),
            Err(_) => ip.clone(),
        }
    }

    /// The `User-Agent`, cut and cleaned for a database and a list on a page.
    fn user_agent(&self) -> Option<String> {
        let agent = self.user_agent.as_ref()?;
        Some(agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS).collect())
    }
}

/// A session that was given or refreshed.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: SessionId,
    pub access_token: String,
    /// Seconds until the access token ends.
    pub expires_in_s: u64,
    pub refresh_token: String,
    /// For the cookie that loads pictures and downloads.
    pub media_token: String,
    pub user: User,
}

/// What [`Sessions`] stands on.
pub struct Parts {
    pub accounts: Arc<dyn AccountStore>,
    pub sessions: Arc<dyn SessionStore>,
    pub limiter: Arc<dyn RateLimiter>,
    pub fanout: Arc<dyn Fanout>,
    pub people: People,
    pub passwords: Passwords,
    pub keys: KeyRing,
    pub registration: Registration,
}

#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    parts: Parts,
    standings: Standings,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl Sessions {
    /// Nothing is asked yet. Within a minute, [`follow_revocations`](Self::follow_revocations) must run.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, standings: Standings::new() }))
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// These sessions ended in the store: forgets them here, and tells every node's sockets before the poll does.
    pub(crate) fn ended(&self, sessions: &[SessionId]) {
        for session in sessions {
            self.0.standings.forget(*session);
            self.parts().fanout.publish(Live::SessionEnded(*session));
        }
    }

    /// This user's role or standing changed in the store: forgets here what every node forgets by the poll.
    pub(crate) fn changed(&self, user: UserId) {
        self.0.standings.forget_user(user);
    }

    /// Refuses a wrong password with 403 `wrong_password`. Tries are counted like sign-ins, so that a stolen access
    /// token is no way to guess the password.
    pub(crate) async fn require_password(&self, user: UserId, password: &str) -> Result<()> {
        self.parts().limiter.take(Limit::SignIn, &format!("user {user}")).await?;
        let credentials = self.parts().accounts.credentials_of(user).await?;
        let hash = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
        if self.parts().passwords.verify(password, hash).await? {
            Ok(())
        } else {
            Err(Error::Forbidden(ErrorCode::WrongPassword))
        }
    }
}
