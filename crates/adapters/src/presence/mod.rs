//! Who is there.

#[cfg(test)]
mod contract;
mod local;

pub use local::LocalPresence;
