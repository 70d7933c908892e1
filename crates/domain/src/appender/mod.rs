//! Where a stream's events get their seq: one appender per active stream, which drains what is waiting into one
//! batch, numbers it after the head it knows, and writes it in one durable write. So seq has no holes, N + 1 is never
//! visible before N, and throughput grows with load.
//!
//! What depends on state (an edit, a reaction) is decided here, in stream order, against the messages as they stand:
//! there is no gap between the check and the write in which another change could slip in.

mod lane;
mod plan;
mod writers;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use studyhall_wire::{File, Message, Seq, StreamId, UserId};
use tokio::{sync::oneshot, time::timeout};

use self::{
    lane::{Done, Lane, Waiting},
    plan::Plan,
};
use crate::{
    Error, Result,
    ports::{
        AppendError, Batch, ConversationStore, Effect, EventLog, Fanout, GroupFact, InboxFact, Live, LiveEvent,
        LogBody, LogEvent, SearchIndex,
    },
    views::Views,
};

/// How long a batch is numbered again and again while other nodes get there first.
const PATIENCE: Duration = Duration::from_secs(5);

/// A change that somebody with the authority for it wants in a stream.
#[derive(Clone, Debug)]
pub struct Change {
    pub actor: Option<UserId>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Post(Post),
    Edit {
        seq: Seq,
        text: String,
        mentions: Vec<UserId>,
        mentions_everyone: bool,
    },
    Delete {
        seq: Seq,
    },
    React {
        seq: Seq,
        emoji: String,
        add: bool,
    },
    Pin {
        seq: Seq,
        pinned: bool,
    },
    /// An inbox event, with the id of its outbox row as idempotency key where it has one.
    Inbox {
        fact: InboxFact,
        key: Option<String>,
    },
    /// What happened to a conversation's group, with the id of its outbox row.
    Group {
        fact: GroupFact,
        key: Option<String>,
    },
}

/// A message to be.
#[derive(Clone, Debug)]
pub struct Post {
    pub client_id: String,
    /// Of text, reply and attachments: tells a repeat from another body under the same key.
    pub fingerprint: i64,
    pub text: String,
    pub reply_to: Option<Seq>,
    pub attachments: Vec<File>,
    pub mentions: Vec<UserId>,
    pub mentions_everyone: bool,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is in the log now.
    Appended(Arc<LogEvent>),
    /// It is there already (the same `client_id` again) at this seq.
    Known(Seq),
    /// It changes nothing, so nothing was written.
    Unchanged,
}

/// All appenders of this node.
pub struct Appender {
    log: Arc<dyn EventLog>,
    fanout: Arc<dyn Fanout>,
    search: Arc<dyn SearchIndex>,
    conversations: Arc<dyn ConversationStore>,
    views: Arc<Views>,
    lanes: Mutex<HashMap<StreamId, Lane>>,
}

impl std::fmt::Debug for Appender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appender").finish_non_exhaustive()
    }
}

impl Appender {
    pub fn new(
        log: Arc<dyn EventLog>,
        fanout: Arc<dyn Fanout>,
        search: Arc<dyn SearchIndex>,
        conversations: Arc<dyn ConversationStore>,
        views: Arc<Views>,
    ) -> Arc<Self> {
        Arc::new(Self { log, fanout, search, conversations, views, lanes: Mutex::default() })
    }

    /// Queues a change; `done` is called once, when it is durable or refused. Changes of one caller to one stream
    /// keep the order of the calls.
    pub fn submit(
        self: &Arc<Self>,
        stream: StreamId,
        change: Change,
        done: impl FnOnce(Result<Outcome>) + Send + 'static,
    ) {
        let waiting = Waiting { change, done: Box::new(done) };
        if self.lanes.lock().entry(stream).or_default().add(waiting) {
            tokio::spawn(Arc::clone(self).drain(stream));
        }
    }

    /// Queues a change and waits until it is durable. Dropping the future does not take it back.
    pub async fn apply(self: &Arc<Self>, stream: StreamId, change: Change) -> Result<Outcome> {
        let (done, outcome) = oneshot::channel();
        self.submit(stream, change, |result| {
            let _ = done.send(result);
        });
        outcome.await.unwrap_or_else(|_| Err(Error::unavailable("log", "the server is stopping")))
    }

    /// Forgets what nobody used for a minute.
    pub fn tidy(&self) {
        self.lanes.lock().retain(|_, lane| !lane.is_idle());
    }

    /// These are in the log from `first` on, whoever wrote them. Those of another node are a reason to number after them, and
    /// not to wait any longer for that node.
    pub fn heard(&self, stream: StreamId, first: Seq, events: &[LiveEvent]) {
        let mut lanes = self.lanes.lock();
        let Some(lane) = lanes.get_mut(&stream) else { return };
        let head = first - 1 + Seq::try_from(events.len()).unwrap_or_default();
        if let Some(known) = lane.head.filter(|known| *known < head) {
            // Any of these, or what is not told here, may change who may write.
            if first > known + 1 || events.iter().any(|event| event.effect != Effect::None) {
                lane.writers.forget();
            }
            lane.reached(head);
            lane.overtaken();
        }
    }

    async fn drain(self: Arc<Self>, stream: StreamId) {
        loop {
            let (batch, head) = self.at(stream, Lane::take);
            if batch.is_empty() {
                return;
            }
            let (size, begun) = (batch.len(), Instant::now());
            if let Err(error) = self.commit(stream, batch, head).await {
                let refused = self.at(stream, Lane::give_up);
                refuse(refused.into_iter().map(|waiting| waiting.done), &error);
            } else if let Some((longest, woken)) = self.at(stream, |lane| lane.pause(size, begun.elapsed())) {
                let _ = timeout(longest, woken).await;
            }
        }
    }

