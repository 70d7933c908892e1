//! Whether a token counts: on the path of every request, so that a remembered session costs one HMAC and no query.

use std::{sync::Arc, time::Duration};

use studyhall_wire::{ErrorCode, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Sessions;
use crate::{
    Error, Result,
    auth::{Actor, Claims, Lookup},
    now,
    ports::{Live, Receiver, Revoked},
};

/// How often a node reads what was revoked.
const POLL: Duration = Duration::from_millis(500);
/// Revocations that the store gives at once, at most.
const PAGE: usize = 1_000;

impl Sessions {
    /// Who has this access token: 401 `token_expired`, `token_invalid` or `session_ended`; 403 `account_suspended`.
    pub async fn authenticate(&self, access_token: &str) -> Result<Actor> {
        self.actor(self.parts().keys.verify_access(access_token, now())?).await
    }

    /// Who has this token in the cookie that loads pictures; answers as [`authenticate`](Self::authenticate) does.
    pub async fn authenticate_media(&self, media_token: &str) -> Result<Actor> {
        self.actor(self.parts().keys.verify_media(media_token, now())?).await
    }

    /// Who has this access token, and until when a socket may live on it.
    pub async fn verify_socket(&self, access_token: &str) -> Result<(Actor, Timestamp)> {
        let claims = self.parts().keys.verify_access(access_token, now())?;
        Ok((self.actor(claims).await?, claims.expires_at))
    }

    async fn actor(&self, claims: Claims) -> Result<Actor> {
        let ended = || Error::Unauthorized(ErrorCode::SessionEnded);
        let standings = &self.0.standings;
        if !standings.trusted() {
            return Err(Error::unavailable("database", "revocations could not be read for a minute"));
        }
        let standing = match standings.lookup(claims.session) {
            Lookup::Known(standing) => standing,
            Lookup::Unknown(ticket) => {
                let standing = self.parts().sessions.standing(claims.session).await?.ok_or_else(ended)?;
                standings.remember(&ticket, standing);
                standing
            }
        };
        if standing.ended {
            return Err(ended());
        }
        if standing.suspended {
            return Err(Error::Forbidden(ErrorCode::AccountSuspended));
        }
        if standing.user != claims.user {
            return Err(Error::Unauthorized(ErrorCode::TokenInvalid));
        }
        Ok(Actor { user: claims.user, session: claims.session, role: standing.role })
    }

    /// Reads what was revoked, on any node, twice a second; forgets it here and tells `receiver` of ended sessions.
    /// Runs until it is dropped. While it cannot read, nothing is lost: it goes on from where it was.
    pub async fn follow_revocations(&self, receiver: Arc<dyn Receiver>) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut position = None;
        let mut reading = true;
        loop {
            poll.tick().await;
            let result = self.read_revocations(&mut position, &*receiver).await;
            match &result {
                Err(error) if reading => tracing::error!(%error, "revocations cannot be read"),
                Ok(()) if !reading => tracing::info!("revocations can be read again"),
                Ok(()) | Err(_) => {}
            }
            reading = result.is_ok();
        }
    }

    /// Reads from `position`, the number of the last revocation that is known, to the end. Without one it begins at
    /// the end: there is no socket yet, and what was remembered so far is forgotten.
    async fn read_revocations(&self, position: &mut Option<i64>, receiver: &dyn Receiver) -> Result<()> {
        let (store, standings) = (&self.parts().sessions, &self.0.standings);
        loop {
            let asked = Instant::now();
            let Some(last) = *position else {
                *position = Some(store.last_revocation().await?);
                standings.forget_all();
                standings.heard(asked);
                return Ok(());
            };
            let revocations = store.revocations_after(last).await?;
            for revocation in &revocations {
                match revocation.what {
                    Revoked::Session(session) => {
                        standings.forget(session);
                        receiver.receive(Live::SessionEnded(session));
                    }
                    Revoked::User(user) => {
                        standings.forget_user(user);
                        receiver.receive(Live::Standing { user });
                    }
                }
                *position = Some(revocation.number);
            }
            if revocations.len() < PAGE {
                standings.heard(asked);
                return Ok(());
            }
        }
    }
}
