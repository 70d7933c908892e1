//! Accounts, sessions, friends, groups, conversations, notifications, reports, the audit log and tasks on SQLite and
//! PostgreSQL.
//!
//! Each query is written once and checked by the compiler against both databases: [`transaction`] has the macros that
//! do it, [`database`] the pools, [`types`] how ids, times and JSON are stored on each side. Each aggregate has a module,
//! with its rows beside their conversions.

mod accounts;
mod admin;
mod archive;
mod audit;
mod blobs;
mod conversations;
mod database;
mod examination;
mod failure;
mod friends;
mod group_entry;
mod group_members;
mod group_steps;
mod groups;
mod health;
mod marks;
mod migrations;
mod names;
mod notifications;
mod postgres;
mod reports;
mod sessions;
mod tasks;
mod transaction;
pub(crate) mod types;

use std::sync::Arc;

pub use archive::{ARCHIVED, Dumped, Loading, NOT_ARCHIVED, TableRows};
use database::Database;
pub use database::{DatabaseUrl, Fence};
pub use examination::Examination;
pub use marks::Condition;
pub use migrations::schema_version;
use studyhall_domain::Result;

/// The name of this dependency in errors and in `/readyz`.
const DEPENDENCY: &str = "database";

/// The relational database of either mode. Cheap to clone: clones share its connections.
///
/// An operation that was begun runs to its end even when its caller stops waiting for it, so that no connection is
/// left in the middle of a transaction.
#[derive(Clone, Debug)]
pub struct SqlStore {
    database: Arc<Database>,
}

impl SqlStore {
    /// Prepares the connections to `url`, which open when they are first needed. Work runs on the tokio runtime that
    /// this is called on, whichever thread asks for it later. A SQLite file that is not there is made.
    ///
    /// # Errors
    /// `Internal` outside of a tokio runtime, or for a path that is not Unicode.
    pub fn open(url: &DatabaseUrl) -> Result<Self> {
        Ok(Self { database: Arc::new(Database::open(url)?) })
    }

    /// Brings the schema up to this version, under a lock that lets several processes start at once. One cheap query
    /// where there is nothing to do.
    ///
    /// # Errors
    /// `Internal` where the schema is newer than this version knows; `Unavailable` where the database does not answer.
    pub async fn migrate(&self) -> Result<()> {
        migrations::run(&self.database).await
    }

    /// Keeps everybody from writing to a SQLite file, for a moment in which something else is read: until it is dropped.
    /// On PostgreSQL nobody is kept.
    pub async fn hold_writes(&self) -> Result<Option<Fence>> {
        match self.database() {
            Database::Sqlite(database) => database.hold_writes().await.map(Some),
            Database::Postgres(_) => Ok(None),
        }
    }

    fn database(&self) -> &Database {
        &self.database
    }
}
