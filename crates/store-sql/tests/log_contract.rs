//! The event log and message search on SQLite are held to the contract of their ports.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::unused_async, reason = "other stores have to wait for their database")]

use std::sync::Arc;

use studyhall_contract::{log_contract, search, search_contract};
use studyhall_domain::ports::EventLog;
use studyhall_store_sql::log::{SqliteLog, search::SqliteSearch};
use tempfile::TempDir;

mod log {
    use super::*;

    async fn open() -> (Arc<dyn EventLog>, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let log = SqliteLog::open(dir.path()).unwrap();
        (Arc::new(log), dir)
    }

    log_contract!(open);
}

mod message_search {
    use super::*;

    async fn open() -> (search::Subject, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let log = SqliteLog::open(dir.path()).unwrap();
        let search = SqliteSearch::open(dir.path(), log.clone()).unwrap();
        (search::Subject { log: Arc::new(log), search: Arc::new(search) }, dir)
    }

    search_contract!(open);
}
