//! What administrators do to accounts, each act decided and recorded in its own transaction.

use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Action},
    notifications::{Notice, SecurityEvent},
    permissions::{AccountAct, GlobalAction, Whose, can, may_act},
    ports::{
        Account, AccountChange, AccountFilter, AdminStore, ChangedAccount, EndSessions, ListedAccount, NewResetLink,
        Revoked, TokenHash,
    },
};
use studyhall_wire::{ConversationKind, ErrorCode, ReportState, Role, RoleCount, SessionId, Stats, Timestamp, UserId};

use super::{
    SqlStore,
    accounts::{AccountRow, AccountSteps as _},
    audit::AuditSteps as _,
    failure::Outcome,
    names::{fold, prefix_range},
    notifications::NotificationSteps as _,
    sessions::SessionSteps as _,
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{account_names, accounts, conversations, password_resets, reports, sessions};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Why something is not done: recorded, and then told as it is.
pub(super) fn forbidden() -> Error {
    Error::Forbidden(ErrorCode::Forbidden)
}

pub(super) fn last_superuser() -> Error {
    Error::Conflict(ErrorCode::LastSuperuser)
}

/// How the audit log names an act.
fn recorded(act: AccountAct) -> Action {
    match act {
        AccountAct::SetRole(_) => Action::SetRole,
        AccountAct::Suspend => Action::SuspendUser,
        AccountAct::Restore => Action::RestoreUser,
        AccountAct::MakeResetLink => Action::MakeResetLink,
    }
}

/// What an act is made of: a role is given, so that a refused one can be told from a granted one.
fn denied(actor: UserId, act: AccountAct, target: UserId) -> Act {
    let denied = Act::denied(Some(actor), recorded(act), target);
    match act {
        AccountAct::SetRole(to) => denied.with(json!({ "to": to })),
        AccountAct::Suspend | AccountAct::Restore | AccountAct::MakeResetLink => denied,
    }
}

steps! {
    /// What use cases do that act on somebody's account.
    pub(super) trait AdminSteps {
        /// The role that `actor` has now: none where the account is deleted or suspended.
        async fn role_of(conn, actor: UserId) -> Outcome<Option<Role>> {
            Ok(accounts::table
                .find(Bind(actor))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::suspended_at.is_null())
                .select(accounts::role)
                .first(conn)
                .await
                .optional()?)
        }

        /// Whether `actor` may do each of `acts` to `target`, by the roles that hold now. What they may not is recorded;
        /// a caller that gets a refusal commits.
        async fn rule(conn, actor: UserId, target: UserId, acts: &[AccountAct], now: Timestamp)
            -> Outcome<Result<AccountRow>>
        {
            let role = conn.role_of(actor).await?;
            let Some(role) = role.filter(|role| can(*role, GlobalAction::ManageUsers)) else {
                for act in acts {
                    conn.audit(&denied(actor, *act, target), now).await?;
                }
                return Ok(Err(forbidden()));
            };
            let row = conn.living(target).await?;
            let whose = if actor == target { Whose::Own } else { Whose::Of(row.role) };
            let refused: Vec<_> = acts.iter().filter(|act| !may_act(role, whose, **act)).collect();
            for act in &refused {
                conn.audit(&denied(actor, **act, target), now).await?;
            }
            Ok(if refused.is_empty() { Ok(row) } else { Err(forbidden()) })
        }

        /// Whether nobody but `user` is a superuser who can sign in.
        async fn is_last_superuser(conn, user: UserId) -> Outcome<bool> {
            let others: i64 = accounts::table
                .filter(accounts::role.eq(Bind(Role::Superuser)))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::suspended_at.is_null())
                .filter(accounts::id.ne(Bind(user)))
                .count()
                .get_result(conn)
                .await?;
            Ok(others == 0)
        }

        /// Gives `target` a role, tells them, and lets every node forget what it cached. A link for a new password that
        /// was made for the old role does not hold any more.
        async fn give_role(conn, actor: Option<UserId>, target: &AccountRow, role: Role, now: Timestamp) -> Outcome<()> {
            diesel::update(accounts::table.find(Bind(target.id)))
                .set(accounts::role.eq(Bind(role)))
                .execute(conn)
                .await?;
            conn.withdraw_reset_links(target.id).await?;
            conn.revoke(Revoked::User(target.id), now).await?;
            let notice = Notice::RoleChanged { role: role.as_str().to_owned(), group: None };
            conn.notify(target.id, &notice, now).await?;
            let detail = json!({ "from": target.role, "to": role });
            conn.audit(&Act::done(actor, Action::SetRole, target.id).with(detail), now).await
        }

        /// Shuts an account: every session ends, and none begins.
        async fn suspend(conn, actor: UserId, target: UserId, now: Timestamp) -> Outcome<Vec<SessionId>> {
            diesel::update(accounts::table.find(Bind(target)))
                .set(accounts::suspended_at.eq(Some(Bind(now))))
                .execute(conn)
                .await?;
            let ended = conn.end(target, EndSessions::All, now).await?;
            conn.revoke(Revoked::User(target), now).await?;
            conn.audit(&Act::done(Some(actor), Action::SuspendUser, target), now).await?;
            Ok(ended)
        }

        /// Opens it again.
        async fn restore(conn, actor: UserId, target: UserId, now: Timestamp) -> Outcome<()> {
            diesel::update(accounts::table.find(Bind(target)))
                .set(accounts::suspended_at.eq(None::<Bind<Timestamp>>))
                .execute(conn)
                .await?;
            conn.revoke(Revoked::User(target), now).await?;
            conn.notify(target, &Notice::Security { event: SecurityEvent::Restored }, now).await?;
            conn.audit(&Act::done(Some(actor), Action::RestoreUser, target), now).await
        }

        /// Sets a password without the old one, ends every session and tells the owner.
        async fn replace_password(conn, actor: Option<UserId>, target: UserId, hash: &str, now: Timestamp)
            -> Outcome<Vec<SessionId>>
        {
            diesel::update(accounts::table.find(Bind(target)))
                .set(accounts::password_hash.eq(hash))
                .execute(conn)
                .await?;
            conn.withdraw_reset_links(target).await?;
            let ended = conn.end(target, EndSessions::All, now).await?;
            conn.notify(target, &Notice::Security { event: SecurityEvent::PasswordReset }, now).await?;
            conn.audit(&Act::done(actor, Action::ResetPassword, target), now).await?;
            Ok(ended)
        }

        async fn withdraw_reset_links(conn, user: UserId) -> Outcome<()> {
            diesel::delete(password_resets::table.filter(password_resets::user_id.eq(Bind(user)))).execute(conn).await?;
            Ok(())
        }
    }
}

