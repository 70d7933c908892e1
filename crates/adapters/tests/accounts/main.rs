//! The services of accounts on the real embedded store: one binary, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod people;
mod rotation;
mod sessions;
mod standings;
