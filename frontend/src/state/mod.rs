//! The state behind the pages. What is pure (`fold`, `window`, `streams`, `outbox`, `list`, `rows`) knows no browser
//! and is tested natively; [`Desk`] holds it in signals and keeps it true by the socket.

mod desk;
mod drafts;
pub mod fold;
mod history;
pub mod leaving;
pub mod list;
pub mod outbox;
mod people;
pub mod prefs;
mod presence;
mod quotes;
mod reading;
pub mod rows;
mod sending;
pub mod storage;
pub mod streams;
pub mod window;
#[cfg(test)]
mod window_tests;

pub use desk::{Desk, Load, use_desk};
pub use history::{Busy, History};
pub use people::{display_name, title_of};
