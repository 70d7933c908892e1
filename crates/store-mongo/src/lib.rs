//! The event log and message search on MongoDB.
