//! Read cursors: moved in the relational database at once, told to the user's other devices at most once in two
//! seconds per conversation. Cursors that move at the same time share a transaction.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use studyhall_wire::{ConversationId, ReadAdvanced, Seq, UserId};

use crate::{
    Result,
    appender::{Appender, Change, What},
    gather::Gather,
    ports::{ConversationStore, InboxFact, ReadCursor},
};

/// The least time between two announcements.
const PAUSE: Duration = Duration::from_secs(2);
/// How often the sweeper looks for what a crash or an outage left, longer than [`PAUSE`]. What it finds twice in a row
/// nobody is about to announce, on whichever node.
const SWEEP: Duration = Duration::from_secs(10);

pub struct Reads {
    store: Arc<dyn ConversationStore>,
    appender: Arc<Appender>,
    moves: Arc<Gather<ReadCursor, bool>>,
    marks: Arc<Gather<ReadCursor, ()>>,
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
        let (mover, marker) = (store.clone(), store.clone());
        let moves = Gather::new(move |cursors| {
            let store = mover.clone();
            Box::pin(async move { store.advance_reads(&cursors).await })
        });
        let marks = Gather::new(move |cursors| {
            let store = marker.clone();
            Box::pin(async move { store.mark_announced(&cursors).await.map(|()| vec![(); cursors.len()]) })
        });
        Arc::new(Self { store, appender, moves, marks, pausing: Mutex::default() })
    }

    /// Moves a cursor forward, where `seq` is ahead of it.
    pub async fn advance(self: &Arc<Self>, user: UserId, conversation: ConversationId, seq: Seq) -> Result<()> {
        let cursor = ReadCursor { user, conversation, seq };
        if !self.moves.write(cursor).await? {
            return Ok(());
        }
        match self.pausing.lock().entry((user, conversation)) {
            Entry::Occupied(mut pausing) => {
                let latest = pausing.get_mut();
                *latest = (*latest).max(Some(seq));
            }
            Entry::Vacant(free) => {
                free.insert(None);
                tokio::spawn(Arc::clone(self).announce(cursor));
            }
        }
        Ok(())
    }

    /// Announces `read`, and after each pause what has come since.
    async fn announce(self: Arc<Self>, mut read: ReadCursor) {
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

    async fn append(&self, read: ReadCursor) -> Result<()> {
        let ReadCursor { user, conversation: conversation_id, seq } = read;
        let fact = InboxFact::ReadAdvanced(ReadAdvanced { conversation_id, seq });
        // Two nodes may find the same one.
        let key = Some(format!("read:{conversation_id}:{seq}"));
        let change = Change { actor: Some(user), what: What::Inbox { fact, key } };
        self.appender.apply(user.into(), change).await?;
        self.marks.write(read).await
    }

    /// Announces what a crash or an outage left, now and then, for ever.
    pub async fn sweep(&self) {
        let mut suspects = HashSet::new();
        loop {
            match self.sweep_once(&suspects).await {
                Ok(found) => suspects = found,
                Err(error) => tracing::warn!(%error, "read cursors wait for the next sweep"),
            }
            tokio::time::sleep(SWEEP).await;
        }
    }

    /// Announces what waits and has waited before; gives what waits since.
    async fn sweep_once(&self, suspects: &HashSet<ReadCursor>) -> Result<HashSet<ReadCursor>> {
        let mut found = HashSet::new();
        for read in self.store.unannounced_reads(1_000).await? {
            if suspects.contains(&read) && !self.pausing.lock().contains_key(&(read.user, read.conversation)) {
                self.append(read).await?;
            } else {
                found.insert(read);
            }
        }
        Ok(found)
    }
}
