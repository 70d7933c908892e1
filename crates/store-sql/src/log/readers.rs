//! A few connections that only read, opened when first needed.
//!
//! Each read runs on tokio's blocking pool in one transaction, and so sees one state of the log, however many
//! statements it takes. WAL readers neither wait for the writer nor hold it up.

use std::{path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};
use studyhall_domain::{Error, Result};
use tokio::sync::Semaphore;

use super::failure::{Outcome, ReadError, is_outage};

/// How a file is opened for reading.
pub(super) type Open = fn(&std::path::Path) -> rusqlite::Result<Connection>;

pub(super) struct Readers {
    dependency: &'static str,
    path: PathBuf,
    open: Open,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// At most `limit` connections to `path`; `dependency` is named when one fails.
    pub fn new(dependency: &'static str, path: PathBuf, limit: usize, open: Open) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(limit));
        Arc::new(Self { dependency, path, open, idle: Mutex::default(), permits })
    }

    /// Runs `read` in one snapshot. A caller that gives up leaves it running to its end.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Transaction<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let outcome = readers.run(read);
            drop(permit);
            outcome.map_err(|error| error.into_domain(readers.dependency))
        })
        .await
        .map_err(Error::internal)?
    }

    fn run<T>(&self, read: impl FnOnce(&Transaction<'_>) -> Outcome<T>) -> Outcome<T> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => (self.open)(&self.path)?,
        };
        let outcome = connection.transaction().map_err(ReadError::from).and_then(|snapshot| read(&snapshot));
        // After an I/O error a new connection starts clean.
        if !matches!(&outcome, Err(ReadError::Sqlite(error)) if is_outage(error)) {
            self.idle.lock().push(connection);
        }
        outcome
    }
}
