//! Sockets in, events out: the hub with its streams and subscribers, one session per socket, subscription and
//! recovery. Knows the domain's ports and services, and neither actix nor any other transport.
//!
//! A transport makes a [`Queue`] over a connection that was upgraded, hands every text frame to a [`Session`], and keeps
//! the connection open until the queue ends. A [`Flusher`] for each of its threads writes.

mod catch_up;
mod flusher;
mod frame;
mod hub;
mod members;
mod presence;
mod queue;
mod receiver;
mod session;
mod socket;
mod stream;
mod ticker;

pub use flusher::Flusher;
pub use frame::{CloseFrame, close_frame, pong_frame};
pub use hub::{Hub, HubOptions};
pub use queue::Queue;
pub use receiver::HubReceiver;
pub use session::{Session, Verdict};
