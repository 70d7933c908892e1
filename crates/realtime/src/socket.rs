//! A signed-in socket, as the hub holds it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use studyhall_domain::{auth::Actor, ports::Membership};
use studyhall_wire::{ConversationId, Presence, StreamId, Timestamp, UserId};

use crate::{
    queue::Queue,
    stream::{Stream, Ticket},
};

/// One signed-in connection: whose it is, what it hears, and where its frames go.
#[derive(Debug)]
pub struct Socket {
    pub number: u64,
    pub actor: Actor,
    pub queue: Arc<Queue>,
    /// When its access token ends, in milliseconds since 1970.
    expires_at: AtomicI64,
    /// The hub's tick at which the client was last heard, and at which heads were last sent.
    heard: AtomicU64,
    heads_sent: AtomicU64,
    away: AtomicBool,
    /// Its position lags behind the streams', so that heads would look like a loss.
    replaying: AtomicBool,
    subscriptions: Mutex<Subscriptions>,
    /// Held from asking whether its user is in a conversation until the answer is acted on, so that an old answer never
    /// undoes a newer one.
    pub placing: tokio::sync::Mutex<()>,
}

/// One stream that a socket hears, and what its user may do there.
#[derive(Debug)]
struct Subscription {
    stream: Arc<Stream>,
    ticket: Ticket,
    /// None for the inbox.
    membership: Option<Box<Membership>>,
}

/// The streams that a socket hears, ascending by id: small, since most sockets are idle and there are many.
#[derive(Debug, Default)]
struct Subscriptions(Vec<Subscription>);

impl Subscriptions {
    fn find(&self, id: StreamId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |subscription| subscription.stream.id)
    }
}

impl Socket {
    pub fn new(number: u64, actor: Actor, queue: Arc<Queue>, expires_at: Timestamp, tick: u64) -> Self {
        Self {
            number,
            actor,
            queue,
            expires_at: AtomicI64::new(expires_at.as_millis()),
            heard: AtomicU64::new(tick),
            heads_sent: AtomicU64::new(tick),
            away: AtomicBool::new(false),
            replaying: AtomicBool::new(false),
            subscriptions: Mutex::default(),
            placing: tokio::sync::Mutex::default(),
        }
    }

    pub fn user(&self) -> UserId {
        self.actor.user
    }

    pub fn expires_at(&self) -> i64 {
        self.expires_at.load(Ordering::Relaxed)
    }

    /// A fresh token of the same session.
    pub fn renew(&self, expires_at: Timestamp) {
        self.expires_at.store(expires_at.as_millis(), Ordering::Relaxed);
    }

    pub fn hear(&self, tick: u64) {
        self.heard.store(tick, Ordering::Relaxed);
    }

    /// Ticks of silence until `now`.
    pub fn silent_for(&self, now: u64) -> u64 {
        now.saturating_sub(self.heard.load(Ordering::Relaxed))
    }

    pub fn set_replaying(&self, replaying: bool) {
        self.replaying.store(replaying, Ordering::Relaxed);
    }

    /// When heads are due (every `every` ticks, but not during a replay), the tick since which they are.
    pub fn heads_due(&self, now: u64, every: u64) -> Option<u64> {
        let sent = self.heads_sent.load(Ordering::Relaxed);
        (now.saturating_sub(sent) >= every && !self.replaying.load(Ordering::Relaxed)).then(|| {
            self.heads_sent.store(now, Ordering::Relaxed);
            sent
        })
    }

    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    pub fn presence(&self) -> Presence {
        if self.away.load(Ordering::Relaxed) { Presence::Away } else { Presence::Online }
    }

    /// What the caller may do in a conversation that this socket hears, without asking the store.
    pub fn membership(&self, conversation: ConversationId) -> Option<Membership> {
        let subscriptions = self.subscriptions.lock();
        let at = subscriptions.find(conversation.into()).ok()?;
        subscriptions.0[at].membership.as_deref().cloned()
    }

    /// Changes what the socket remembers of its user's place in a conversation that it hears.
    pub fn update_membership(&self, stream: StreamId, change: impl FnOnce(&mut Membership)) {
        let mut subscriptions = self.subscriptions.lock();
        if let Ok(at) = subscriptions.find(stream)
            && let Some(membership) = subscriptions.0[at].membership.as_deref_mut()
        {
            change(membership);
        }
    }

    /// The streams of conversations that it hears.
    pub fn conversations(&self) -> Vec<StreamId> {
        let subscriptions = self.subscriptions.lock();
        let conversations = subscriptions.0.iter().filter(|subscription| subscription.membership.is_some());
        conversations.map(|subscription| subscription.stream.id).collect()
    }

    /// Notes a subscription; false where it was there already.
    pub fn subscribe(&self, stream: &Arc<Stream>, ticket: Ticket, membership: Option<Membership>) -> bool {
        let mut subscriptions = self.subscriptions.lock();
        match subscriptions.find(stream.id) {
            Ok(_) => false,
            Err(at) => {
                let (stream, membership) = (Arc::clone(stream), membership.map(Box::new));
                subscriptions.0.insert(at, Subscription { stream, ticket, membership });
                true
            }
        }
    }

    pub fn unsubscribe(&self, stream: StreamId) {
        let mut subscriptions = self.subscriptions.lock();
        if let Ok(at) = subscriptions.find(stream) {
            subscriptions.0.remove(at);
        }
    }

    pub fn hears(&self, stream: StreamId) -> bool {
        self.subscriptions.lock().find(stream).is_ok()
    }

    /// Whether this is how it hears the stream.
    pub fn holds(&self, stream: StreamId, ticket: Ticket) -> bool {
        let subscriptions = self.subscriptions.lock();
        subscriptions.find(stream).is_ok_and(|at| subscriptions.0[at].ticket == ticket)
    }

    pub fn streams(&self) -> Vec<Arc<Stream>> {
        self.subscriptions.lock().0.iter().map(|subscription| Arc::clone(&subscription.stream)).collect()
    }

    /// Ends all subscriptions, and gives the streams that there were.
    pub fn take_streams(&self) -> Vec<Arc<Stream>> {
        std::mem::take(&mut self.subscriptions.lock().0).into_iter().map(|subscription| subscription.stream).collect()
    }
}