#[async_trait]
impl AdminStore for SqlStore {
    async fn list_accounts(&self, filter: &AccountFilter, limit: u32) -> Result<Vec<ListedAccount>> {
        let filter = filter.clone();
        with_conn!(self, Read, |conn| {
            let mut listed = accounts::table
                .filter(accounts::deleted_at.is_null())
                .order(accounts::username)
                .limit(i64::from(limit))
                .select(AccountRow::as_select())
                .into_boxed();
            if let Some(prefix) = &filter.prefix {
                let (lower, upper) = prefix_range(&fold(prefix));
                let mut named = account_names::table
                    .filter(account_names::key.ge(lower))
                    .select(account_names::account_id)
                    .into_boxed();
                if let Some(upper) = upper {
                    named = named.filter(account_names::key.lt(upper));
                }
                listed = listed.filter(accounts::id.eq_any(named));
            }
            if let Some(role) = filter.role {
                listed = listed.filter(accounts::role.eq(Bind(role)));
            }
            if let Some(after) = &filter.after {
                listed = listed.filter(accounts::username.gt(after));
            }
            let rows: Vec<AccountRow> = listed.load(conn).await?;
            let mut last_used = HashMap::new();
            let used: Vec<(UserId, Timestamp)> = sessions::table
                .filter(sessions::user_id.eq_any(rows.iter().map(|row| Bind(row.id))))
                .filter(sessions::ended_at.is_null())
                .order(sessions::last_used_at)
                .select((sessions::user_id, sessions::last_used_at))
                .load(conn)
                .await?;
            last_used.extend(used);
            let listed = rows.into_iter().map(|row| {
                let last_used_at = last_used.get(&row.id).copied();
                ListedAccount { account: row.into(), last_used_at }
            });
            Ok(listed.collect())
        })
    }

    async fn change_account(
        &self,
        actor: UserId,
        target: UserId,
        change: AccountChange,
        now: Timestamp,
    ) -> Result<ChangedAccount> {
        let role = change.role.map(AccountAct::SetRole);
        let suspended = change.suspended.map(|yes| if yes { AccountAct::Suspend } else { AccountAct::Restore });
        let acts: Vec<AccountAct> = role.into_iter().chain(suspended).collect();
        let ruling: Result<ChangedAccount> = with_conn!(self, Write, |conn| {
            let row = match conn.rule(actor, target, &acts, now).await? {
                Ok(row) => row,
                Err(refused) => return Ok(Err(refused)),
            };
            let stays = change.role.is_none_or(|role| role == Role::Superuser) && change.suspended != Some(true);
            if row.role == Role::Superuser && !stays && conn.is_last_superuser(target).await? {
                for act in &acts {
                    conn.audit(&denied(actor, *act, target), now).await?;
                }
                return Ok(Err(last_superuser()));
            }
            if let Some(role) = change.role
                && role != row.role
            {
                conn.give_role(Some(actor), &row, role, now).await?;
            }
            let mut ended = Vec::new();
            match (change.suspended, row.suspended_at) {
                (Some(true), None) => ended = conn.suspend(actor, target, now).await?,
                (Some(false), Some(_)) => conn.restore(actor, target, now).await?,
                _ => {}
            }
            let account = Account::from(conn.living(target).await?);
            Ok(Ok(ChangedAccount { account, ended }))
        })?;
        ruling
    }

