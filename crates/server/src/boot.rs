//! Puts the application together. The only place that knows the mode, and which engine stands behind which port.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use studyhall_adapters::{
    blobs::DiskBlobs, fanout::LocalFanout, limits::LocalLimiter, presence::LocalPresence, tasks::LocalQueue,
};
use studyhall_domain::{
    accounts::{self, Accounts},
    app::{App, Ports},
    auth::{MIN_COST, Passwords},
    people::People,
    ports::{AuditStore, EventLog, Health},
    sessions::{self, Sessions},
};
use studyhall_store_sql::{
    DatabaseUrl, SqlStore,
    log::{SqliteLog, search::SqliteSearch},
};

use crate::{
    config::{Config, Mode},
    data_dir, secret,
};

/// What tests may do and configuration may not.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// The cost of bcrypt.
    pub password_cost: u32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { password_cost: MIN_COST }
    }
}

/// The application on its engines, without anything that listens.
pub struct Services {
    pub app: Arc<App>,
    pub passwords: Passwords,
    log: SqliteLog,
    search: SqliteSearch,
}

impl Services {
    /// Opens what the mode calls for, with the schema of this version. The data directory must be this process's own.
    pub async fn open(config: &Config, tuning: Tuning) -> Result<Self> {
        match config.mode {
            Mode::Embedded => Self::embedded(config, tuning).await,
        }
    }

    async fn embedded(config: &Config, tuning: Tuning) -> Result<Self> {
        let dir = &config.data_dir;
        let base = Base::embedded(config, tuning).await?;
        let log = SqliteLog::open(dir).with_context(|| format!("cannot open the event log in {}", dir.display()))?;
        let search = SqliteSearch::open(dir, log.clone())
            .with_context(|| format!("cannot open the search index in {}", dir.display()))?;
        let (store, blobs) = (Arc::new(base.store), base.blobs);
        let ports = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            conversations: store.clone(),
            notifications: store.clone(),
            audit: store.clone(),
            friends: store.clone(),
            groups: store.clone(),
            admin: store.clone(),
            reports: store.clone(),
            log: Arc::new(log.clone()),
            search: Arc::new(search.clone()),
            blobs: blobs.clone(),
            ledger: store.clone(),
            tasks: store.clone(),
            queue: base.queue,
            fanout: base.fanout,
            presence: base.presence,
            limiter: base.limiter,
            health: health(store, &log, &search, blobs),
        };
        let app = App::new(ports, Arc::new(base.people), base.accounts, base.sessions);
        Ok(Self { app, passwords: base.passwords, log, search })
    }

    /// Waits until everything that was handed over is written.
    pub async fn close(&self) {
        self.search.close().await;
        self.log.close().await;
    }
}

/// The part that needs the relational database alone: enough for what an operator does beside a running server.
pub struct Base {
    pub accounts: Accounts,
    store: SqlStore,
    blobs: Arc<DiskBlobs>,
    queue: Arc<LocalQueue>,
    fanout: Arc<LocalFanout>,
    presence: Arc<LocalPresence>,
    limiter: Arc<LocalLimiter>,
    people: People,
    passwords: Passwords,
    sessions: Sessions,
}

impl Base {
    pub async fn open(config: &Config) -> Result<Self> {
        data_dir::prepare(&config.data_dir)?;
        match config.mode {
            Mode::Embedded => Self::embedded(config, Tuning::default()).await,
        }
    }

    /// The audit log.
    pub fn audit(&self) -> &dyn AuditStore {
        &self.store
    }

    async fn embedded(config: &Config, tuning: Tuning) -> Result<Self> {
        let dir = &config.data_dir;
        let keys = secret::key_ring(&config.accounts.secrets, dir)?;
        let store = open_database(dir).await?;
        let ports = Arc::new(store.clone());
        let blobs = Arc::new(DiskBlobs::open(dir).with_context(|| format!("cannot keep files in {}", dir.display()))?);
        let queue = Arc::new(LocalQueue::new(ports.clone()));
        let fanout = Arc::new(LocalFanout::new());
        let presence = Arc::new(LocalPresence::new());
        let limits = config.accounts.rate_limits;
        let limiter = Arc::new(if limits { LocalLimiter::new() } else { LocalLimiter::off() });
        let people = People::new(ports.clone(), ports.clone(), presence.clone());
        let passwords = Passwords::with_cost(tuning.password_cost);
        let sessions = Sessions::new(sessions::Parts {
            accounts: ports.clone(),
            sessions: ports.clone(),
            limiter: limiter.clone(),
            fanout: fanout.clone(),
            people: people.clone(),
            passwords: passwords.clone(),
            keys,
            registration: config.accounts.registration,
        });
        let accounts = Accounts::new(accounts::Parts {
            accounts: ports.clone(),
            store: ports.clone(),
            admin: ports.clone(),
            blobs: blobs.clone(),
            ledger: ports,
            queue: queue.clone(),
            fanout: fanout.clone(),
            people: people.clone(),
            passwords: passwords.clone(),
            sessions: sessions.clone(),
        });
        Ok(Self { accounts, store, blobs, queue, fanout, presence, limiter, people, passwords, sessions })
    }
}

fn health(store: Arc<SqlStore>, log: &SqliteLog, search: &SqliteSearch, blobs: Arc<DiskBlobs>) -> Vec<Arc<dyn Health>> {
    vec![store, Arc::new(log.clone()), Arc::new(search.clone()), blobs]
}

/// The relational database in the data directory, with the schema of this version.
pub async fn open_database(dir: &Path) -> Result<SqlStore> {
    let path = dir.join("studyhall.db");
    let failed = || format!("cannot use the database {}", path.display());
    let store = SqlStore::open(&DatabaseUrl::Sqlite(path.clone())).with_context(failed)?;
    store.migrate().await.with_context(failed)?;
    Ok(store)
}
