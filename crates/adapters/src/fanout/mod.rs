//! Live fan-out from what happens to the hubs that tell sockets.

mod local;

pub use local::LocalFanout;