    async fn make_reset_link(&self, actor: UserId, target: UserId, link: NewResetLink, now: Timestamp) -> Result<()> {
        let ruling: Result<()> = with_conn!(self, Write, |conn| {
            if let Err(refused) = conn.rule(actor, target, &[AccountAct::MakeResetLink], now).await? {
                return Ok(Err(refused));
            }
            conn.withdraw_reset_links(target).await?;
            diesel::insert_into(password_resets::table)
                .values((
                    password_resets::hash.eq(link.token.as_slice()),
                    password_resets::user_id.eq(Bind(target)),
                    password_resets::created_at.eq(Bind(now)),
                    password_resets::expires_at.eq(Bind(link.expires_at)),
                ))
                .execute(conn)
                .await?;
            conn.audit(&Act::done(Some(actor), Action::MakeResetLink, target), now).await?;
            Ok(Ok(()))
        })?;
        ruling
    }

    async fn reset_link(&self, token: TokenHash, now: Timestamp) -> Result<Option<UserId>> {
        with_conn!(self, Read, |conn| {
            Ok(password_resets::table
                .find(token.as_slice())
                .filter(password_resets::expires_at.gt(Bind(now)))
                .select(password_resets::user_id)
                .first(conn)
                .await
                .optional()?)
        })
    }

    async fn spend_reset_link(&self, token: TokenHash, hash: &str, now: Timestamp) -> Result<Option<Vec<SessionId>>> {
        let hash = hash.to_owned();
        with_conn!(self, Write, |conn| {
            let user: Option<UserId> = password_resets::table
                .find(token.as_slice())
                .filter(password_resets::expires_at.gt(Bind(now)))
                .select(password_resets::user_id)
                .first(conn)
                .await
                .optional()?;
            let Some(user) = user else { return Ok(None) };
            conn.living(user).await?;
            Ok(Some(conn.replace_password(Some(user), user, &hash, now).await?))
        })
    }

    async fn reset_password(&self, target: UserId, hash: &str, now: Timestamp) -> Result<()> {
        let hash = hash.to_owned();
        with_conn!(self, Write, |conn| {
            conn.living(target).await?;
            conn.replace_password(None, target, &hash, now).await?;
            Ok(())
        })
    }

    async fn stats(&self, now: Timestamp) -> Result<Stats> {
        let yesterday = Timestamp::from_millis(now.as_millis() - DAY_MS);
        with_conn!(self, Read, |conn| {
            let mut users_by_role = Vec::new();
            for role in Role::ALL {
                let count: i64 = accounts::table
                    .filter(accounts::deleted_at.is_null())
                    .filter(accounts::role.eq(Bind(role)))
                    .count()
                    .get_result(conn)
                    .await?;
                users_by_role.push(RoleCount { role, count: count.unsigned_abs() });
            }
            let suspended: i64 = accounts::table
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::suspended_at.is_not_null())
                .count()
                .get_result(conn)
                .await?;
            let used = sessions::table
                .filter(sessions::ended_at.is_null())
                .filter(sessions::last_used_at.gt(Bind(yesterday)))
                .select(sessions::user_id);
            let active: i64 = accounts::table.filter(accounts::id.eq_any(used)).count().get_result(conn).await?;
            let open: i64 = sessions::table.filter(sessions::ended_at.is_null()).count().get_result(conn).await?;
            let of_kind = |kind| conversations::table.filter(conversations::kind.eq(Bind(kind))).count();
            let direct: i64 = of_kind(ConversationKind::Direct).get_result(conn).await?;
            let group: i64 = of_kind(ConversationKind::Group).get_result(conn).await?;
            let reports: i64 =
                reports::table.filter(reports::state.eq(Bind(ReportState::Open))).count().get_result(conn).await?;
            Ok(Stats {
                users: users_by_role.iter().map(|role| role.count).sum(),
                users_by_role,
                suspended_users: suspended.unsigned_abs(),
                active_users: active.unsigned_abs(),
                sessions: open.unsigned_abs(),
                direct_conversations: direct.unsigned_abs(),
                group_conversations: group.unsigned_abs(),
                open_reports: reports.unsigned_abs(),
            })
        })
    }

    async fn prune_reset_links(&self, before: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            diesel::delete(password_resets::table.filter(password_resets::expires_at.lt(Bind(before))))
                .execute(conn)
                .await?;
            Ok(())
        })
    }
}
