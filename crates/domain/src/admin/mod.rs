//! Administration: accounts, the audit log, figures.
//!
//! To look is a [`Staff`]'s right, which can only be made by checking. What is done to somebody's account is decided in
//! the transaction that does it, by the roles that hold in it: between a check out here and the act, the actor could
//! have lost the role. Both ways, what is refused is recorded.

mod staff;

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use studyhall_wire::{AdminUser, AuditEntry, Page, Role, Stats, Timestamp, UpdateUser, UserId};

pub use self::staff::{Duty, HandlesReports, ManagesUsers, ReadsAudit, ReadsStats, Staff};
use crate::{
    Error, Result,
    auth::{Actor, fresh_token, token_hash},
    now,
    outbox::Outbox,
    people::People,
    ports::{
        AccountChange, AccountFilter, AdminStore, AuditFilter, AuditStore, Fanout, ListedAccount, Live, NewResetLink,
    },
    sessions::Sessions,
    validate,
};

/// How long a link for a new password holds.
const RESET_LINK_MS: i64 = 24 * 3_600_000;
/// How often the end of the audit log is noted in the server's own log, where it has moved, and how often links that
/// expired are looked for.
const NOTE: Duration = Duration::from_hours(1);

/// A link for a new password: what stands at its end, and until when it holds.
#[derive(Clone, Debug)]
pub struct ResetToken {
    pub token: String,
    pub expires_at: Timestamp,
}

/// Which accounts an administrator looks for.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    /// What a name begins with; everybody, where it is empty.
    pub text: String,
    pub role: Option<Role>,
    pub cursor: Option<String>,
    pub limit: u32,
}

pub struct Admin {
    pub(crate) store: Arc<dyn AdminStore>,
    pub(crate) log: Arc<dyn AuditStore>,
    pub(crate) people: Arc<People>,
    pub(crate) sessions: Sessions,
    pub(crate) fanout: Arc<dyn Fanout>,
    pub(crate) outbox: Arc<Outbox>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

impl Admin {
    /// The caller with a duty that their role carries; else 403, which is recorded.
    pub async fn staff<D: Duty>(&self, actor: &Actor) -> Result<Staff<D>> {
        Staff::check(actor, &*self.log).await
    }

    /// Accounts by name and role, ascending by username. Suspended ones are there, too.
    pub async fn users(&self, staff: &Staff<ManagesUsers>, query: UserQuery) -> Result<Page<AdminUser>> {
        let text = query.text.trim();
        let mut errors = Vec::new();
        validate::no_nul("query", text, &mut errors);
        validate::finish(errors)?;
        let filter = AccountFilter {
            prefix: (!text.is_empty()).then(|| text.to_owned()),
            role: query.role,
            after: query.cursor.as_deref().map(username_of).transpose()?,
        };
        let mut found = self.store.list_accounts(&filter, query.limit.saturating_add(1)).await?;
        let more = found.len() > query.limit as usize;
        found.truncate(query.limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(&last.account.username));
        let ids: Vec<_> = found.iter().map(|listed| listed.account.id).collect();
        let mut users = self.people.users(staff.user(), &ids).await?;
        let items = found.into_iter().filter_map(|listed| {
            let user = users.remove(&listed.account.id)?;
            let ListedAccount { account, last_used_at } = listed;
            let (email, suspended_at) = (account.email, account.suspended_at);
            Some(AdminUser { user, email, suspended: suspended_at.is_some(), suspended_at, last_used_at })
        });
        Ok(Page { items: items.collect(), next_cursor })
    }

    /// Changes somebody's role, or shuts and opens their account, at once on every node. 403 by the rules of rank; 409
    /// `last_superuser`.
    pub async fn update_user(&self, actor: &Actor, target: UserId, form: UpdateUser) -> Result<AdminUser> {
        let UpdateUser { role, suspended } = form;
        if role.is_none() && suspended.is_none() {
            return Err(Error::invalid("role", "required", "Say what to change: role, suspended, or both."));
        }
        let changed = self.store.change_account(actor.user, target, AccountChange { role, suspended }, now()).await?;
        self.sessions.ended(&changed.ended);
        self.sessions.changed(target);
        self.outbox.flush().await;
        self.fanout.publish(Live::Profile { user: target });
        let account = changed.account;
        tracing::info!(
            user.id = %target, role = account.role.as_str(), suspended = account.suspended_at.is_some(), "account changed"
        );
        Ok(AdminUser {
            user: self.people.seen_by(actor.user, &account).await?,
            email: account.email,
            suspended: account.suspended_at.is_some(),
            suspended_at: account.suspended_at,
            last_used_at: None,
        })
    }

    /// A link by which the account's owner sets a new password, once and within a day. Earlier ones do not hold any
    /// more. The token is stored as its hash: nobody can look it up.
    pub async fn reset_link(&self, actor: &Actor, target: UserId) -> Result<ResetToken> {
        let (token, at) = (fresh_token(), now());
        let expires_at = Timestamp::from_millis(at.as_millis() + RESET_LINK_MS);
        let link = NewResetLink { token: token_hash(&token), expires_at };
        self.store.make_reset_link(actor.user, target, link, at).await?;
        Ok(ResetToken { token, expires_at })
    }

    pub async fn stats(&self, _staff: &Staff<ReadsStats>) -> Result<Stats> {
        self.store.stats(now()).await
    }

    /// Entries of the audit log, the newest first. `cursor` is that of the page before.
    pub async fn audit(
        &self,
        _staff: &Staff<ReadsAudit>,
        mut filter: AuditFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditEntry>> {
        let wrong = |_| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before.");
        filter.before = cursor.map(str::parse::<i64>).transpose().map_err(wrong)?;
        let mut found = self.log.audit(&filter, limit.saturating_add(1)).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|last| last.number.to_string());
        let items = found.into_iter().map(crate::audit::Record::into_entry).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor })
    }

    /// Notes the end of the audit log in the server's own log, now and then, for ever: who cuts the one off, or writes
    /// it anew, cannot reach the other. Forgets links that expired.
    pub(crate) async fn keep(&self) {
        let mut noted = None;
        loop {
            match self.log.audit_head().await {
                Ok(head) if noted != Some(head) => {
                    tracing::info!(audit.head = %head, "the audit log ends here");
                    noted = Some(head);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the end of the audit log could not be noted"),
            }
            if let Err(error) = self.store.prune_reset_links(now()).await {
                tracing::warn!(%error, "expired links could not be pruned");
            }
            tokio::time::sleep(NOTE).await;
        }
    }
}

/// The username that a cursor stands for.
fn username_of(cursor: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|name| !name.contains('\0'))
        .ok_or_else(|| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))
}
