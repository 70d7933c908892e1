//! What an instance holds, opened for the one command that copies it: nothing runs, nothing listens.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use studyhall_domain::{
    Result as DomainResult,
    ports::{BlobStore, EventLog, LogEvent},
};
use studyhall_store_sql::{
    Condition, SqlStore,
    log::{SqliteLog, SqliteSnapshot},
};
use studyhall_wire::{Epoch, Seq, StreamId};

use super::{clustered, embedded, prepare};
use crate::config::{Config, Mode};

/// Accounts and all that, and files.
pub struct Holdings<'a> {
    pub store: Arc<SqlStore>,
    pub blobs: Arc<dyn BlobStore>,
    config: &'a Config,
}

impl<'a> Holdings<'a> {
    /// Opens what the mode calls for, with the schema of this version. An embedded instance may run meanwhile.
    pub async fn open(config: &'a Config) -> Result<Self> {
        prepare(config)?;
        let (store, blobs): (_, Arc<dyn BlobStore>) = match &config.mode {
            Mode::Embedded => {
                (embedded::database(&config.data_dir).await?, Arc::new(embedded::files(&config.data_dir)?))
            }
            Mode::Clustered(engines) => {
                (clustered::database(engines).await?, Arc::new(clustered::files(engines).await?))
            }
        };
        Ok(Self { store: Arc::new(store), blobs, config })
    }

    /// The history, to be written. No server of an embedded instance may run.
    pub async fn log(&self) -> Result<Arc<dyn EventLog>> {
        Ok(match &self.config.mode {
            Mode::Embedded => {
                let dir = &self.config.data_dir;
                let log = SqliteLog::open(dir);
                Arc::new(log.with_context(|| format!("cannot open the event log in {}", dir.display()))?)
            }
            Mode::Clustered(engines) => Arc::new(clustered::log(engines).await?),
        })
    }

    /// The history, to be read while others write.
    pub async fn log_view(&self) -> Result<LogView> {
        Ok(match &self.config.mode {
            Mode::Embedded => {
                let dir = &self.config.data_dir;
                let snapshot = SqliteSnapshot::take(dir).await;
                LogView::Moment(snapshot.with_context(|| format!("cannot read the event log in {}", dir.display()))?)
            }
            Mode::Clustered(engines) => LogView::Live(clustered::log(engines).await.map(Arc::new)?),
        })
    }
}

/// The log for who reads all of it: of one moment, or each stream of the moment in which it is read.
pub enum LogView {
    Moment(SqliteSnapshot),
    Live(Arc<dyn EventLog>),
}

impl LogView {
    pub async fn epoch(&self) -> DomainResult<Epoch> {
        match self {
            Self::Moment(log) => Ok(log.epoch()),
            Self::Live(log) => log.epoch().await,
        }
    }

    pub async fn streams_after(&self, after: Option<StreamId>, limit: u32) -> DomainResult<Vec<(StreamId, Seq)>> {
        match self {
            Self::Moment(log) => log.streams_after(after, limit).await,
            Self::Live(log) => log.streams_after(after, limit).await,
        }
    }

    pub async fn events(&self, stream: StreamId, after: Seq, limit: u32) -> DomainResult<Vec<LogEvent>> {
        match self {
            Self::Moment(log) => log.events(stream, after, limit).await,
            Self::Live(log) => log.events(stream, after, limit).await,
        }
    }
}

/// An instance that was moved elsewhere must not go on, since clients would hear two histories under one epoch; and half
/// an archive must not be taken for all of it.
pub(super) async fn refuse_to_serve(store: &SqlStore) -> Result<()> {
    match store.condition().await? {
        Condition::Open => Ok(()),
        Condition::Importing => bail!(
            "an import into this instance goes on, or was interrupted; run it again, or begin with an empty place"
        ),
        Condition::Retired(at) => {
            bail!("this instance was moved elsewhere on {at}; start that one, or import a backup into an empty place")
        }
    }
}
