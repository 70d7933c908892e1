//! Message search: the keys of [`search_text`](studyhall_domain::search_text) in a collection of their own, `search`.
//!
//! It is derived from the log by a watermark per stream, and keeps no text: a key index says which messages may match,
//! and the messages themselves decide. Whatever the indexer has not taken yet, on this node or on another one, a search
//! reads from the log (`query`), so it misses nothing. Any number of nodes may index the same stream at once: an entry
//! knows the last event that changed its message and gives way to a later one alone.

mod entry;
mod index;
mod indexer;
mod progress;
mod query;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use mongodb::bson::doc;
use studyhall_domain::{
    Result,
    ports::{EventLog, Health, SearchIndex, SearchMatch, SearchQuery},
};
use studyhall_wire::StreamId;

use self::{
    indexer::{Backlog, Indexer},
    query::Wanted,
};
use crate::{MongoLog, failure::DEPENDENCY, log::read};

/// How long it may take to drop an index and to find what it was made of.
const REBUILD: Duration = Duration::from_mins(5);
/// Streams that are found at once.
const SCAN: u32 = 1_000;

/// Message search on MongoDB. Clones share it.
#[derive(Clone)]
pub struct MongoSearch(Arc<Inner>);

struct Inner {
    log: MongoLog,
    backlog: Arc<Backlog>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.backlog.close();
    }
}

impl MongoSearch {
    /// The search that follows `log`. One of the nodes that start looks for what is not indexed.
    pub fn open(log: MongoLog) -> Self {
        let backlog = Arc::new(Backlog::default());
        let indexer = Indexer { log: log.clone(), backlog: Arc::clone(&backlog) };
        log.mongo().runtime().spawn(indexer.run());
        Self(Arc::new(Inner { log, backlog }))
    }

    /// Whether everything that this node was told of is indexed. Searches need not wait for it.
    pub fn is_idle(&self) -> bool {
        self.0.backlog.is_empty()
    }

    /// Stops the indexer after what it is at. Searches go on.
    pub fn close(&self) {
        self.0.backlog.close();
    }
}

#[async_trait]
impl SearchIndex for MongoSearch {
    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchMatch>> {
        let Some(wanted) = Wanted::of(&query) else { return Ok(Vec::new()) };
        let epoch = self.0.log.epoch().await?;
        let (log, backlog) = (self.0.log.clone(), Arc::clone(&self.0.backlog));
        let search = async move {
            let (found, behind) = query::search(&log, epoch, &wanted, &query.streams).await?;
            // Where another node fell behind, or stopped, this one goes on.
            for stream in behind {
                backlog.touch(stream);
            }
            Ok(found)
        };
        self.0.log.mongo().run(search).await
    }

    fn touch(&self, stream: StreamId) {
        self.0.backlog.touch(stream);
    }

    async fn rebuild(&self) -> Result<()> {
        let (log, backlog) = (self.0.log.clone(), Arc::clone(&self.0.backlog));
        let rebuild = async move {
            let mongo = log.mongo();
            // What has no progress is read from the log, whatever entries there are. A node that was at a stream just
            // now may have noted its progress once more.
            for collection in ["search_progress", "search", "search_progress"] {
                mongo.collection(collection).delete_many(doc! {}).await?;
            }
            let mut after = None;
            loop {
                let streams = read::streams_after(mongo, after, SCAN).await?;
                let Some((last, _)) = streams.last() else { return Ok(()) };
                after = Some(*last);
                for (stream, _) in &streams {
                    backlog.touch(*stream);
                }
            }
        };
        self.0.log.mongo().run_for(REBUILD, rebuild).await
    }
}

#[async_trait]
impl Health for MongoSearch {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        self.0.log.check().await
    }
}
