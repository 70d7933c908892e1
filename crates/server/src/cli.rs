//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use studyhall_wire::Role;

/// A self-hosted home for study groups.
#[derive(Debug, Parser)]
#[command(name = "studyhall", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// A TOML file with the same keys as the STUDYHALL_* variables, in lower case and without that prefix
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where everything is kept [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// `embedded`: everything in this process and the data directory; `clustered`: a node on engines of its own
    /// [default: embedded]
    #[arg(long, global = true, value_name = "MODE")]
    pub mode: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Serve),
    /// Bring the database's schema up to this version
    Migrate,
    /// Make and change accounts
    #[command(subcommand)]
    User(User),
    /// Look after the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Fill in the demo data: five accounts with a known password and a few conversations
    Demo,
    /// Write everything into one file: the backup, and the way to another mode. The server may go on meanwhile
    Export {
        /// The archive to make. It holds all that people wrote, and the hashes of their passwords
        file: PathBuf,
        /// The instance moves away: it does not start again after this. No server may run
        #[arg(long)]
        retire: bool,
    },
    /// Fill an empty instance from an archive. Clients notice, and load everything anew
    Import {
        /// The archive
        file: PathBuf,
        /// The instance moves here: clients go on where they were, and where it came from does not start again
        #[arg(long = "move")]
        moving: bool,
    },
    /// Check everything that the server depends on, and say what to do
    Doctor,
    /// Print openapi.yaml, the description of the calls
    Openapi {
        /// Print asyncapi.yaml instead, the description of the socket
        #[arg(long)]
        socket: bool,
        /// Print PERMISSIONS.md instead, the tables of who may do what
        #[arg(long, conflicts_with = "socket")]
        permissions: bool,
    },
}

#[derive(Clone, Debug, Default, Args)]
pub struct Serve {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Fill in the demo data first
    #[arg(long)]
    pub demo: bool,
    /// Serve the web client from this folder instead of the one in the binary
    #[arg(long, value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Read the audit log from its beginning and say whether anything in it was changed, taken out or moved
    Verify {
        /// An end of the log that was printed before, kept where the database is not
        #[arg(long, value_name = "NUMBER:HASH")]
        noted: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account; without --password-stdin its password is made up and printed
    Create {
        username: String,
        #[arg(long)]
        display_name: Option<String>,
        #[arg(long, value_enum, default_value_t = RoleArg::User)]
        role: RoleArg,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give somebody another role
    SetRole {
        username: String,
        #[arg(value_enum)]
        role: RoleArg,
    },
    /// Give somebody another password and end every session of theirs
    ResetPassword {
        username: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

/// A global role, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    Superuser,
    Admin,
    Moderator,
    User,
    Guest,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Superuser => Self::Superuser,
            RoleArg::Admin => Self::Admin,
            RoleArg::Moderator => Self::Moderator,
            RoleArg::User => Self::User,
            RoleArg::Guest => Self::Guest,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_common_to_all_come_before_or_after_the_command() {
        for line in ["studyhall --data-dir /d serve", "studyhall serve --data-dir /d"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect("parsed");
            assert_eq!(cli.common.data_dir, Some(PathBuf::from("/d")));
        }
    }
}
