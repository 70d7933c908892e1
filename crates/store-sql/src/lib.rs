//! SQL behind the domain's ports.
//!
//! [`SqlStore`] keeps accounts, sessions and conversations in SQLite or PostgreSQL through diesel, each query written
//! once for both. [`log`] keeps the history of conversations in SQLite files of its own.

pub mod log;
mod relational;
mod schema;

pub use relational::{
    ARCHIVED, Condition, DatabaseUrl, Dumped, Examination, Fence, Loading, NOT_ARCHIVED, SqlStore, TableRows,
    schema_version,
};
