//! What the relational database owes to the log: rows written with a change, appended after it.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::sync::Mutex;

use crate::{
    Result,
    appender::{Appender, Change, What},
    ports::ConversationStore,
};

/// Rows taken at once.
const ROWS: u32 = 500;
/// How often the sweeper looks for what a crash or an outage left.
const SWEEP: Duration = Duration::from_secs(5);

pub struct Outbox {
    store: Arc<dyn ConversationStore>,
    appender: Arc<Appender>,
    /// One flush at a time, so that rows of one stream keep their order.
    lease: Mutex<()>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Outbox {
    pub fn new(store: Arc<dyn ConversationStore>, appender: Arc<Appender>) -> Arc<Self> {
        Arc::new(Self { store, appender, lease: Mutex::default() })
    }

    /// Appends every row that waits. What fails stays for the sweeper: the change itself has committed.
    pub async fn flush(&self) {
        if let Err(error) = self.try_flush().await {
            tracing::warn!(%error, "the outbox waits for the next sweep");
        }
    }

    async fn try_flush(&self) -> Result<()> {
        let _lease = self.lease.lock().await;
        loop {
            let rows = self.store.outbox(ROWS).await?;
            let appended = rows.iter().map(|row| {
                let what = What::Inbox { fact: row.fact.clone(), key: Some(row.id.to_string()) };
                self.appender.apply(row.stream, Change { actor: row.actor, what })
            });
            let results = join_all(appended).await;
            let done: Vec<_> = rows.iter().zip(&results).filter(|(_, r)| r.is_ok()).map(|(row, _)| row.id).collect();
            self.store.outbox_done(&done).await?;
            results.into_iter().collect::<Result<Vec<_>>>()?;
            if rows.len() < ROWS as usize {
                return Ok(());
            }
        }
    }

    /// Flushes now and then, for ever.
    pub async fn sweep(&self) {
        loop {
            self.flush().await;
            tokio::time::sleep(SWEEP).await;
        }
    }
}
