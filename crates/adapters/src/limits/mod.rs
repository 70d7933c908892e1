//! Rate limits.

#[cfg(test)]
mod contract;
mod local;

pub use local::LocalLimiter;
