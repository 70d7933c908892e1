//! `studyhall export` and `import`: everything that an instance holds, in one file. It is the backup, and the way from
//! one mode to the other.
//!
//! The file is a tar archive, compressed by zstd, that is written and read in one stream and in bounded memory:
//!
//! | entry | |
//! |---|---|
//! | `manifest.json` | the format's number, what wrote it, the epoch |
//! | `tables/NAME/N.jsonl` | rows of the relational database, all of one moment |
//! | `blobs/SHA-256` | the bytes that rows refer to |
//! | `streams/ID/SEQ.jsonl` | events from that seq on, as the log gives them |
//! | `end.json` | how many entries there were, and a checksum over them; without it the file is not whole |
//!
//! Events are replayed into the new log in their order, so that it folds them as the old one did, with the same seqs.
//! The log is read at the moment of the tables or after it: it may know more than they do, never less. Keys that sign
//! tokens are not in it: sessions go on under others.
//!
//! Reading and writing the file blocks, and so does all of this, on a thread of its own.

mod content;
mod event;
mod export;
mod file;
mod import;
mod progress;
mod source;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
pub use content::Totals;
pub use export::export;
pub use import::import;
use serde::{Deserialize, Serialize};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{Epoch, Timestamp};
use tokio::time::sleep;

/// Counted up when a reader of the version before would misunderstand.
const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const TABLES: &str = "tables/";
const BLOBS: &str = "blobs/";
const STREAMS: &str = "streams/";
const END: &str = "end.json";

/// What an archive says about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Of the program that wrote it.
    version: String,
    /// The newest migration of that program.
    schema: String,
    created_at: Timestamp,
    /// Of the log that it was read from.
    epoch: Epoch,
    mode: String,
    /// Where an embedded instance was: a move leaves its mark there.
    data_dir: Option<String>,
    /// The instance that it was read from does not start again.
    retired: bool,
}

/// How long what was closed a moment ago may take to be gone.
const CLOSING: Duration = Duration::from_secs(2);

/// Fails while nodes run on the database: they would go on as if nothing had happened.
async fn refuse_nodes(store: &SqlStore) -> Result<()> {
    let begun = Instant::now();
    while store.others().await.context("cannot read the database")? > 0 {
        ensure!(begun.elapsed() < CLOSING, "there are nodes that run on this database: stop them first");
        sleep(CLOSING / 20).await;
    }
    Ok(())
}
