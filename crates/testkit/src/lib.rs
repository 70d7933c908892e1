//! Test support: the real application on a real listener, people who use it, sockets, and a client's replica of a
//! conversation; and the contract suites that every implementation of a port must pass.

#![expect(clippy::missing_panics_doc, reason = "a failing test panics")]

mod app;
mod person;
mod place;
mod proxy;
mod replica;
mod socket;
mod victim;

pub use app::{App, ClusteredApp, Mode, TestApp};
pub use person::{Answer, PASSWORD, Person};
pub use place::{Place, variable};
pub use proxy::{Network, Proxy};
pub use replica::Replica;
pub use socket::{Socket, WAIT};
pub use studyhall_engines::Engine;
pub use victim::Victim;

/// A `client_id` that was never used.
#[must_use]
pub fn unique() -> String {
    studyhall_wire::SessionId::new().to_string()
}

/// Waits until `holds`, and fails after [`WAIT`] with what was waited for.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let give_up = tokio::time::Instant::now() + WAIT;
    while !holds().await {
        assert!(tokio::time::Instant::now() < give_up, "waited in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
