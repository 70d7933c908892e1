//! Live fan-out from what happens to the hubs that tell sockets.

#[cfg(test)]
pub(crate) mod contract;
mod local;
mod redis;

pub use self::redis::RedisFanout;
pub use local::LocalFanout;
