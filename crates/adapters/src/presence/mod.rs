//! Who is there.

#[cfg(test)]
mod contract;
mod local;
mod redis;

pub use self::redis::RedisPresence;
pub use local::LocalPresence;
