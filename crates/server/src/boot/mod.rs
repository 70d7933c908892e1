//! Puts the application together. The only place that knows the mode, and which engine stands behind which port.

mod clustered;
mod embedded;
mod holdings;

use std::sync::Arc;

use anyhow::Result;
pub use embedded::DATABASE;
pub use holdings::{Holdings, LogView};
use studyhall_domain::{
    accounts::{self, Accounts},
    app::{App, Ports},
    auth::{KeyRing, MIN_COST, Passwords},
    people::People,
    ports::{AuditStore, BlobStore, EventLog, Fanout, Health, PresenceStore, RateLimiter, SearchIndex, TaskQueue},
    sessions::{self, Sessions},
};
use studyhall_store_mongo::{MongoLog, MongoSearch};
use studyhall_store_sql::{
    SqlStore,
    log::{SqliteLog, search::SqliteSearch},
};

use crate::{
    config::{Config, Mode},
    data_dir::{self, Lock},
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

/// What stands behind the ports, but for the history.
struct Outside {
    keys: KeyRing,
    store: Arc<SqlStore>,
    blobs: Arc<dyn BlobStore>,
    queue: Arc<dyn TaskQueue>,
    fanout: Arc<dyn Fanout>,
    presence: Arc<dyn PresenceStore>,
    limiter: Arc<dyn RateLimiter>,
    health: Vec<Arc<dyn Health>>,
}

/// The event log and the search that follows it, as the mode calls for.
enum History {
    Embedded { log: SqliteLog, search: SqliteSearch },
    Clustered { log: MongoLog, search: MongoSearch },
}

impl History {
    async fn open(config: &Config) -> Result<Self> {
        match &config.mode {
            Mode::Embedded => embedded::history(&config.data_dir),
            Mode::Clustered(engines) => clustered::history(engines).await,
        }
    }

    fn ports(&self) -> (Arc<dyn EventLog>, Arc<dyn SearchIndex>) {
        match self {
            Self::Embedded { log, search } => (Arc::new(log.clone()), Arc::new(search.clone())),
            Self::Clustered { log, search } => (Arc::new(log.clone()), Arc::new(search.clone())),
        }
    }

    /// Each dependency once: on MongoDB log and search are the same.
    fn health(&self) -> Vec<Arc<dyn Health>> {
        match self {
            Self::Embedded { log, search } => vec![Arc::new(log.clone()), Arc::new(search.clone())],
            Self::Clustered { log, .. } => vec![Arc::new(log.clone())],
        }
    }

    async fn close(&self) {
        match self {
            Self::Embedded { log, search } => {
                search.close().await;
                log.close().await;
            }
            Self::Clustered { log, search } => {
                search.close();
                log.close().await;
            }
        }
    }
}

/// The application on its engines, without anything that listens.
pub struct Services {
    pub app: Arc<App>,
    pub passwords: Passwords,
    history: History,
}

impl Services {
    /// Opens what the mode calls for, with the schema of this version. The data directory, where the mode has one, must be
    /// this process's own: see [`claim`].
    pub async fn open(config: &Config, tuning: Tuning) -> Result<Self> {
        let base = Base::assemble(config, tuning).await?;
        holdings::refuse_to_serve(&base.outside.store).await?;
        let history = History::open(config).await?;
        let (log, search) = history.ports();
        let Outside { store, blobs, queue, fanout, presence, limiter, mut health, .. } = base.outside;
        health.extend(history.health());
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
            log,
            search,
            blobs,
            ledger: store.clone(),
            tasks: store,
            queue,
            fanout,
            presence,
            limiter,
            health,
        };
        let app = App::new(ports, Arc::new(base.people), base.accounts, base.sessions);
        Ok(Self { app, passwords: base.passwords, history })
    }

    /// Waits until everything that was handed over is written.
    pub async fn close(&self) {
        self.history.close().await;
    }
}

/// The part that needs no history: enough for what an operator does beside a running server.
pub struct Base {
    pub accounts: Accounts,
    outside: Outside,
    people: People,
    passwords: Passwords,
    sessions: Sessions,
}

impl Base {
    pub async fn open(config: &Config) -> Result<Self> {
        prepare(config)?;
        Self::assemble(config, Tuning::default()).await
    }

    /// The audit log.
    pub fn audit(&self) -> &dyn AuditStore {
        &*self.outside.store
    }

    async fn assemble(config: &Config, tuning: Tuning) -> Result<Self> {
        let outside = match &config.mode {
            Mode::Embedded => embedded::outside(config).await?,
            Mode::Clustered(engines) => clustered::outside(config, engines).await?,
        };
        let (store, fanout) = (&outside.store, &outside.fanout);
        let people = People::new(store.clone(), store.clone(), outside.presence.clone());
        let passwords = Passwords::with_cost(tuning.password_cost);
        let sessions = Sessions::new(sessions::Parts {
            accounts: store.clone(),
            sessions: store.clone(),
            limiter: outside.limiter.clone(),
            fanout: fanout.clone(),
            people: people.clone(),
            passwords: passwords.clone(),
            keys: outside.keys.clone(),
            registration: config.accounts.registration,
        });
        let accounts = Accounts::new(accounts::Parts {
            accounts: store.clone(),
            store: store.clone(),
            admin: store.clone(),
            blobs: outside.blobs.clone(),
            ledger: store.clone(),
            queue: outside.queue.clone(),
            fanout: fanout.clone(),
            people: people.clone(),
            passwords: passwords.clone(),
            sessions: sessions.clone(),
        });
        Ok(Self { accounts, outside, people, passwords, sessions })
    }
}

/// The relational database, with the schema of this version.
pub async fn migrate(config: &Config) -> Result<()> {
    prepare(config)?;
    match &config.mode {
        Mode::Embedded => embedded::database(&config.data_dir).await?,
        Mode::Clustered(engines) => clustered::database(engines).await?,
    };
    Ok(())
}

/// Makes the data directory, where the mode has one.
fn prepare(config: &Config) -> Result<()> {
    match config.mode {
        Mode::Embedded => data_dir::prepare(&config.data_dir),
        Mode::Clustered(_) => Ok(()),
    }
}

/// The right to be the one process on its data directory; nothing in clustered mode, where many nodes share the engines.
pub fn claim(config: &Config) -> Result<Option<Lock>> {
    prepare(config)?;
    match config.mode {
        Mode::Embedded => Lock::take(&config.data_dir).map(Some),
        Mode::Clustered(_) => Ok(None),
    }
}
