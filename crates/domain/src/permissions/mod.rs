//! Who may do what: the tables of the wire contract, in one place. What depends on a membership is decided by who knows
//! that membership; here is only what follows from roles.

mod global;

pub use global::{GlobalAction, can, require};
