//! The application from outside: HTTP and sockets on a real listener.
//!
//! What a caller sees is the same in both modes, so almost every test runs in both: its module stands in both lists below, and
//! takes `super::TestApp`, which is the application in the one mode or the other. Clustered mode needs the services of
//! `cargo xtask services`; without them its tests fail.

#![allow(clippy::duplicate_mod, reason = "one suite for both modes")]

mod archive;
mod browser;
mod cluster;
mod crash;
mod fuzz;
mod operator;
mod process;

#[path = "."]
mod embedded {
    use studyhall_testkit::TestApp;

    mod admin;
    mod convergence;
    mod friends;
    pub mod groups;
    mod history;
    mod messages;
    mod notifications;
    mod problems;
    pub mod races;
    mod recovery;
    pub mod removal;
    mod reports;
    mod rude;
    mod search;
    mod socket;
    mod tasks;
}

#[path = "."]
mod clustered {
    use studyhall_testkit::ClusteredApp as TestApp;

    mod admin;
    mod convergence;
    mod friends;
    mod groups;
    mod history;
    mod messages;
    mod notifications;
    mod problems;
    mod races;
    mod recovery;
    mod removal;
    mod reports;
    mod rude;
    mod search;
    mod socket;
    mod tasks;
}
