//! Ports that stay the same over a restart.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Result};

/// Below the range from which systems take the ports of outgoing connections: one of those could otherwise sit on an
/// engine's port while it is being restarted.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// A port on which nothing listens at the moment.
pub fn free_port() -> Result<u16> {
    let span = u64::from(RANGE.end - RANGE.start);
    (0_u32..200)
        .map(|attempt| RandomState::new().hash_one(attempt) % span)
        .filter_map(|offset| Some(RANGE.start + u16::try_from(offset).ok()?))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no port is free")
}

/// The port that goes by this name in `place`: the one that was chosen there at first.
pub fn port(place: &Path, name: &str) -> Result<u16> {
    let note = place.join(format!("{name}.port"));
    if let Ok(noted) = fs::read_to_string(&note) {
        return noted.parse().with_context(|| format!("{} is damaged", note.display()));
    }
    let port = free_port()?;
    fs::write(&note, port.to_string())?;
    Ok(port)
}
