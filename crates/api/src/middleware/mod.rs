//! Around every request: [`frame`](frame::frame) gives it its id, its log line, its metrics, its security headers,
//! and every failure its shape.

mod access;
mod frame;
mod headers;
mod in_flight;

pub use frame::{AsIs, frame};
pub use headers::CLIENT_CSP;
pub use in_flight::InFlight;
