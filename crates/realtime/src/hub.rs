//! The hub of a node: which sockets hear which stream. What happened arrives through the fan-out and leaves through
//! the sockets' queues, encoded once.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use metrics::{Counter, Gauge};
use parking_lot::{Mutex, RwLock};
use studyhall_domain::{
    Result,
    app::App,
    auth::Actor,
    ports::{Audience, Effect, EventLog, LiveEvent, Membership},
};
use studyhall_wire::{CloseCode, ConversationId, Seq, ServerFrame, SessionId, StreamId, Timestamp, UserId};

use crate::{
    catch_up,
    frame::{json_frame, text_frames},
    presence::Presences,
    queue::Queue,
    receiver::HubReceiver,
    socket::Socket,
    stream::{Delivered, Reached, Stream, Ticket},
};

/// Events read from the log at once to fill a gap.
const GAP_PAGE: u32 = 200;
/// Looks at a log that does not have what was heard of, before the gap is left to the next event.
const GAP_LOOKS: u32 = 50;

#[derive(Clone, Copy, Debug)]
pub struct HubOptions {
    /// Whether a socket that sends too many frames is closed; off for load tests only.
    pub limit_frames: bool,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self { limit_frames: true }
    }
}

#[derive(Debug)]
pub struct Hub {
    pub(crate) app: Arc<App>,
    pub(crate) options: HubOptions,
    pub(crate) presences: Presences,
    pub(crate) streams: RwLock<HashMap<StreamId, Arc<Stream>>>,
    sockets: Mutex<HashMap<u64, Arc<Socket>>>,
    next_number: AtomicU64,
    /// Seconds since the hub was made.
    tick: AtomicU64,
    /// Heads are being compared, and whether they are to be compared once more after that.
    pub(crate) comparing: Mutex<Option<bool>>,
    meters: Meters,
    /// Where work that belongs to no connection runs.
    runtime: tokio::runtime::Handle,
}

struct Meters {
    sockets: Gauge,
    deliveries: Counter,
    gaps: Counter,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

impl Hub {
    /// Makes the hub, attaches it to the fan-out and starts its clock. Must be called in a tokio runtime.
    pub fn start(app: Arc<App>, options: HubOptions) -> Arc<Self> {
        let hub = Arc::new(Self {
            app,
            options,
            presences: Presences::default(),
            streams: RwLock::default(),
            sockets: Mutex::default(),
            next_number: AtomicU64::new(1),
            tick: AtomicU64::new(0),
            comparing: Mutex::default(),
            meters: Meters {
                sockets: metrics::gauge!("studyhall_sockets"),
                deliveries: metrics::counter!("studyhall_deliveries_total"),
                gaps: metrics::counter!("studyhall_stream_gaps_total"),
            },
            runtime: tokio::runtime::Handle::current(),
        });
        hub.app.ports.fanout.attach(Arc::new(HubReceiver(hub.clone())));
        hub.runtime.spawn(crate::ticker::run(Arc::downgrade(&hub)));
        hub
    }

    /// Closes every socket with 1001, for a server that stops.
    pub fn shut_down(&self) {
        for socket in self.all_sockets() {
            socket.queue.close(CloseCode::GoingAway);
        }
    }

    pub(crate) fn log(&self) -> &Arc<dyn EventLog> {
        &self.app.ports.log
    }

    pub(crate) fn now(&self) -> u64 {
        self.tick.load(Ordering::Relaxed)
    }

