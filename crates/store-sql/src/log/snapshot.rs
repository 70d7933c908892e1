//! The log at one moment, for who copies all of it while others go on writing.
//!
//! It is one read transaction that stays open. WAL keeps what it sees, and cannot be cut down to size until it ends.

use std::{path::Path, sync::Arc};

use parking_lot::Mutex;
use rusqlite::Connection;
use studyhall_domain::{Error, Result, ports::LogEvent};
use studyhall_wire::{Epoch, Seq, StreamId};
use tokio::task::spawn_blocking;

use super::{DEPENDENCY, FILE, failure::Outcome, read, schema};

/// The log at one moment, until it is dropped.
pub struct SqliteSnapshot {
    connection: Arc<Mutex<Connection>>,
    epoch: Epoch,
}

impl SqliteSnapshot {
    /// Of the log in `dir`, as it is now. One that was never opened is made, and empty.
    pub async fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        blocking(move || {
            if !path.exists() {
                drop(schema::open_writer(&path)?);
            }
            let connection = schema::open_reader(&path)?;
            schema::check_version(&connection)?;
            connection.execute_batch("BEGIN")?;
            // The first read is what the moment is.
            let epoch = schema::epoch(&connection)?;
            Ok(Self { connection: Arc::new(Mutex::new(connection)), epoch })
        })
        .await
    }

    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Like [`EventLog::events`](studyhall_domain::ports::EventLog::events).
    pub async fn events(&self, stream: StreamId, after: Seq, limit: u32) -> Result<Vec<LogEvent>> {
        let connection = Arc::clone(&self.connection);
        blocking(move || read::events(&connection.lock(), stream, after, limit)).await
    }

    /// Like [`EventLog::streams_after`](studyhall_domain::ports::EventLog::streams_after).
    pub async fn streams_after(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, Seq)>> {
        let connection = Arc::clone(&self.connection);
        blocking(move || read::streams_after(&connection.lock(), after, limit)).await
    }
}

async fn blocking<T: Send + 'static>(read: impl FnOnce() -> Outcome<T> + Send + 'static) -> Result<T> {
    let outcome = spawn_blocking(read).await.map_err(Error::internal)?;
    outcome.map_err(|error| error.into_domain(DEPENDENCY))
}
