//! The pages: what is shown at each place, made of the components of `ui` and of what `state` knows.

mod chats;
mod door;
mod palette;
mod settings;
mod shell;
mod states;

pub use door::{Register, SignIn};
pub use shell::Shell;
pub use states::{Loading, NotFound, Unreachable};
