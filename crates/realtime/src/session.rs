//! One connection's protocol: what a client's frames mean, from `hello` on.

use std::{sync::Arc, time::Instant};

use serde::Deserialize;
use studyhall_domain::{
    Error, Result,
    auth::Actor,
    member::{CanRead, CanWrite, Capability, Member},
    ports::{Live, Membership},
};
use studyhall_wire::{
    ClientFrame, CloseCode, ConversationId, ErrorCode, PostMessage, Presence, Problem, Resume, Seq, ServerFrame,
    StreamId, StreamState, limits,
};
use uuid::Uuid;

use crate::{
    catch_up,
    frame::json_frame,
    hub::Hub,
    presence::Presences,
    queue::Queue,
    socket::Socket,
    stream::{Progress, Stream, Ticket},
};

/// Frames in a burst, and a second in the long run.
const BURST: f64 = 1_000.0;
const FRAMES_PER_S: f64 = 100.0;

/// Whether the transport goes on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Continue,
    /// The queue has its close frame.
    Close,
}

/// One connection, before and after its `hello`.
#[derive(Debug)]
pub struct Session {
    hub: Arc<Hub>,
    queue: Arc<Queue>,
    socket: Option<Arc<Socket>>,
    allowance: f64,
    last_frame: Instant,
}

impl Session {
    pub fn new(hub: Arc<Hub>, queue: Arc<Queue>) -> Self {
        Self { hub, queue, socket: None, allowance: BURST, last_frame: Instant::now() }
    }

    /// Whether a good `hello` has been said.
    pub fn is_ready(&self) -> bool {
        self.socket.is_some()
    }

    /// The client sent something that is no text: a ping or pong frame keeps it alive.
    pub fn heard(&self) {
        if let Some(socket) = &self.socket {
            socket.hear(self.hub.now());
        }
    }

    /// Takes one text frame.
    pub async fn on_text(&mut self, text: &str) -> Verdict {
        let outcome = match self.count_frame() {
            Ok(()) => self.handle(text).await,
            Err(code) => Err(code),
        };
        match outcome {
            Ok(()) if !self.queue.is_closed() => Verdict::Continue,
            Ok(()) => Verdict::Close,
            Err(code) => {
                self.queue.close(code);
                Verdict::Close
            }
        }
    }

