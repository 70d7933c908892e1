//! What an operator does from the command line, beside a running server or without one.

use studyhall_wire::{Role, UserId};

use super::Accounts;
use crate::{
    Error, Result, now,
    ports::{Account, NewAccount},
    validate,
};

/// An account that an operator makes.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub username: String,
    /// The username where there is none.
    pub display_name: Option<String>,
    pub password: String,
    pub role: Role,
}

impl Accounts {
    /// Makes an account with any role, whatever the mode of registration. 409 `username_taken`, or 422.
    pub async fn create(&self, new: NewUser) -> Result<Account> {
        let mut errors = Vec::new();
        let username = validate::username(&new.username, &mut errors);
        validate::password("password", &new.password, &mut errors);
        let display_name = match &new.display_name {
            Some(name) => validate::display_name(name, &mut errors),
            None => username.clone(),
        };
        validate::finish(errors)?;
        let account = NewAccount {
            id: UserId::new(),
            username,
            display_name,
            password_hash: self.parts().passwords.hash(&new.password).await?,
            role: new.role,
            pending_email: None,
            created_at: now(),
        };
        self.parts().accounts.register(account, None).await
    }

    /// Gives somebody another role; this process hears of it at once, every node within a second. 409 `last_superuser`.
    pub async fn set_role(&self, username: &str, role: Role) -> Result<Account> {
        let account = self.named(username).await?;
        let account = self.parts().accounts.set_role(account.id, role).await?;
        self.parts().sessions.changed(account.id);
        Ok(account)
    }

    /// Gives somebody another password and ends every session of theirs.
    pub async fn reset_password(&self, username: &str, password: &str) -> Result<()> {
        let mut errors = Vec::new();
        validate::password("password", password, &mut errors);
        validate::finish(errors)?;
        let account = self.named(username).await?;
        let hash = self.parts().passwords.hash(password).await?;
        self.parts().admin.reset_password(account.id, &hash, now()).await
    }

    async fn named(&self, username: &str) -> Result<Account> {
        let username = username.to_ascii_lowercase();
        let mut found = self.parts().accounts.accounts_named(&[username]).await?;
        found.pop().ok_or(Error::NotFound("user"))
    }
}
