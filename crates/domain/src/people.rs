//! People as others see them: accounts with a presence that depends on who looks.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use studyhall_wire::{Page, Presence, Role, User, UserId};

use crate::{
    Error, Result,
    auth::Actor,
    permissions::{self, GlobalAction},
    ports::{Account, AccountStore, Audience, BlobId, FriendStore, PresenceStore},
    validate,
};

/// Characters that a search needs.
const QUERY_CHARS: usize = 2;

/// Reads accounts and presence. Cheap to clone.
#[derive(Clone)]
pub struct People {
    accounts: Arc<dyn AccountStore>,
    friends: Arc<dyn FriendStore>,
    presence: Arc<dyn PresenceStore>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    pub fn new(
        accounts: Arc<dyn AccountStore>,
        friends: Arc<dyn FriendStore>,
        presence: Arc<dyn PresenceStore>,
    ) -> Self {
        Self { accounts, friends, presence }
    }

    /// Those of `ids` that exist, as `viewer` sees them.
    pub async fn users(&self, viewer: UserId, ids: &[UserId]) -> Result<HashMap<UserId, User>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let accounts = self.accounts.accounts(ids).await?;
        let users = self.present(viewer, &accounts).await?;
        Ok(users.into_iter().map(|user| (user.id, user)).collect())
    }

    /// One person; a deleted one has no names. 404 for one who never was.
    pub async fn user(&self, viewer: UserId, id: UserId) -> Result<User> {
        let account = self.accounts.account(id).await?.ok_or(Error::NotFound("user"))?;
        self.seen_by(viewer, &account).await
    }

    /// People whose username, or a word of whose display name, begins with `query`, ascending by username.
    pub async fn search(&self, actor: &Actor, query: &str, cursor: Option<&str>, limit: u32) -> Result<Page<User>> {
        permissions::require(actor.role, GlobalAction::SearchPeople)?;
        let prefix = prefix(query)?;
        let after = cursor.map(username_of).transpose()?;
        let mut found = self.accounts.search_people(&prefix, after.as_deref(), limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| username_cursor(&last.username));
        Ok(Page { items: self.present(actor.user, &found).await?, next_cursor })
    }

    /// An account without its presence.
    #[must_use]
    pub fn plain(account: &Account) -> User {
        if account.deleted_at.is_some() {
            return User {
                id: account.id,
                username: String::new(),
                display_name: String::new(),
                bio: String::new(),
                role: Role::User,
                avatar_url: None,
                presence: Presence::Offline,
                created_at: account.created_at,
                deleted: true,
            };
        }
        User {
            id: account.id,
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            bio: account.bio.clone(),
            role: account.role,
            avatar_url: account.avatar.as_ref().map(|blob| avatar_url(account.id, blob)),
            presence: Presence::Offline,
            created_at: account.created_at,
            deleted: false,
        }
    }

    /// An account that was read already, as `viewer` sees it.
    pub async fn seen_by(&self, viewer: UserId, account: &Account) -> Result<User> {
        let mut users = self.present(viewer, std::slice::from_ref(account)).await?;
        users.pop().ok_or_else(|| Error::internal("one account makes one user"))
    }

    /// Who hears of a user's presence and profile.
    pub async fn audience(&self, user: UserId) -> Result<Audience> {
        self.friends.audience(user).await
    }

    /// `accounts` with the presence that `viewer` may see, in the same order. Asks who knows whom only where somebody
    /// else is there to be seen.
    pub(crate) async fn present(&self, viewer: UserId, accounts: &[Account]) -> Result<Vec<User>> {
        let ids: Vec<_> = accounts.iter().filter(|a| a.deleted_at.is_none()).map(|a| a.id).collect();
        let there = self.presence.of(&ids).await?;
        let others: Vec<_> = there.keys().copied().filter(|id| *id != viewer).collect();
        let shared = match others.as_slice() {
            [] => HashSet::new(),
            others => self.friends.acquainted(viewer, others).await?,
        };
        let users = accounts.iter().map(|account| {
            let mut user = Self::plain(account);
            if account.id == viewer || shared.contains(&account.id) {
                user.presence = there.get(&account.id).copied().unwrap_or_default();
            }
            user
        });
        Ok(users.collect())
    }
}

/// Where the picture is; it changes with the picture, so that the answer may be kept for ever.
fn avatar_url(user: UserId, blob: &BlobId) -> String {
    format!("/api/v1/users/{user}/avatar?v={}", blob.version())
}

/// The query as names are compared, or 422.
fn prefix(query: &str) -> Result<String> {
    let query = query.trim().to_lowercase();
    let mut errors = Vec::new();
    validate::no_nul("query", &query, &mut errors);
    validate::finish(errors)?;
    if query.chars().count() < QUERY_CHARS {
        return Err(Error::invalid("query", "too_short", "Type two characters or more."));
    }
    Ok(query)
}

/// The cursor of a list by usernames.
pub(crate) fn username_cursor(username: &str) -> String {
    URL_SAFE_NO_PAD.encode(username)
}

/// The username that a cursor stands for.
pub(crate) fn username_of(cursor: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|name| !name.contains('\0'))
        .ok_or_else(|| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))
}