    /// The connection is gone, or closing: nothing more is heard.
    pub fn end(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.hub.leave(&socket);
        }
    }

    fn count_frame(&mut self) -> Result<(), CloseCode> {
        if !self.hub.options.limit_frames {
            return Ok(());
        }
        let now = Instant::now();
        let earned = now.duration_since(self.last_frame).as_secs_f64() * FRAMES_PER_S;
        self.last_frame = now;
        self.allowance = (self.allowance + earned).min(BURST) - 1.0;
        if self.allowance < 0.0 { Err(CloseCode::TooManyFrames) } else { Ok(()) }
    }

    /// What is rare is boxed, so that the future of a `send` is small.
    async fn handle(&mut self, text: &str) -> Result<(), CloseCode> {
        let frame = match ClientFrame::parse(text) {
            Ok(frame) => frame,
            Err(error) => return self.misread(text, &error),
        };
        let Some(socket) = self.socket.clone() else {
            return match frame {
                ClientFrame::Hello { token, resume } => Box::pin(self.hello(&token, &resume)).await,
                _ => Err(CloseCode::BadFrame),
            };
        };
        socket.hear(self.hub.now());
        match frame {
            ClientFrame::Hello { .. } => return Err(CloseCode::BadFrame),
            ClientFrame::Renew { token } => return Box::pin(self.renew(&socket, &token)).await,
            ClientFrame::Send { conversation_id, client_id, text, reply_to, attachments } => {
                let body = PostMessage { client_id, text, reply_to, attachments };
                self.send(&socket, conversation_id, body).await;
            }
            ClientFrame::Typing { conversation_id } => {
                // As many as there were when the socket came: it may be a few more by now.
                if let Ok(member) = self.member::<CanWrite>(&socket, conversation_id).await
                    && member.membership().members <= limits::PRESENCE_MEMBERS
                {
                    let user = socket.user();
                    self.hub.app.ports.fanout.publish(Live::Typing { conversation: conversation_id, user });
                }
            }
            ClientFrame::Read { conversation_id, seq } => {
                if let Err(error) = Box::pin(self.read(&socket, conversation_id, seq)).await {
                    self.complain(&error);
                }
            }
            ClientFrame::Presence { state: Presence::Offline } => {
                self.complain(&Error::Malformed("A socket is online or away; close it to be offline.".into()));
            }
            ClientFrame::Presence { state } => {
                socket.set_away(state == Presence::Away);
                Presences::changed(&self.hub, socket.user());
            }
            ClientFrame::Ping {} => self.push(&ServerFrame::Pong {}),
        }
        Ok(())
    }

    /// What a frame that is no [`ClientFrame`] leads to: a close where it is no frame at all, or where no `hello` was
    /// said yet; else an answer, and the socket stays.
    fn misread(&self, text: &str, error: &serde_json::Error) -> Result<(), CloseCode> {
        #[derive(Deserialize)]
        struct Outline {
            op: String,
            #[serde(default)]
            client_id: Option<serde_json::Value>,
        }
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| CloseCode::BadFrame)?;
        let outline: Outline = serde_json::from_value(value).map_err(|_| CloseCode::BadFrame)?;
        if self.socket.is_none() || outline.op == "hello" {
            return Err(CloseCode::BadFrame);
        }
        self.heard();
        let detail = error.to_string();
        if !ClientFrame::OPS.contains(&outline.op.as_str()) {
            self.push(&ServerFrame::Error {
                problem: identified(Problem::new(ErrorCode::UnknownOp, "Clients may skip it.")),
            });
        } else if let (true, Some(serde_json::Value::String(client_id))) = (outline.op == "send", outline.client_id) {
            self.push(&ServerFrame::Nack {
                client_id,
                problem: identified(Problem::new(ErrorCode::Malformed, detail)),
            });
        } else {
            self.push(&ServerFrame::Error { problem: identified(Problem::new(ErrorCode::Malformed, detail)) });
        }
        Ok(())
    }

    fn push(&self, frame: &ServerFrame) {
        self.queue.push(json_frame(frame));
    }

    fn complain(&self, error: &Error) {
        self.push(&ServerFrame::Error { problem: identified(error.problem()) });
    }

    async fn renew(&self, socket: &Socket, token: &str) -> Result<(), CloseCode> {
        match self.hub.app.sessions.verify_socket(token).await {
            Ok((actor, expires_at)) if actor.session == socket.actor.session => {
                socket.renew(expires_at);
                Ok(())
            }
            Ok(_) => Err(CloseCode::TokenInvalid),
            Err(error) => refusal(&error).map_or_else(
                || {
                    self.complain(&error);
                    Ok(())
                },
                Err,
            ),
        }
    }

    async fn send(&self, socket: &Arc<Socket>, conversation_id: ConversationId, body: PostMessage) {
        let client_id = body.client_id.clone();
        let queue = Arc::clone(&self.queue);
        let done = move |outcome: Result<Seq>| {
            let frame = match outcome {
                Ok(seq) => ServerFrame::Ack { client_id, conversation_id, seq },
                Err(error) => ServerFrame::Nack { client_id, problem: identified(error.problem()) },
            };
            queue.push(json_frame(&frame));
        };
        match self.member::<CanWrite>(socket, conversation_id).await {
            Ok(member) => self.hub.app.messages.send(&member, body, done).await,
            Err(error) => done(Err(error)),
        }
    }

    async fn read(&self, socket: &Arc<Socket>, conversation: ConversationId, seq: Seq) -> Result<()> {
        let member = self.member::<CanRead>(socket, conversation).await?;
        self.hub.app.conversations.advance_read(&member, seq).await
    }

    /// From what the socket hears; the store is asked only about a conversation that was entered a moment ago, and where
    /// what the socket remembers says no, which may not hold any more.
    async fn member<C: Capability>(&self, socket: &Arc<Socket>, id: ConversationId) -> Result<Member<C>> {
        match socket.membership(id).map(Member::of) {
            Some(Ok(member)) => Ok(member),
            Some(Err(_)) | None => Box::pin(self.hub.app.conversations.member(&socket.actor, id)).await,
        }
    }

    async fn hello(&mut self, token: &str, resume: &[Resume]) -> Result<(), CloseCode> {
        let (actor, expires_at) = match self.hub.app.sessions.verify_socket(token).await {
            Ok(verified) => verified,
            Err(error) => return Err(refusal(&error).unwrap_or(CloseCode::GoingAway)),
        };
        self.queue.cork();
        let socket = self.hub.enter(actor, Arc::clone(&self.queue), expires_at);
        self.socket = Some(Arc::clone(&socket));
        match self.subscribe(actor, &socket, resume).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "a hello failed");
                // The transport ends the session; a client that comes back may fare better.
                self.queue.uncork(json_frame(&ServerFrame::Error { problem: identified(error.problem()) }));
                Err(CloseCode::GoingAway)
            }
        }
    }

    /// Subscribes to everything, answers `ready`, and replays in the background what was missed.
    async fn subscribe(&self, actor: Actor, socket: &Arc<Socket>, resume: &[Resume]) -> Result<()> {
        let hub = &self.hub;
        let inbox =
            hub.subscribe(socket, actor.user.into(), None).ok_or_else(|| Error::internal("subscribed twice"))?;
        // The inbox's place is taken before the list is read: what is entered after that is told through the inbox.
        hub.locate([&inbox.0].into_iter()).await?;
        let inbox_head = inbox.0.last().unwrap_or_default();
        let placing = socket.placing.lock().await;
        let memberships = hub.app.conversations.memberships(actor.user).await?;
        let subscribe = |m: Membership| hub.subscribe(socket, m.conversation.into(), Some(m));
        let mut streams: Vec<(Arc<Stream>, Ticket)> = memberships.into_iter().filter_map(subscribe).collect();
        hub.locate(streams.iter().map(|(stream, _)| stream)).await?;
        // Who was removed since the list was read hears nothing: from here on the streams themselves say who leaves.
        hub.refresh(socket, &hub.app.conversations.memberships(actor.user).await?);
        drop(placing);
        streams.retain(|(stream, ticket)| socket.holds(stream.id, *ticket));
        streams.insert(0, inbox);
        // A client that comes from another node may have more than this node was told of so far.
        let has_more = |stream: &Stream| {
            resume.iter().any(|wanted| wanted.stream == stream.id && Some(wanted.after) > stream.last())
        };
        let late: Vec<_> =
            streams.iter().map(|(stream, _)| stream).filter(|stream| has_more(stream)).cloned().collect();
        if !late.is_empty() {
            hub.compare_heads(late.clone()).await;
        }

        let user = hub.app.people.user(actor.user, actor.user).await?;
        let epoch = hub.log().epoch().await?;
        let mut positions = Vec::with_capacity(streams.len());
        for (stream, _) in &streams {
            let inbox = stream.id == StreamId::from(actor.user);
            let head = match stream.id {
                id if late.iter().any(|late| late.id == id) => stream.heard(),
                _ if inbox => inbox_head,
                _ => stream.last().unwrap_or_default(),
            };
            positions.push(StreamState { stream: stream.id, epoch, head, recovered: false });
        }
        let replays = replays(resume, &mut positions);
        let starts: Vec<Seq> = positions
            .iter()
            .map(|p| replays.iter().find(|replay| replay.stream == p.stream).map_or(p.head, |replay| replay.after))
            .collect();
        let ready = ServerFrame::Ready {
            user,
            session_id: actor.session,
            heartbeat_s: limits::HEARTBEAT_S,
            streams: positions,
        };
        hub.presences.joined(hub, socket);
        self.queue.uncork(json_frame(&ready));

        // Who missed nothing is live at once; the others catch up in the order of `resume`.
        let mut behind: Vec<(Arc<Stream>, Ticket, Seq)> = Vec::new();
        for ((stream, ticket), start) in streams.into_iter().zip(starts) {
            if stream.go_live(ticket, start) != Progress::Live {
                behind.push((stream, ticket, start));
            }
        }
        if !behind.is_empty() {
            // What is no replay but moved on during this call comes first (`None`): it counts as live.
            behind.sort_by_key(|(stream, ..)| replays.iter().position(|replay| replay.stream == stream.id));
            let (hub, socket) = (Arc::clone(hub), Arc::clone(socket));
            socket.set_replaying(true);
            hub.clone().spawn(async move {
                for (stream, ticket, start) in behind {
                    if let Err(error) = catch_up::run(&hub, &socket, &stream, ticket, start).await {
                        tracing::warn!(%error, "a replay failed");
                        return socket.queue.close(CloseCode::GoingAway);
                    }
                }
                socket.set_replaying(false);
            });
        }
        Ok(())
    }
}

