//! Rate limits.

#[cfg(test)]
mod contract;
mod local;
mod redis;

pub use self::redis::RedisLimiter;
pub use local::LocalLimiter;
