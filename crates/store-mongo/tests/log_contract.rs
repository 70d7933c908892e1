//! The event log and message search on MongoDB are held to the contract of their ports.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;

use studyhall_contract::{log_contract, search, search_contract};
use studyhall_domain::ports::EventLog;
use studyhall_store_mongo::MongoSearch;
use support::Database;

mod log {
    use super::*;

    async fn open() -> (Arc<dyn EventLog>, Database) {
        let database = Database::new();
        (Arc::new(database.log().await), database)
    }

    log_contract!(open);
}

mod message_search {
    use super::*;

    async fn open() -> (search::Subject, Database) {
        let database = Database::new();
        let log = database.log().await;
        (search::Subject { log: Arc::new(log.clone()), search: Arc::new(MongoSearch::open(log)) }, database)
    }

    search_contract!(open);
}
