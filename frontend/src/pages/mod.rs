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

pub use admin::Admin;
pub use chats::{ChatContext, Details, NewChat, ReportForm, Results};
pub use door::{Register, SignIn};
pub use friends::Friends;
pub use groups::Groups;
pub use invite::{InviteDoor, InvitePage};
pub use notifications::Notifications;
pub use palette::Palette;
pub use reset::Reset;
pub use settings::Settings;
pub use shell::Shell;
pub use states::{Loading, NotFound, Unreachable};
