//! The state behind the pages. What is pure (`fold`, `window`, `streams`, `outbox`, `list`, `rows`, `circle`, `groups`,
//! `roster`, `notices`, `rights`) knows no browser
//! and is tested natively; [`Desk`] holds it in signals and keeps it true by the socket.

pub mod circle;
mod desk;
mod drafts;
pub mod fold;
mod friends;
pub mod groups;
mod history;
mod joining;
pub mod leaving;
pub mod list;
mod membership;
pub mod notices;
mod noticing;
pub mod outbox;
mod people;
pub mod prefs;
mod presence;
mod quotes;
mod reading;
pub mod rights;
pub mod roster;
pub mod rows;
mod sending;
pub mod storage;
pub mod streams;
pub mod window;
#[cfg(test)]
mod window_tests;

pub use desk::{Desk, Load, use_desk};
pub use friends::Move;
pub use history::{Busy, History};
pub use membership::Departure;
pub use people::{display_name, title_of};
