//! How a session begins and goes on: register, login, refresh.

use studyhall_wire::{ErrorCode, Login, Register, Role, SessionId, Timestamp, UserId, limits};

use super::{Client, Registration, Sessions, SignedIn};
use crate::{
    Error, Result,
    auth::{ACCESS_S, Claims, MEDIA_S, fresh_token, token_hash},
    now,
    ports::{Account, Limit, NewAccount, NewSession, Rotation},
    validate,
};

/// Bytes of a longest refresh token: ours have 43.
const REFRESH_BYTES: usize = 128;

impl Sessions {
    /// A new account with the role `user`, signed in. 403 `registration_closed`, 409 `username_taken`, or 422.
    pub async fn register(&self, form: Register, client: &Client) -> Result<SignedIn> {
        if self.parts().registration != Registration::Open {
            return Err(Error::Forbidden(ErrorCode::RegistrationClosed));
        }
        self.parts().limiter.take(Limit::Register, &client.limit_key()).await?;
        let mut errors = Vec::new();
        let username = validate::username(&form.username, &mut errors);
        validate::password("password", &form.password, &mut errors);
        let display_name = match &form.display_name {
            Some(name) => validate::display_name(name, &mut errors),
            None => username.clone(),
        };
        let pending_email = form.email.map(|email| validate::email(&email, &mut errors));
        validate::finish(errors)?;
        let (id, at, token) = (UserId::new(), now(), fresh_token());
        let account = NewAccount {
            id,
            username,
            display_name,
            password_hash: self.parts().passwords.hash(&form.password).await?,
            role: Role::User,
            pending_email,
            created_at: at,
        };
        let session = new_session(id, &token, client, at);
        let session_id = session.id;
        let account = self.parts().accounts.register(account, Some(session)).await?;
        self.signed_in(&account, session_id, token, at).await
    }

    /// Signs in by username or verified e-mail address: 401 `invalid_credentials` where either is wrong, in the same
    /// time; 403 `account_suspended` only to who knows the password.
    pub async fn login(&self, form: Login, client: &Client) -> Result<SignedIn> {
        let name = form.username.trim().to_lowercase();
        let mut errors = Vec::new();
        validate::no_nul("username", &name, &mut errors);
        validate::no_nul("password", &form.password, &mut errors);
        validate::finish(errors)?;
        let wrong = || Error::Unauthorized(ErrorCode::InvalidCredentials);
        let address = client.limit_key();
        self.parts().limiter.take(Limit::SignInAddress, &address).await?;
        if name.len() > limits::EMAIL_CHARS {
            return Err(wrong());
        }
        self.parts().limiter.take(Limit::SignIn, &format!("{address} {name}")).await?;
        let credentials = self.parts().accounts.credentials(&name).await?;
        let hash = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
        let right = self.parts().passwords.verify(&form.password, hash).await?;
        let account = credentials.filter(|_| right).ok_or_else(wrong)?.account;
        if account.suspended_at.is_some() {
            return Err(Error::Forbidden(ErrorCode::AccountSuspended));
        }
        let (at, token) = (now(), fresh_token());
        let session = new_session(account.id, &token, client, at);
        let session_id = session.id;
        self.parts().sessions.create_session(session).await?;
        self.signed_in(&account, session_id, token, at).await
    }

    /// Spends a refresh token for its successor, by the rules of [`Rotation`]. 401 `token_reused` where it was spent
    /// before, and then its session has ended; 401 `token_invalid` where it does not count.
    pub async fn refresh(&self, token: &str) -> Result<SignedIn> {
        let invalid = || Error::Unauthorized(ErrorCode::TokenInvalid);
        if token.is_empty() || token.len() > REFRESH_BYTES {
            return Err(invalid());
        }
        let (at, successor) = (now(), self.parts().keys.successor(token));
        let rotation = self.parts().sessions.rotate(token_hash(token), token_hash(&successor), at).await?;
        let session = match rotation {
            Rotation::Rotated(session) | Rotation::Repeated(session) => session,
            Rotation::Reused(session) => {
                tracing::warn!(session.id = %session, "a spent refresh token was used again: the session is ended");
                self.ended(&[session]);
                return Err(Error::Unauthorized(ErrorCode::TokenReused));
            }
            Rotation::Unknown => return Err(invalid()),
        };
        let account = self.parts().accounts.account(session.user).await?.ok_or_else(invalid)?;
        if account.deleted_at.is_some() {
            return Err(Error::Unauthorized(ErrorCode::SessionEnded));
        }
        if account.suspended_at.is_some() {
            return Err(Error::Forbidden(ErrorCode::AccountSuspended));
        }
        self.signed_in(&account, session.id, successor, at).await
    }

    async fn signed_in(
        &self,
        account: &Account,
        session: SessionId,
        refresh_token: String,
        at: Timestamp,
    ) -> Result<SignedIn> {
        let keys = &self.parts().keys;
        Ok(SignedIn {
            session,
            access_token: keys.sign_access(Claims::new(account.id, session, at, ACCESS_S))?,
            expires_in_s: ACCESS_S,
            refresh_token,
            media_token: keys.sign_media(Claims::new(account.id, session, at, MEDIA_S))?,
            user: self.parts().people.seen_by(account.id, account).await?,
        })
    }
}

fn new_session(user: UserId, token: &str, client: &Client, at: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(),
        user,
        token: token_hash(token),
        ip: client.ip.clone(),
        user_agent: client.user_agent(),
        created_at: at,
    }
}
