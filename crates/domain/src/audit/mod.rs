//! The audit log: every administrative act, done or refused, in a chain of hashes.
//!
//! Each entry's hash covers the entry and the hash before it, so that one that was changed, taken out, put in or moved
//! breaks the chain from there on. The last number and hash are kept in a row of their own, which gives away a tail
//! that was cut off. Who can write the whole database can write a whole new chain: against that stands a head that was
//! noted elsewhere (in the server's own log, or what `studyhall audit verify` printed), with which a later log is compared.

mod act;
mod record;
mod verify;

pub use self::{
    act::{Act, Action},
    record::{GENESIS, Hash, Head, Record},
    verify::{Fault, Verdict, verify},
};
