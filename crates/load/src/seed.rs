//! Accounts, sessions and long histories written straight into the databases of a stopped server: making thousands
//! of accounts through the interface would cost a bcrypt hash each, and there is no bench endpoint in the product.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context as _, bail};
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use studyhall_wire::UserId;
use uuid::Uuid;

use crate::{baseline::sqlite::Stream, studyhall};

/// A hash of cost 12 that was made beforehand. Nobody signs in by password here.
const PASSWORD_HASH: &str = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";

/// A data directory that the server has made and left.
pub struct DataDir {
    dir: tempfile::TempDir,
}

/// A seeded group.
#[derive(Clone, Copy, Debug)]
pub struct SeededGroup {
    pub id: Uuid,
    pub conversation: Uuid,
}

/// A seeded account with a session.
#[derive(Clone, Debug)]
pub struct Seeded {
    pub id: Uuid,
    pub refresh_token: String,
}

impl DataDir {
    /// Lets `program` make its files in a new directory, and stops it.
    pub fn create(program: &Path) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("studyhall-load-").tempdir()?;
        studyhall::start(program, dir.path())?.stop()?;
        Ok(Self { dir })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn log(&self) -> PathBuf {
        self.path().join("log.db")
    }

    /// Makes `count` accounts, each with a session.
    pub fn accounts(&self, count: usize) -> anyhow::Result<Vec<Seeded>> {
        let now = unix_millis()?;
        let mut relational = find_database(self.path(), "accounts")?;
        let transaction = relational.transaction()?;
        let mut seeded = Vec::with_capacity(count);
        for number in 0..count {
            let (id, session) = (UserId::new().0, Uuid::now_v7());
            let (id_bytes, session_bytes) = (id.as_bytes().as_slice(), session.as_bytes().as_slice());
            let username = format!("load-{}-{number}", id.as_simple());
            let username = &username[username.len().saturating_sub(32)..];
            let refresh_token = format!("refresh-token-of-{session}");
            transaction
                .prepare_cached(
                    "INSERT INTO accounts (id, username, display_name, bio, role, password_hash, dm_policy, locale,
                        timezone, created_at)
                     VALUES (?1, ?2, ?2, '', 'user', ?3, 'everyone', 'en', 'UTC', ?4)",
                )?
                .execute(params![id_bytes, username, PASSWORD_HASH, now])?;
            transaction
                .prepare_cached("INSERT INTO account_names (key, account_id) VALUES (?1, ?2)")?
                .execute(params![username, id_bytes])?;
            transaction
                .prepare_cached("INSERT INTO sessions (id, user_id, created_at, last_used_at) VALUES (?1, ?2, ?3, ?3)")?
                .execute(params![session_bytes, id_bytes, now])?;
            transaction
                .prepare_cached("INSERT INTO refresh_tokens (hash, session_id, created_at) VALUES (?1, ?2, ?3)")?
                .execute(params![Sha256::digest(&refresh_token).as_slice(), session_bytes, now])?;
            seeded.push(Seeded { id, refresh_token });
        }
        transaction.commit()?;
        Ok(seeded)
    }

    /// Makes the direct conversation of each of `pairs`.
    pub fn direct_conversations(&self, pairs: &[(Uuid, Uuid)]) -> anyhow::Result<Vec<Uuid>> {
        let now = unix_millis()?;
        let mut relational = find_database(self.path(), "accounts")?;
        let transaction = relational.transaction()?;
        let mut conversations = Vec::with_capacity(pairs.len());
        for (one, other) in pairs {
            let id = Uuid::now_v7();
            let (low, high) = (one.min(other), one.max(other));
            transaction
                .prepare_cached(
                    "INSERT INTO conversations (id, kind, direct_low, direct_high, created_at)
                     VALUES (?1, 'direct', ?2, ?3, ?4)",
                )?
                .execute(params![
                    id.as_bytes().as_slice(),
                    low.as_bytes().as_slice(),
                    high.as_bytes().as_slice(),
                    now
                ])?;
            for member in [low, high] {
                transaction
                    .prepare_cached(
                        "INSERT INTO memberships (conversation_id, user_id, read_seq, announced_seq, notify, joined_at)
                         VALUES (?1, ?2, 0, 0, 'all', ?3)",
                    )?
                    .execute(params![id.as_bytes().as_slice(), member.as_bytes().as_slice(), now])?;
            }
            conversations.push(id);
        }
        transaction.commit()?;
        Ok(conversations)
    }

    /// Makes a public group that anybody may join. The first of `members` owns it.
    pub fn group(&self, members: &[Uuid]) -> anyhow::Result<SeededGroup> {
        self.groups(std::slice::from_ref(&members.to_vec()))?.pop().context("one group was asked for")
    }

    /// The same for each of these lists of members.
    pub fn groups(&self, groups: &[Vec<Uuid>]) -> anyhow::Result<Vec<SeededGroup>> {
        let now = unix_millis()?;
        let mut relational = find_database(self.path(), "accounts")?;
        let transaction = relational.transaction()?;
        let mut seeded = Vec::with_capacity(groups.len());
        for members in groups {
            let (id, conversation) = (Uuid::now_v7(), Uuid::now_v7());
            let owner = members.first().context("a group needs an owner")?;
            let [id_bytes, conversation_bytes, owner] = [&id, &conversation, owner].map(|id| id.as_bytes().as_slice());
            transaction
                .prepare_cached(
                    "INSERT INTO groups (id, name, description, visibility, join_policy, owner_id, created_at)
                     VALUES (?1, 'seeded', '', 'public', 'open', ?2, ?3)",
                )?
                .execute(params![id_bytes, owner, now])?;
            transaction
                .prepare_cached(
                    "INSERT INTO conversations (id, kind, group_id, member_count, created_at)
                     VALUES (?1, 'group', ?2, ?3, ?4)",
                )?
                .execute(params![conversation_bytes, id_bytes, i64::try_from(members.len())?, now])?;
            for (place, member) in members.iter().enumerate() {
                let role = if place == 0 { "owner" } else { "member" };
                transaction
                    .prepare_cached(
                        "INSERT INTO memberships (conversation_id, user_id, read_seq, announced_seq, notify, joined_at,
                            role)
                         VALUES (?1, ?2, 0, 0, 'all', ?3, ?4)",
                    )?
                    .execute(params![conversation_bytes, member.as_bytes().as_slice(), now, role])?;
            }
            seeded.push(SeededGroup { id, conversation });
        }
        transaction.commit()?;
        Ok(seeded)
    }

    /// Writes `count` messages of `author` to `conversation`, which has none yet.
    pub fn messages(&self, conversation: Uuid, author: Uuid, count: usize) -> anyhow::Result<()> {
        let mut log = Connection::open(self.log())?;
        // Seeding may be lost with the machine; what is measured later may not.
        log.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")?;
        let transaction = log.transaction()?;
        let mut stream = Stream::with_id(&transaction, conversation)?;
        for number in 0..count {
            stream.insert(&transaction, author, number)?;
        }
        transaction.commit()?;
        log.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").context("checkpoint the seeded log")
    }
}

/// The database in `dir` that has a table `table`.
fn find_database(dir: &Path, table: &str) -> anyhow::Result<Connection> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let connection = Connection::open(&path)?;
        let query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
        if connection.prepare(query)?.exists([table])? {
            connection.execute_batch("PRAGMA foreign_keys = ON;")?;
            return Ok(connection);
        }
    }
    bail!("no database in {} has a table {table}", dir.display())
}

fn unix_millis() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?)
}
