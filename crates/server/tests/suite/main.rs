//! The application from outside: HTTP and sockets on a real listener.

mod browser;
mod browser_daily;
mod convergence;
mod crash;
mod fuzz;
mod history;
mod messages;
mod notifications;
mod people;
mod process;
mod recovery;
mod rude;
mod search;
mod socket;
mod tasks;
