//! Accounts, their credentials, and the names that people are found by.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Action},
    ports::{Account, AccountStore, BlobId, Credentials, EndSessions, NewAccount, NewSession, ProfileChange, Revoked},
};
use studyhall_wire::{DmPolicy, ErrorCode, Role, SessionId, Timestamp, UserId};

use super::{
    SqlStore,
    admin::{AdminSteps as _, last_superuser},
    audit::AuditSteps as _,
    blobs::BlobSteps as _,
    failure::{Failure, Outcome},
    friends::FriendSteps as _,
    group_members::MemberSteps as _,
    group_steps::GroupSteps as _,
    names::{fold, prefix_range, search_keys},
    sessions::SessionSteps as _,
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{account_names, accounts, sessions};

/// What an account has until its owner says otherwise.
const LOCALE: &str = "en";
const TIMEZONE: &str = "UTC";
/// Ids in one query: SQLite takes 32,766 parameters, and a statement is compiled for each number of them.
const CHUNK: usize = 500;

/// What errors call an account.
const USER: &str = "user";

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(super) struct AccountRow {
    pub id: UserId,
    username: String,
    display_name: String,
    bio: String,
    pub role: Role,
    avatar: Option<String>,
    email: Option<String>,
    pending_email: Option<String>,
    dm_policy: DmPolicy,
    locale: String,
    timezone: String,
    pub suspended_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.id,
            username: row.username,
            display_name: row.display_name,
            bio: row.bio,
            role: row.role,
            avatar: row.avatar.map(BlobId),
            email: row.email,
            pending_email: row.pending_email,
            dm_policy: row.dm_policy,
            locale: row.locale,
            timezone: row.timezone,
            suspended_at: row.suspended_at,
            deleted_at: row.deleted_at,
            created_at: row.created_at,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct CredentialsRow {
    #[diesel(embed)]
    account: AccountRow,
    password_hash: String,
}

impl From<CredentialsRow> for Credentials {
    fn from(row: CredentialsRow) -> Self {
        Self { account: row.account.into(), password_hash: row.password_hash }
    }
}

/// What is `None` stays as it is.
#[derive(AsChangeset, Default)]
#[diesel(table_name = accounts)]
struct ProfileRow {
    display_name: Option<String>,
    bio: Option<String>,
    dm_policy: Option<Bind<DmPolicy>>,
    locale: Option<String>,
    timezone: Option<String>,
    pending_email: Option<Option<String>>,
    email: Option<Option<String>>,
    email_key: Option<Option<String>>,
}

impl From<ProfileChange> for ProfileRow {
    fn from(change: ProfileChange) -> Self {
        let ProfileChange { display_name, bio, dm_policy, locale, timezone, pending_email } = change;
        // Taking the pending address away takes the verified one away, too.
        let email = matches!(pending_email, Some(None)).then_some(None);
        let dm_policy = dm_policy.map(Bind);
        Self { display_name, bio, dm_policy, locale, timezone, pending_email, email_key: email.clone(), email }
    }
}

impl ProfileRow {
    fn changes_nothing(&self) -> bool {
        let Self { display_name, bio, dm_policy, locale, timezone, pending_email, email: _, email_key: _ } = self;
        let texts = [display_name, bio, locale, timezone];
        texts.iter().all(|text| text.is_none()) && dm_policy.is_none() && pending_email.is_none()
    }
}

steps! {
    /// What several use cases of accounts do.
    pub(super) trait AccountSteps {
        /// An account that is not deleted.
        async fn living(conn, id: UserId) -> Outcome<AccountRow> {
            accounts::table
                .find(Bind(id))
                .filter(accounts::deleted_at.is_null())
                .select(AccountRow::as_select())
                .first(conn)
                .await
                .optional()?
                .ok_or(Failure::Rule(Error::NotFound(USER)))
        }

        /// Replaces what an account is found by.
        async fn index_names(conn, id: UserId, keys: &[String]) -> Outcome<()> {
            diesel::delete(account_names::table.filter(account_names::account_id.eq(Bind(id)))).execute(conn).await?;
            for key in keys {
                diesel::insert_into(account_names::table)
                    .values((account_names::key.eq(key), account_names::account_id.eq(Bind(id))))
                    .execute(conn)
                    .await?;
            }
            Ok(())
        }

    }
}

#[async_trait]
impl AccountStore for SqlStore {
    async fn register(&self, account: NewAccount, session: Option<NewSession>) -> Result<Account> {
        with_conn!(self, Write, |conn| {
            let inserted: QueryResult<AccountRow> = diesel::insert_into(accounts::table)
                .values((
                    accounts::id.eq(Bind(account.id)),
                    accounts::username.eq(&account.username),
                    accounts::display_name.eq(&account.display_name),
                    accounts::bio.eq(""),
                    accounts::role.eq(Bind(account.role)),
                    accounts::password_hash.eq(&account.password_hash),
                    accounts::pending_email.eq(account.pending_email.as_deref()),
                    accounts::dm_policy.eq(Bind(DmPolicy::default())),
                    accounts::locale.eq(LOCALE),
                    accounts::timezone.eq(TIMEZONE),
                    accounts::created_at.eq(Bind(account.created_at)),
                ))
                .returning(AccountRow::as_returning())
                .get_result(conn)
                .await;
            let row = inserted.map_err(|error| {
                let taken = Failure::is_taken(&error, "username");
                if taken { Error::Conflict(ErrorCode::UsernameTaken).into() } else { Failure::from(error) }
            })?;
            conn.index_names(account.id, &search_keys(&account.username, &account.display_name)).await?;
            if let Some(session) = &session {
                conn.insert_session(session).await?;
            } else {
                let act = Act::done(None, Action::CreateUser, account.id).with(json!({ "role": account.role }));
                conn.audit(&act, account.created_at).await?;
            }
            Ok(row.into())
        })
    }

    async fn account(&self, id: UserId) -> Result<Option<Account>> {
        with_conn!(self, Read, |conn| {
            let row: Option<AccountRow> =
                accounts::table.find(Bind(id)).select(AccountRow::as_select()).first(conn).await.optional()?;
            Ok(row.map(Account::from))
        })
    }

    async fn accounts(&self, ids: &[UserId]) -> Result<Vec<Account>> {
        let ids = ids.to_vec();
        with_conn!(self, Read, |conn| {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(CHUNK) {
                let rows: Vec<AccountRow> = accounts::table
                    .filter(accounts::id.eq_any(chunk.iter().copied().map(Bind)))
                    .select(AccountRow::as_select())
                    .load(conn)
                    .await?;
                found.extend(rows.into_iter().map(Account::from));
            }
            Ok(found)
        })
    }

    async fn accounts_named(&self, usernames: &[String]) -> Result<Vec<Account>> {
        let usernames = usernames.to_vec();
        with_conn!(self, Read, |conn| {
            let mut found = Vec::new();
            for chunk in usernames.chunks(CHUNK) {
                let rows: Vec<AccountRow> = accounts::table
                    .filter(accounts::username.eq_any(chunk))
                    .filter(accounts::deleted_at.is_null())
                    .select(AccountRow::as_select())
                    .load(conn)
                    .await?;
                found.extend(rows.into_iter().map(Account::from));
            }
            Ok(found)
        })
    }

    async fn credentials(&self, login: &str) -> Result<Option<Credentials>> {
        let login = fold(login);
        with_conn!(self, Read, |conn| {
            let row: Option<CredentialsRow> = accounts::table
                .filter(accounts::username.eq(&login).or(accounts::email_key.eq(Some(&login))))
                .filter(accounts::deleted_at.is_null())
                .select(CredentialsRow::as_select())
                .first(conn)
                .await
                .optional()?;
            Ok(row.map(Credentials::from))
        })
    }

    async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>> {
        with_conn!(self, Read, |conn| {
            let row: Option<CredentialsRow> = accounts::table
                .find(Bind(id))
                .filter(accounts::deleted_at.is_null())
                .select(CredentialsRow::as_select())
                .first(conn)
                .await
                .optional()?;
            Ok(row.map(Credentials::from))
        })
    }

    async fn search_people(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<Account>> {
        let (lower, upper) = prefix_range(&fold(prefix));
        let after = after.map(str::to_owned);
        with_conn!(self, Read, |conn| {
            let mut named = account_names::table
                .filter(account_names::key.ge(&lower))
                .select(account_names::account_id)
                .into_boxed();
            if let Some(upper) = &upper {
                named = named.filter(account_names::key.lt(upper));
            }
            let mut people = accounts::table
                .filter(accounts::id.eq_any(named))
                .filter(accounts::deleted_at.is_null())
                .filter(accounts::suspended_at.is_null())
                .order(accounts::username)
                .limit(i64::from(limit))
                .select(AccountRow::as_select())
                .into_boxed();
            if let Some(after) = &after {
                people = people.filter(accounts::username.gt(after));
            }
            let rows: Vec<AccountRow> = people.load(conn).await?;
            Ok(rows.into_iter().map(Account::from).collect())
        })
    }

    async fn update_profile(&self, id: UserId, change: ProfileChange) -> Result<Account> {
        let change = ProfileRow::from(change);
        with_conn!(self, Write, |conn| {
            let mut row = conn.living(id).await?;
            if change.changes_nothing() {
                return Ok(row.into());
            }
            row = diesel::update(accounts::table.find(Bind(id)))
                .set(&change)
                .returning(AccountRow::as_returning())
                .get_result(conn)
                .await?;
            if change.display_name.is_some() {
                conn.index_names(id, &search_keys(&row.username, &row.display_name)).await?;
            }
            Ok(row.into())
        })
    }

    async fn set_avatar(&self, id: UserId, avatar: Option<BlobId>, now: Timestamp) -> Result<Account> {
        with_conn!(self, Write, |conn| {
            let old = conn.living(id).await?.avatar;
            let row: AccountRow = diesel::update(accounts::table.find(Bind(id)))
                .set(accounts::avatar.eq(avatar.as_ref().map(|blob| blob.0.as_str())))
                .returning(AccountRow::as_returning())
                .get_result(conn)
                .await?;
            conn.let_go(old.filter(|old| row.avatar.as_ref() != Some(old)).map(BlobId), now).await?;
            Ok(row.into())
        })
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<SessionId>, now: Timestamp) -> Result<()> {
        let hash = hash.to_owned();
        with_conn!(self, Write, |conn| {
            conn.living(id).await?;
            diesel::update(accounts::table.find(Bind(id))).set(accounts::password_hash.eq(&hash)).execute(conn).await?;
            conn.withdraw_reset_links(id).await?;
            conn.end(id, keep.map_or(EndSessions::All, EndSessions::AllBut), now).await?;
            Ok(())
        })
    }

    async fn set_role(&self, id: UserId, role: Role) -> Result<Account> {
        let now = studyhall_domain::now();
        with_conn!(self, Write, |conn| {
            let row = conn.living(id).await?;
            if row.role == Role::Superuser && role != Role::Superuser && conn.is_last_superuser(id).await? {
                return Err(last_superuser().into());
            }
            if role == row.role {
                conn.revoke(Revoked::User(id), now).await?;
            } else {
                conn.give_role(None, &row, role, now).await?;
            }
            Ok(Account { role, ..row.into() })
        })
    }

    async fn delete_account(&self, id: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            let AccountRow { avatar, role, .. } = conn.living(id).await?;
            if role == Role::Superuser && conn.is_last_superuser(id).await? {
                return Err(last_superuser().into());
            }
            conn.withdraw_reset_links(id).await?;
            if conn.owns_groups(id).await? {
                return Err(Failure::Rule(Error::Conflict(ErrorCode::OwnerMustTransfer)));
            }
            conn.leave_groups(id, now).await?;
            conn.forget_relations(id, now).await?;
            diesel::update(accounts::table.find(Bind(id)))
                .set((
                    accounts::deleted_at.eq(Some(Bind(now))),
                    accounts::display_name.eq(""),
                    accounts::bio.eq(""),
                    accounts::password_hash.eq(""),
                    accounts::avatar.eq(None::<String>),
                    accounts::email.eq(None::<String>),
                    accounts::email_key.eq(None::<String>),
                    accounts::pending_email.eq(None::<String>),
                    accounts::locale.eq(LOCALE),
                    accounts::timezone.eq(TIMEZONE),
                ))
                .execute(conn)
                .await?;
            conn.index_names(id, &[]).await?;
            diesel::update(sessions::table.filter(sessions::user_id.eq(Bind(id))))
                .set((sessions::ip.eq(None::<String>), sessions::user_agent.eq(None::<String>)))
                .execute(conn)
                .await?;
            conn.end(id, EndSessions::All, now).await?;
            conn.revoke(Revoked::User(id), now).await?;
            conn.let_go(avatar.map(BlobId), now).await
        })
    }

    async fn count_accounts(&self) -> Result<u64> {
        with_conn!(self, Read, |conn| {
            let count: i64 = accounts::table.filter(accounts::deleted_at.is_null()).count().get_result(conn).await?;
            Ok(count.unsigned_abs())
        })
    }
}
