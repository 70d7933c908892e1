//! Test support: the real application on a real listener, people who use it, sockets, and a client's replica of a
//! conversation; and the contract suites that every implementation of a port must pass.

mod person;
mod replica;
mod socket;

pub use person::{Answer, PASSWORD, Person};
pub use replica::Replica;
pub use socket::{Socket, WAIT};

/// A `client_id` that was never used.
#[must_use]
pub fn unique() -> String {
    studyhall_wire::SessionId::new().to_string()
}