    pub(crate) fn advance_clock(&self) -> u64 {
        self.tick.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    pub(crate) fn all_sockets(&self) -> Vec<Arc<Socket>> {
        self.sockets.lock().values().cloned().collect()
    }

    pub(crate) fn stream(&self, id: StreamId) -> Option<Arc<Stream>> {
        self.streams.read().get(&id).cloned()
    }

    /// Takes a signed-in connection in.
    pub(crate) fn enter(&self, actor: Actor, queue: Arc<Queue>, expires_at: Timestamp) -> Arc<Socket> {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let socket = Arc::new(Socket::new(number, actor, queue, expires_at, self.now()));
        self.sockets.lock().insert(number, Arc::clone(&socket));
        self.meters.sockets.increment(1);
        socket
    }

    /// The connection is gone.
    pub(crate) fn leave(self: &Arc<Self>, socket: &Arc<Socket>) {
        if self.sockets.lock().remove(&socket.number).is_none() {
            return;
        }
        self.meters.sockets.decrement(1);
        for stream in socket.take_streams() {
            self.drop_subscriber(&stream, socket);
        }
        self.presences.left(self, socket);
    }

    /// Subscribes a socket to a stream; it catches up before it is live. `None` where it hears the stream already.
    pub(crate) fn subscribe(
        &self,
        socket: &Arc<Socket>,
        id: StreamId,
        membership: Option<Membership>,
    ) -> Option<(Arc<Stream>, Ticket)> {
        let ticket = Ticket(self.next_number.fetch_add(1, Ordering::Relaxed));
        // The write lock is held until the subscriber is in, so that the stream is not dropped as empty meanwhile.
        let mut streams = self.streams.write();
        let stream = streams.entry(id).or_insert_with(|| {
            self.app.ports.fanout.interest(id, true);
            Stream::new(id)
        });
        if !socket.subscribe(stream, ticket, membership) {
            return None;
        }
        stream.add(socket, ticket);
        let stream = Arc::clone(stream);
        drop(streams);
        // Gone meanwhile: whoever removed it saw no such stream.
        if !self.sockets.lock().contains_key(&socket.number) {
            socket.unsubscribe(id);
            self.drop_subscriber(&stream, socket);
        }
        Some((stream, ticket))
    }

    fn drop_subscriber(&self, stream: &Arc<Stream>, socket: &Socket) {
        stream.remove(socket);
        self.forget_if_empty(stream);
    }

    /// Takes one socket out of a conversation that its user left.
    pub(crate) fn leave_conversation(&self, socket: &Socket, stream: &Arc<Stream>) {
        socket.unsubscribe(stream.id);
        self.drop_subscriber(stream, socket);
    }

    fn forget_if_empty(&self, stream: &Arc<Stream>) {
        if !stream.is_empty() {
            return;
        }
        // Looked at again under the lock under which subscribers come in.
        let mut streams = self.streams.write();
        if stream.is_empty() && streams.remove(&stream.id).is_some() {
            self.app.ports.fanout.interest(stream.id, false);
        }
    }

    /// Makes sure that the position of each stream is known, with one question to the log.
    pub(crate) async fn locate(self: &Arc<Self>, streams: impl Iterator<Item = &Arc<Stream>>) -> Result<()> {
        let unknown: Vec<_> = streams.filter(|stream| stream.last().is_none()).cloned().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = unknown.iter().map(|stream| stream.id).collect();
        let heads = self.log().heads(&ids).await?;
        for (stream, head) in unknown.into_iter().zip(heads) {
            if let Delivered::Gap(after) = stream.locate(head) {
                self.fill(stream, after);
            }
        }
        Ok(())
    }

    /// Consecutive events for the sockets that hear their stream. An event that changes who hears it ends a run: what
    /// comes after it goes to those who hear the stream then.
    pub(crate) fn deliver(self: &Arc<Self>, id: StreamId, mut first: Seq, events: &[LiveEvent]) {
        let Some(stream) = self.stream(id) else { return };
        for run in events.split_inclusive(|event| event.effect != Effect::None) {
            let next = first + Seq::try_from(run.len()).unwrap_or_default();
            let frames = text_frames(run.iter().map(|event| &event.json[..]));
            let effect = run.last().map_or(Effect::None, |last| last.effect);
            match stream.deliver(first..=next - 1, &frames, effect.leaver(), self.now()) {
                Delivered::To(Reached { sockets, left }) => {
                    self.meters.deliveries.increment((sockets * run.len()) as u64);
                    self.take_effect(&stream, next - 1, effect, left);
                }
                Delivered::Gap(after) => self.fill(Arc::clone(&stream), after),
                Delivered::Known | Delivered::Later => {}
            }
            first = next;
        }
    }

    /// Reads from the log what the stream has missed.
    pub(crate) fn fill(self: &Arc<Self>, stream: Arc<Stream>, mut after: Seq) {
        self.meters.gaps.increment(1);
        let hub = Arc::clone(self);
        self.spawn(async move {
            let mut looks = 0;
            loop {
                let page = match catch_up::read(&hub, stream.id, after, GAP_PAGE).await {
                    Ok(page) => page,
                    Err(error) => {
                        tracing::warn!(stream = %stream.id, %error, "a gap waits for the next heartbeat");
                        return stream.give_up_filling();
                    }
                };
                for event in &page {
                    let Reached { sockets, left } =
                        stream.fill(event.seq, &event.frame, event.effect.leaver(), hub.now());
                    hub.meters.deliveries.increment(sockets as u64);
                    hub.take_effect(&stream, event.seq, event.effect, left);
                    after = event.seq;
                }
                if !page.is_empty() {
                    looks = 0;
                } else if stream.filled() {
                    return;
                } else if looks == GAP_LOOKS {
                    // Heard of, but not in the log: its announcement was wrong.
                    return stream.give_up_filling();
                } else {
                    // What was heard of after the log was read is found by another look.
                    looks += 1;
                    tokio::time::sleep(catch_up::GAP_PAUSE).await;
                }
            }
        });
    }

    /// What the event `seq` of a stream, passed on a moment ago, changes for its sockets, some of which `left` by it.
    fn take_effect(self: &Arc<Self>, stream: &Arc<Stream>, seq: Seq, effect: Effect, left: Vec<Arc<Socket>>) {
        match effect {
            Effect::None => {}
            Effect::Enter { conversation, head } => {
                for socket in stream.sockets() {
                    self.enter_conversation(socket, conversation, head);
                }
            }
            Effect::Exit { conversation } => {
                for socket in stream.sockets() {
                    self.exit_conversation(socket, conversation);
                }
            }
            Effect::Leave(_) => {
                for socket in left {
                    socket.unsubscribe(stream.id);
                    // Back since, perhaps, and told so before this came: then what follows is heard again.
                    self.enter_conversation(socket, stream.id.0.into(), seq);
                }
                self.forget_if_empty(stream);
            }
            Effect::Role { user, role } => {
                for socket in stream.sockets().into_iter().filter(|socket| socket.user() == user) {
                    socket.update_membership(stream.id, |membership| membership.role = Some(role));
                }
            }
            Effect::Archived(archived) => {
                for socket in stream.sockets() {
                    socket.update_membership(stream.id, |membership| membership.archived = archived);
                }
            }
        }
    }

    pub(crate) fn end_session(&self, session: SessionId) {
        for socket in self.all_sockets() {
            if socket.actor.session == session {
                socket.queue.close(CloseCode::SessionEnded);
            }
        }
    }

    pub(crate) fn typing(&self, conversation_id: ConversationId, user_id: UserId) {
        if let Some(stream) = self.stream(conversation_id.into()) {
            stream.whisper(&json_frame(&ServerFrame::Typing { conversation_id, user_id }), user_id);
        }
    }

    /// Sends what may be lost to everybody here who may see this user: friends, and members of shared conversations of at
    /// most `members`; but nobody who is blocked. To the user's own sockets where `own`.
    pub(crate) async fn tell_acquaintances(&self, user: UserId, frame: Bytes, members: u32, own: bool) -> Result<()> {
        let Audience { conversations, friends, blocked } = self.app.people.audience(user).await?;
        let shared = conversations.into_iter().filter(|(_, count)| *count <= members).map(|(id, _)| id.into());
        let inboxes = friends.into_iter().chain(own.then_some(user)).map(StreamId::from);
        let mut told = std::collections::HashSet::new();
        for id in shared.chain(inboxes) {
            let Some(stream) = self.stream(id) else { continue };
            for socket in stream.sockets() {
                let reader = socket.user();
                if (own || reader != user) && !blocked.contains(&reader) && told.insert(socket.number) {
                    socket.queue.push_volatile(frame.clone());
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn profile_changed(&self, user: UserId) -> Result<()> {
        let user = self.app.people.user(user, user).await?;
        let id = user.id;
        self.tell_acquaintances(id, json_frame(&ServerFrame::User { user }), u32::MAX, true).await
    }
}
