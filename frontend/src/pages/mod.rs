//! The pages: what is shown at each place, made of the components of `ui` and of what `state` knows.

mod admin;
mod chats;
mod copy;
mod door;
mod found;
mod friends;
mod groups;
mod invite;
mod notifications;
mod notify;
mod palette;
mod person;
mod picture;
mod reset;
mod settings;
mod shell;
mod states;

pub use door::{Register, SignIn};
pub use invite::InviteDoor;
pub use reset::Reset;
pub use shell::Shell;
pub use states::{Loading, NotFound, Unreachable};
