//! Bare servers: the limits that Studyhall's figures stand beside, taken on the same machine in the same run.
//!
//! The rooms send whatever text one socket says to all of them, the sender included, and know neither accounts nor a
//! disk; `sqlite` and `mongo` have the disk alone.

mod actix_room;
mod bare_loop;
pub mod mongo;
pub mod sqlite;

use std::net::SocketAddr;

use crate::process::LISTENING;

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Baseline {
    /// A tokio loop, one `send()` per socket and message
    Loop,
    /// A tokio loop, the frames for one socket joined into one `send()`
    LoopJoined,
    /// An actix-ws room whose response bodies drain a queue of encoded frames
    Room,
    /// Commits batches to a copy of Studyhall's log; prints what it managed as JSON
    Sqlite(sqlite::Args),
    /// Inserts batches to MongoDB, with the indexes of Studyhall's log; prints what it managed as JSON
    Mongo(mongo::Args),
}

impl Baseline {
    /// The rooms serve on a free port of the loopback until the process is ended.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Loop => bare_loop::run(bare_loop::Writes::OnePerMessage),
            Self::LoopJoined => bare_loop::run(bare_loop::Writes::Joined),
            Self::Room => actix_room::run(),
            Self::Sqlite(args) => sqlite::run(&args),
            Self::Mongo(args) => mongo::run(&args),
        }
    }
}

/// Says where the server listens, as Studyhall does.
#[expect(clippy::print_stdout, reason = "the line is what the parent process waits for")]
fn announce(addr: SocketAddr) {
    println!("{LISTENING}{addr}");
}
