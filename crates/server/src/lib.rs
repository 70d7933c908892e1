//! Configuration, boot and the command line of `studyhall`.
//!
//! The binary is a thin `main` over this library, so that tests start the real application in their own process:
//! [`Config`] says what to run, [`Server::start`] runs it, [`Server::stop`] ends it as SIGTERM would.

mod archive;
mod boot;
pub mod cli;
mod commands;
mod config;
mod data_dir;
mod demo;
mod logging;
mod secret;
mod server;

pub use boot::{Services, Tuning};
pub use commands::run;
pub use config::{Config, ConfigError, Flags};
pub use server::Server;

/// Makes ring what every TLS connection of this process uses. Once is enough, and a second time changes nothing.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
