//! Message search: FTS5 over the pairs of characters of [`search_text`](studyhall_domain::search_text), in a file of
//! its own, `search.db`.
//!
//! The file is derived from the log by a watermark per stream. Deleting it while the server is stopped makes the next
//! start build it anew, in the background; until then, and whenever the indexer is behind, searches read the rest from
//! the log (see `indexer` and `query`), so that they miss nothing.

mod document;
mod index;
mod indexer;
mod query;
mod schema;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use parking_lot::Mutex;
use studyhall_domain::{
    Error, Result,
    ports::{Health, SearchIndex, SearchMatch, SearchQuery},
};
use studyhall_wire::StreamId;

use self::{
    indexer::{Backlog, Indexer},
    query::Wanted,
};
use super::{SqliteLog, failure::ReadError, readers::Readers};

/// As it is called in `/readyz`.
const DEPENDENCY: &str = "search";
/// Searches that run at the same time.
const READERS: usize = 2;

/// Message search on SQLite. Clones share it.
#[derive(Clone)]
pub struct SqliteSearch(Arc<Inner>);

struct Inner {
    log: SqliteLog,
    readers: Arc<Readers>,
    backlog: Arc<Backlog>,
    indexer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.backlog.close();
    }
}

impl SqliteSearch {
    /// Opens `search.db` in `dir`, or makes it, and starts the indexer, which finds by itself what it missed.
    pub fn open(dir: &Path, log: SqliteLog) -> Result<Self> {
        let path = dir.join("search.db");
        let epoch = log.current_epoch();
        let index =
            schema::open_writer(&path, epoch).map_err(|error| ReadError::from(error).into_domain(DEPENDENCY))?;
        let backlog = Arc::new(Backlog::default());
        let readers = Readers::new(DEPENDENCY, path.clone(), READERS, schema::open_reader);
        let indexer = Indexer { log_path: log.path().to_owned(), path, epoch, backlog: Arc::clone(&backlog) };
        let thread = std::thread::Builder::new()
            .name("search-indexer".into())
            .spawn(move || indexer.run(index))
            .map_err(Error::internal)?;
        Ok(Self(Arc::new(Inner { log, readers, backlog, indexer: Mutex::new(Some(thread)) })))
    }

    /// Whether the index has everything that it was told of. Searches need not wait for it.
    pub fn is_idle(&self) -> bool {
        self.0.backlog.is_empty()
    }

    /// Stops the indexer after its running transaction. Searches go on.
    pub async fn close(&self) {
        self.0.backlog.close();
        let thread = self.0.indexer.lock().take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

#[async_trait]
impl SearchIndex for SqliteSearch {
    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchMatch>> {
        let Some(wanted) = Wanted::of(&query) else { return Ok(Vec::new()) };
        let wanted = Arc::new(wanted);
        let limit = wanted.limit;
        // In this order, whatever the indexer takes meanwhile is seen by the log's part, and left out of the index's.
        let behind = self.0.backlog.behind(&query.streams);
        let (mut found, tails) = if behind.is_empty() {
            Default::default()
        } else {
            let progress = self.0.readers.read(move |index| query::progress(index, &behind)).await?;
            let wanted = Arc::clone(&wanted);
            self.0.log.readers().read(move |log| query::in_log(log, &wanted, &progress)).await?
        };
        let indexed = move |index: &rusqlite::Transaction<'_>| query::in_index(index, &wanted, &query.streams, &tails);
        found.extend(self.0.readers.read(indexed).await?);
        found.sort_unstable_by_key(|found| std::cmp::Reverse((found.position, found.seq)));
        found.truncate(limit);
        Ok(found)
    }

    fn touch(&self, stream: StreamId) {
        self.0.backlog.touch(stream);
    }

    async fn rebuild(&self) -> Result<()> {
        self.0.backlog.rebuild();
        Ok(())
    }
}

#[async_trait]
impl Health for SqliteSearch {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        self.0.readers.read(|index| Ok(index.query_row("SELECT 1 FROM meta LIMIT 1", [], |_| Ok(()))?)).await
    }
}
