//! One's own account: profile, picture, deletion; and what an operator does from the command line.

mod operator;
mod picture;
mod reset;

use std::sync::Arc;

use studyhall_wire::{ErrorCode, FieldError, Me, UpdateProfile};

use crate::{
    Error, Result,
    auth::{Actor, Passwords},
    now,
    people::People,
    ports::{
        Account, AccountStore, AdminStore, BlobLedger, BlobStore, Fanout, Live, ProfileChange, SessionStore, TaskQueue,
    },
    sessions::Sessions,
    validate,
};

pub use operator::NewUser;

/// What [`Accounts`] stands on.
pub struct Parts {
    pub accounts: Arc<dyn AccountStore>,
    pub store: Arc<dyn SessionStore>,
    pub admin: Arc<dyn AdminStore>,
    pub blobs: Arc<dyn BlobStore>,
    pub ledger: Arc<dyn BlobLedger>,
    pub queue: Arc<dyn TaskQueue>,
    pub fanout: Arc<dyn Fanout>,
    pub people: People,
    pub passwords: Passwords,
    pub sessions: Sessions,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Parts>);

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl Accounts {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    fn parts(&self) -> &Parts {
        &self.0
    }

    /// The caller's own account.
    pub async fn me(&self, actor: &Actor) -> Result<Me> {
        let account = self.parts().accounts.account(actor.user).await?;
        self.as_me(account.ok_or(Error::NotFound("user"))?).await
    }

    /// Changes what is given. Another address waits until it is verified, an empty one takes the address away; both
    /// need the password: 422 without, 403 `wrong_password` with a wrong one.
    pub async fn update_profile(&self, actor: &Actor, form: UpdateProfile) -> Result<Me> {
        let mut errors = Vec::new();
        let change = ProfileChange {
            display_name: form.display_name.map(|name| validate::display_name(&name, &mut errors)),
            bio: form.bio.map(|text| validate::bio(&text, &mut errors)),
            dm_policy: form.dm_policy,
            locale: form.locale.map(|tag| validate::locale(&tag, &mut errors)),
            timezone: form.timezone.map(|zone| validate::timezone(&zone, &mut errors)),
            pending_email: form.email.map(|email| match email.trim() {
                "" => None,
                email => Some(validate::email(email, &mut errors)),
            }),
        };
        if change.pending_email.is_some() && form.current_password.is_none() {
            errors.push(FieldError::new("current_password", "required", "Changing the address needs the password."));
        }
        validate::finish(errors)?;
        if let (Some(_), Some(password)) = (&change.pending_email, &form.current_password) {
            self.parts().sessions.require_password(actor.user, password).await?;
        }
        let account = self.parts().accounts.update_profile(actor.user, change).await?;
        self.parts().fanout.publish(Live::Profile { user: actor.user });
        self.as_me(account).await
    }

    /// Erases the account: 403 `wrong_password`, 409 `last_superuser`, or `owner_must_transfer` while it owns groups. Its
    /// messages stay, as a deleted user's.
    pub async fn delete(&self, actor: &Actor, password: &str) -> Result<()> {
        let parts = self.parts();
        parts.sessions.require_password(actor.user, password).await?;
        let sessions = parts.store.sessions(actor.user).await?;
        parts.accounts.delete_account(actor.user, now()).await?;
        parts.queue.wake();
        let sessions: Vec<_> = sessions.into_iter().map(|session| session.id).collect();
        parts.sessions.ended(&sessions);
        parts.fanout.publish(Live::Profile { user: actor.user });
        tracing::info!(user.id = %actor.user, "account deleted by its owner");
        Ok(())
    }

    async fn as_me(&self, account: Account) -> Result<Me> {
        if account.deleted_at.is_some() {
            return Err(Error::Unauthorized(ErrorCode::SessionEnded));
        }
        let user = self.parts().people.seen_by(account.id, &account).await?;
        Ok(Me {
            user,
            email_verified: account.email.is_some(),
            email: account.email,
            pending_email: account.pending_email,
            dm_policy: account.dm_policy,
            locale: account.locale,
            timezone: account.timezone,
        })
    }
}