    /// Writes one batch and answers everybody in it.
    async fn commit(&self, stream: StreamId, waiting: Vec<Waiting>, mut head: Option<Seq>) -> Result<()> {
        let (mut changes, mut done): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.change, w.done)).unzip();
        let (begun, mut moved) = (Instant::now(), None);
        let failed = loop {
            let planned = match self.plan(stream, &changes, head, moved).await {
                Ok(planned) => planned,
                Err(error) => break error,
            };
            if planned.events.is_empty() {
                self.at(stream, |lane| lane.reached(planned.head));
                settle(done, planned.outcomes);
                return Ok(());
            }
            let batch = Batch { stream, after: planned.head, events: planned.events.clone() };
            match self.log.append(batch).await {
                Ok(()) => {
                    let head = planned.head + Seq::try_from(planned.events.len()).unwrap_or(Seq::MAX);
                    self.at(stream, |lane| lane.reached(head));
                    self.announce(stream, &planned.events, done, planned.outcomes).await;
                    return Ok(());
                }
                Err(AppendError::Conflict { stored, head: now }) => {
                    // What got in before the conflict is not planned again, or it would be there twice.
                    let settled = planned.settled(stored);
                    changes.drain(..settled);
                    let settled = done.drain(..settled).collect();
                    self.at(stream, |lane| {
                        lane.head = None;
                        lane.overtaken();
                    });
                    self.announce(stream, &planned.events[..stored], settled, planned.outcomes).await;
                    (head, moved) = (None, now);
                    if begun.elapsed() >= PATIENCE {
                        break Error::unavailable("log", "the stream is too busy");
                    }
                }
                Err(AppendError::Failed(error)) => break error,
            }
        };
        refuse(done, &failed);
        Err(failed)
    }

    fn at<T: Default>(&self, stream: StreamId, change: impl FnOnce(&mut Lane) -> T) -> T {
        self.lanes.lock().get_mut(&stream).map(change).unwrap_or_default()
    }

    /// Tells of events that are in the log, and answers who waits for them.
    async fn announce(
        &self,
        stream: StreamId,
        events: &[Arc<LogEvent>],
        done: Vec<Done>,
        outcomes: Vec<Result<Outcome>>,
    ) {
        // Who waits for a removal is answered once it was told: nothing follows that answer to who is out.
        if self.forgotten_by(stream, events.iter().map(|event| &**event)) {
            self.publish(stream, events).await;
            settle(done, outcomes);
        } else {
            settle(done, outcomes);
            self.publish(stream, events).await;
        }
    }

    /// Decides every change of a batch, in order. Where the head is not known (at the first use, and after a conflict), the
    /// log is asked for it, unless the conflict told where it `moved`, and for keys that may be there already; otherwise
    /// it refuses a key it has.
    async fn plan(&self, stream: StreamId, changes: &[Change], head: Option<Seq>, moved: Option<Seq>) -> Result<Plan> {
        if head.is_none() {
            // What came in between may have changed who may write.
            self.at(stream, |lane| lane.writers.forget());
        }
        let (head, keys) = match head.or(moved) {
            Some(head) => (head, Vec::new()),
            None => (self.log.heads(&[stream]).await?.first().copied().unwrap_or_default(), plan::keys(changes)),
        };
        let refused = self.refused(stream, changes).await?;
        let targets = plan::targets(changes);
        let messages = if targets.is_empty() { Vec::new() } else { self.log.messages(stream, &targets).await? };
        let known = if keys.is_empty() { Vec::new() } else { self.log.known(stream, &keys).await? };
        Ok(Plan::make(stream, head, changes, refused, messages, &known))
    }

    /// Tells everybody who listens, in one message. Each event is encoded once.
    async fn publish(&self, stream: StreamId, events: &[Arc<LogEvent>]) {
        let mut live = Vec::with_capacity(events.len());
        for event in events {
            match self.views.live(event).await {
                Ok(event) => live.push(event),
                Err(error) => {
                    // It is in the log: a hub that hears of what follows it finds the gap.
                    tracing::warn!(%stream, event.seq, %error, "an event could not be shown live");
                    self.tell(stream, event.seq, std::mem::take(&mut live));
                }
            }
        }
        if let Some(last) = events.last() {
            self.tell(stream, last.seq + 1, live);
        }
        if events.iter().any(|event| matches!(event.body, LogBody::Conversation(_))) {
            self.search.touch(stream);
        }
    }

    /// Publishes consecutive events that end before `end`.
    fn tell(&self, stream: StreamId, end: Seq, events: Vec<LiveEvent>) {
        let first = end - Seq::try_from(events.len()).unwrap_or_default();
        if !events.is_empty() {
            self.fanout.publish(Live::Events { stream, first, events });
        }
    }
}

fn settle(done: Vec<Done>, outcomes: Vec<Result<Outcome>>) {
    for (done, outcome) in done.into_iter().zip(outcomes) {
        done(outcome);
    }
}

/// Answers everybody with the same error.
fn refuse(done: impl IntoIterator<Item = Done>, error: &Error) {
    for done in done {
        done(Err(error.for_another()));
    }
}

/// A message as its `message.created` event has it.
pub(crate) fn created(event: &LogEvent) -> Option<&Message> {
    match &event.body {
        LogBody::Conversation(studyhall_wire::EventBody::MessageCreated(message)) => Some(message),
        _ => None,
    }
}