/// Which streams are replayed: whole streams in the order of `resume`, until the next does not fit. Notes in
/// `positions` which are recovered.
fn replays(resume: &[Resume], positions: &mut [StreamState]) -> Vec<Resume> {
    let mut left = limits::REPLAY_PER_HELLO;
    let mut full = false;
    let mut chosen: Vec<Resume> = Vec::new();
    for wanted in resume {
        let Some(position) = positions.iter_mut().find(|position| position.stream == wanted.stream) else { continue };
        let missed = position.head.saturating_sub(wanted.after);
        let known = wanted.epoch == position.epoch && (0..=position.head).contains(&wanted.after);
        if position.recovered || !known || missed > limits::REPLAY_PER_STREAM {
            continue;
        }
        if missed > left {
            full = true;
        }
        if full && missed > 0 {
            continue;
        }
        left -= missed;
        position.recovered = true;
        chosen.push(*wanted);
    }
    chosen
}

/// A problem with an id of its own, by which the server's log tells of it, too.
fn identified(mut problem: Problem) -> Problem {
    problem.request_id = Uuid::now_v7().to_string();
    tracing::debug!(
        problem.request_id,
        problem.code = &*problem.code,
        problem.detail = &*problem.detail,
        "refused a frame"
    );
    problem
}

/// How a token that does not do closes the socket; `None` where it could not be checked.
fn refusal(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Forbidden(_) | Error::Unauthorized(ErrorCode::SessionEnded) => Some(CloseCode::SessionEnded),
        Error::Unavailable { .. } | Error::Internal(_) => None,
        _ => Some(CloseCode::TokenInvalid),
    }
}
