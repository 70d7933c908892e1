//! Bringing due tasks to whoever runs them.

#[cfg(test)]
mod contract;
mod local;
mod outcomes;
mod rabbit;

pub use local::LocalQueue;
pub use outcomes::Outcomes;
pub use rabbit::{RabbitConfig, RabbitQueue};
