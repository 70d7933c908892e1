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

/// The smallest picture: one white pixel, as PNG.
#[must_use]
pub fn pixel() -> Vec<u8> {
    const PIXEL: &[u8] = &[
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
        0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
        0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6,
        0x14, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ];
    PIXEL.to_vec()
}

/// Waits until `holds`, and fails after [`WAIT`] with what was waited for.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let give_up = tokio::time::Instant::now() + WAIT;
    while !holds().await {
        assert!(tokio::time::Instant::now() < give_up, "waited in vain until {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
