//! What every event log must do.

mod appends;
mod random;
mod reads;
mod values;

use std::sync::Arc;

use studyhall_domain::ports::EventLog;

pub use appends::*;
pub use random::any_history_agrees_with_the_model;
pub use reads::*;
pub use values::*;

/// An empty log.
pub type Subject = Arc<dyn EventLog>;
