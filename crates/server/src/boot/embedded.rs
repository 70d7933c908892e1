//! Everything in this process and its data directory.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use studyhall_adapters::{
    blobs::DiskBlobs, fanout::LocalFanout, limits::LocalLimiter, presence::LocalPresence, tasks::LocalQueue,
};
use studyhall_store_sql::{
    DatabaseUrl, SqlStore,
    log::{SqliteLog, search::SqliteSearch},
};

use super::{History, Outside};
use crate::{config::Config, secret};

pub async fn outside(config: &Config) -> Result<Outside> {
    let dir = &config.data_dir;
    let keys = secret::key_ring(&config.accounts.secrets, dir)?;
    let store = Arc::new(database(dir).await?);
    let blobs = Arc::new(files(dir)?);
    let limits = config.accounts.rate_limits;
    Ok(Outside {
        keys,
        health: vec![store.clone(), blobs.clone()],
        queue: Arc::new(LocalQueue::new(store.clone())),
        store,
        blobs,
        fanout: Arc::new(LocalFanout::new()),
        presence: Arc::new(LocalPresence::new()),
        limiter: Arc::new(if limits { LocalLimiter::new() } else { LocalLimiter::off() }),
    })
}

pub fn history(dir: &Path) -> Result<History> {
    let log = SqliteLog::open(dir).with_context(|| format!("cannot open the event log in {}", dir.display()))?;
    let search = SqliteSearch::open(dir, log.clone())
        .with_context(|| format!("cannot open the search index in {}", dir.display()))?;
    Ok(History::Embedded { log, search })
}

/// The file of the relational database in the data directory.
pub const DATABASE: &str = "studyhall.db";

pub async fn database(dir: &Path) -> Result<SqlStore> {
    let path = dir.join(DATABASE);
    let failed = || format!("cannot use the database {}", path.display());
    let store = SqlStore::open(&DatabaseUrl::Sqlite(path.clone())).with_context(failed)?;
    store.migrate().await.with_context(failed)?;
    Ok(store)
}

pub fn files(dir: &Path) -> Result<DiskBlobs> {
    DiskBlobs::open(dir).with_context(|| format!("cannot keep files in {}", dir.display()))
}
