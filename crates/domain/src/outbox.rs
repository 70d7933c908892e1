//! What the relational database owes to the log: rows written with a change, appended after it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use studyhall_wire::StreamId;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    Error, Result,
    appender::{Appender, Change, What},
    ports::{ConversationStore, ModerationFact, OutboxFact, OutboxRow},
};

/// Rows taken at once.
const ROWS: u32 = 500;
/// How often the sweeper looks for what a crash or an outage left.
const SWEEP: Duration = Duration::from_secs(5);

pub struct Outbox {
    store: Arc<dyn ConversationStore>,
    appender: Arc<Appender>,
    /// One flush at a time in this node, so that rows of one stream keep their order; the store's lease sees to the
    /// other nodes.
    turn: Mutex<()>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Outbox {
    pub fn new(store: Arc<dyn ConversationStore>, appender: Arc<Appender>) -> Arc<Self> {
        Arc::new(Self { store, appender, turn: Mutex::default() })
    }

    /// Appends every row that waits. What fails stays for the sweeper: the change itself has committed.
    pub async fn flush(&self) {
        match self.try_flush().await {
            Ok(left) => left.complain(),
            Err(error) => tracing::warn!(%error, "the outbox waits for the next sweep"),
        }
    }

    /// Appends every row that waits, and fails where one of this stream is left: whoever answers only when others hear
    /// of a change calls this.
    pub async fn deliver(&self, stream: StreamId) -> Result<()> {
        let mut left = self.try_flush().await?;
        let failed = left.streams.remove(&stream);
        left.complain();
        match failed {
            Some(error) => Err(error),
            None if left.more => Err(Error::unavailable("log", "others' events wait before this one")),
            None => Ok(()),
        }
    }

    async fn try_flush(&self) -> Result<Left> {
        let _mine = self.turn.lock().await;
        let _lease = self.store.outbox_lease().await?;
        loop {
            let rows = self.store.outbox(ROWS).await?;
            let all = rows.len() < ROWS as usize;
            // Streams side by side, each in its order: what follows a row that failed waits with it.
            let mut streams: BTreeMap<_, Vec<OutboxRow>> = BTreeMap::new();
            for row in rows {
                streams.entry(row.stream).or_default().push(row);
            }
            let appended = join_all(streams.values().map(|rows| self.append(rows))).await;
            let (mut done, mut left) = (Vec::new(), Left::default());
            for (stream, (ids, outcome)) in streams.into_keys().zip(appended) {
                done.extend(ids);
                if let Err(error) = outcome {
                    left.streams.insert(stream, error);
                }
            }
            if !done.is_empty() {
                self.store.outbox_done(&done).await?;
            }
            left.more = !left.streams.is_empty() && !all;
            if all || !left.streams.is_empty() {
                return Ok(left);
            }
        }
    }

    /// Appends the rows of one stream one after the other; gives the ids of those that are in the log.
    async fn append(&self, rows: &[OutboxRow]) -> (Vec<Uuid>, Result<()>) {
        let mut done = Vec::with_capacity(rows.len());
        for row in rows {
            if let Err(error) = self.appender.apply(row.stream, change(row)).await {
                return (done, Err(error));
            }
            done.push(row.id);
        }
        (done, Ok(()))
    }

    /// Flushes now and then, for ever.
    pub async fn sweep(&self) {
        loop {
            self.flush().await;
            tokio::time::sleep(SWEEP).await;
        }
    }
}

/// What a flush could not append.
#[derive(Default)]
struct Left {
    /// By stream, one of its errors.
    streams: HashMap<StreamId, Error>,
    /// There are rows that were not even tried.
    more: bool,
}

impl Left {
    fn complain(&self) {
        for (stream, error) in &self.streams {
            tracing::warn!(%stream, %error, "the outbox waits for the next sweep");
        }
    }
}

/// The change that a row stands for. Made again after a crash, it changes nothing: by its key, or by what it is.
fn change(row: &OutboxRow) -> Change {
    let key = Some(row.id.to_string());
    let what = match row.fact.clone() {
        OutboxFact::Inbox(fact) => What::Inbox { fact, key },
        OutboxFact::Group(fact) => What::Group { fact, key },
        OutboxFact::Moderation(ModerationFact::MessageDeleted { seq }) => What::Delete { seq },
    };
    Change { actor: row.actor, what }
}
