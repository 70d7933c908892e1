//! The event log and message search on MongoDB, for clustered mode.
//!
//! Every write waits for a majority with its journal, every read asks the primary for what a majority has: what was
//! acknowledged survives any step-down, and what was read is never taken back. See [`log`] and [`search`].

mod bulk;
mod database;
mod failure;
pub mod log;
pub mod search;

pub use database::Mongo;
pub use log::MongoLog;
pub use search::MongoSearch;
