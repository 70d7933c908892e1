//! The outside world behind the ports of the domain: bytes, live fan-out, presence, rate limits, queues of tasks.
//!
//! Each port has a folder, each implementation a file in it, and beside them the contract that holds for all of them.
//! The embedded ones are here; what is shared between nodes comes beside them.

pub mod blobs;
pub mod fanout;
pub mod limits;
pub mod presence;
#[cfg(test)]
mod proxy;
pub mod redis;
pub mod tasks;
