//! The web client as a library: `main.rs` only mounts it. A library, so that the pure parts are tested on the host and
//! so that a component of the set in [`ui`] may stand ready before the first page uses it.
//!
//! `api` and `socket` talk to the server, `state` holds what is known, `pages` show it with the components of `ui`.

#![allow(
    clippy::large_types_passed_by_value,
    clippy::needless_pass_by_value,
    reason = "components own their props, and a context is a struct of Copy signals"
)]
#![allow(clippy::too_many_lines, reason = "a view is one expression")]

pub mod api;
mod app;
pub mod clock;
pub mod emoji;
pub mod i18n;
mod json;
pub mod markdown;
pub mod pages;
pub mod parts;
pub mod route;
pub mod socket;
pub mod state;
pub mod ui;

pub use app::App;
