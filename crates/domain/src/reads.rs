//! Read cursors: moved in the relational database at once, told to the user's other devices at most once in two
//! seconds per conversation.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use studyhall_wire::{ConversationId, ReadAdvanced, Seq, UserId};

use crate::{
    Result,
    appender::{Appender, Change, What},
    ports::{ConversationStore, InboxFact, UnannouncedRead},
};

/// The least time between two announcements.
const PAUSE: Duration = Duration::from_secs(2);
/// How often the sweeper looks for what a crash or an outage left.
const SWEEP: Duration = Duration::from_secs(30);

pub struct Reads {
    store: Arc<dyn ConversationStore>,
    appender: Arc<Appender>,
    /// Cursors announced less than [`PAUSE`] ago, and what has come since.
    pausing: Mutex<HashMap<(UserId, ConversationId), Option<Seq>>>,
}

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reads").finish_non_exhaustive()
    }
}

impl Reads {
    pub fn new(store: Arc<dyn ConversationStore>, appender: Arc<Appender>) -> Arc<Self> {
        Arc::new(Self { store, appender, pausing: Mutex::default() })
    }

    /// Moves a cursor forward, where `seq` is ahead of it.
    pub async fn advance(self: &Arc<Self>, user: UserId, conversation: ConversationId, seq: Seq) -> Result<()> {
        if !self.store.advance_read(user, conversation, seq).await? {
            return Ok(());
        }
        match self.pausing.lock().entry((user, conversation)) {
            Entry::Occupied(mut pausing) => {
                let latest = pausing.get_mut();
                *latest = (*latest).max(Some(seq));
            }
            Entry::Vacant(free) => {
                free.insert(None);
                tokio::spawn(Arc::clone(self).announce(UnannouncedRead { user, conversation, seq }));
            }
        }
        Ok(())
    }

    /// Announces `read`, and after each pause what has come since.
    async fn announce(self: Arc<Self>, mut read: UnannouncedRead) {
        loop {
            if let Err(error) = self.append(read).await {
                tracing::warn!(%error, "a read cursor waits for the next sweep");
            }
            tokio::time::sleep(PAUSE).await;
            let mut pausing = self.pausing.lock();
            let Entry::Occupied(mut entry) = pausing.entry((read.user, read.conversation)) else { return };
            let Some(seq) = entry.get_mut().take() else {
                entry.remove();
                return;
            };
            read.seq = seq;
        }
    }

    async fn append(&self, read: UnannouncedRead) -> Result<()> {
        let UnannouncedRead { user, conversation: conversation_id, seq } = read;
        let fact = InboxFact::ReadAdvanced(ReadAdvanced { conversation_id, seq });
        let change = Change { actor: Some(user), what: What::Inbox { fact, key: None } };
        self.appender.apply(user.into(), change).await?;
        self.store.mark_announced(read).await
    }

    /// Announces what a crash or an outage left, now and then, for ever.
    pub async fn sweep(&self) {
        loop {
            if let Err(error) = self.sweep_once().await {
                tracing::warn!(%error, "read cursors wait for the next sweep");
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    async fn sweep_once(&self) -> Result<()> {
        for read in self.store.unannounced_reads(1_000).await? {
            if !self.pausing.lock().contains_key(&(read.user, read.conversation)) {
                self.append(read).await?;
            }
        }
        Ok(())
    }
}
