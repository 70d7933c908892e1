//! The application from outside: HTTP and sockets on a real listener.

mod admin;
mod browser;
mod browser_daily;
mod convergence;
mod crash;
mod friends;
mod fuzz;
mod groups;
mod history;
mod messages;
mod notifications;
mod operator;
mod people;
mod process;
mod recovery;
mod removal;
mod reports;
mod rude;
mod search;
mod socket;
mod tasks;
