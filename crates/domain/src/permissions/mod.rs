//! Who may do what: the tables of the wire contract, in one place. What depends on a membership is decided by who knows
//! that membership; here is only what follows from roles.

mod document;
mod global;
pub mod group;

pub use document::document;
pub use global::{AccountAct, GlobalAction, Whose, can, may_act, rank, require};
