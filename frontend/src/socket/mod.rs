//! The live connection: one socket for everything, kept up for as long as someone is signed in.
//!
//! A loop of attempts: a token, a connection, `hello` with what is known of each stream, frames until it ends, a
//! pause. Each ending has its own consequence, as the wire contract gives its close code. What frames mean for the
//! state is the [`Handler`]'s business; where this client stands in each stream is [`Streams`]'.

mod backoff;
mod link;

use futures_channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures_util::{FutureExt, StreamExt, select_biased};
use leptos::prelude::*;
use studyhall_wire::{ClientFrame, CloseCode, Event, Presence, Problem, Seq, ServerFrame, StreamId, User, UserId};
use studyhall_wire::{ConversationId, limits::HEARTBEAT_S};

use self::{backoff::Backoff, link::Link};
use crate::{
    api::{self, Api},
    clock, json,
    state::streams::{Admit, Streams},
};

/// Between heartbeats.
#[expect(clippy::cast_possible_truncation, reason = "25 s")]
const BEAT_MS: u32 = HEARTBEAT_S as u32 * 1_000;
/// Without a frame for this long the connection counts as dead, though nobody said so.
const SILENCE_MS: f64 = 55_000.0;
/// How long an answer may take when there is reason to doubt the connection: after a sleep or a change of network.
const DOUBT_MS: u32 = 4_000;
/// How long a connection and its `ready` may take.
const CONNECT_MS: u32 = 15_000;

/// How the connection is, as the reader should know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The first attempt.
    #[default]
    Connecting,
    Online,
    /// It stood, and does not now.
    Offline,
    /// Over: the session has ended.
    Ended,
}

/// What came over the socket, in order.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A connection stands. The `resumed` streams go on without a gap; the state of all others must be fetched.
    Ready {
        resumed: Vec<StreamId>,
    },
    /// The next event of its stream.
    Event(Event),
    Ack {
        client_id: String,
        seq: Seq,
    },
    Nack {
        client_id: String,
        problem: Problem,
    },
    Typing {
        conversation_id: ConversationId,
        user_id: UserId,
    },
    Presence {
        user_id: UserId,
        state: Presence,
    },
    Profile(User),
    /// The connection ended; sends without an answer are open.
    Down,
}

/// Who is told what comes, and asked which streams matter most.
pub trait Handler: Copy + 'static {
    fn incoming(self, incoming: Incoming);
    /// The streams to resume before all others.
    fn first_streams(self) -> Vec<StreamId>;
}

enum Input {
    /// What a link tells carries the link's number: what an old one had still queued is not the new one's.
    Opened(u32),
    Text(u32, String),
    Closed(u32, u16),
    /// A frame to send.
    Send(ClientFrame),
    /// The network or the page is back: try at once, or make sure.
    Wake,
    /// The network is gone.
    NetworkGone,
}

/// Why a connection ended.
enum Ending {
    /// Connect again after a pause.
    Again,
    /// The server asks for calm.
    Calm,
    /// The token was not taken.
    Token,
    /// The session is over.
    Over,
}

/// The live connection. A handle: copies share it.
#[derive(Clone, Copy)]
pub struct Socket {
    inputs: StoredValue<UnboundedSender<Input>, LocalStorage>,
    streams: StoredValue<Streams, LocalStorage>,
    links: StoredValue<u32, LocalStorage>,
    status: RwSignal<Status>,
}

impl Socket {
    /// A socket that is not started, owned by the current reactive owner.
    pub fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::unbounded();
        let socket = Self {
            inputs: StoredValue::new_local(sender),
            streams: StoredValue::new_local(Streams::default()),
            links: StoredValue::new_local(0),
            status: RwSignal::new(Status::Connecting),
        };
        (socket, Inbox(receiver))
    }

    pub fn status(self) -> ReadSignal<Status> {
        self.status.read_only()
    }

    pub fn is_up(self) -> bool {
        self.status.get_untracked() == Status::Online
    }

    /// Sends a frame on the connection that stands; lets it go where none does.
    pub fn send(self, frame: ClientFrame) {
        if self.is_up() {
            self.tell(Input::Send(frame));
        }
    }

    /// There is reason to try at once, or to doubt what seems to stand.
    pub fn wake(self) {
        self.tell(Input::Wake);
    }

    /// The browser says that the network is gone.
    pub fn network_gone(self) {
        self.tell(Input::NetworkGone);
    }

    /// A stream that was entered while connected.
    pub fn enter(self, stream: StreamId, epoch: i64, head: Seq) {
        self.streams.update_value(|streams| streams.enter(stream, epoch, head));
    }

    /// A stream that was left.
    pub fn leave(self, stream: StreamId) {
        self.streams.update_value(|streams| streams.leave(stream));
    }

    fn tell(self, input: Input) {
        self.inputs.with_value(|inputs| drop(inputs.unbounded_send(input)));
    }

    /// Runs until the session ends.
    pub async fn run(self, inbox: Inbox, api: Api, handler: impl Handler) {
        let Inbox(mut inputs) = inbox;
        let mut backoff = Backoff::default();
        loop {
            let ending = match api.token().await {
                Ok(token) => self.connection(&mut inputs, token, api, handler, &mut backoff).await,
                Err(api::Error::SignedOut) => Ending::Over,
                Err(_) => Ending::Again,
            };
            if self.status.get_untracked() == Status::Online {
                handler.incoming(Incoming::Down);
            }
            match ending {
                Ending::Over => {
                    self.status.set(Status::Ended);
                    api.end();
                    return;
                }
                Ending::Again | Ending::Calm | Ending::Token => {
                    if matches!(ending, Ending::Calm) {
                        backoff.calm();
                    }
                    self.status.set(Status::Offline);
                    // A token that was refused is renewed, unless it only just was: the pause keeps this from spinning.
                    if matches!(ending, Ending::Token) && matches!(api.renew().await, Err(api::Error::SignedOut)) {
                        continue;
                    }
                    pause(&mut inputs, backoff.next(clock::random())).await;
                }
            }
        }
    }

    async fn connection(
        self,
        inputs: &mut UnboundedReceiver<Input>,
        token: String,
        api: Api,
        handler: impl Handler,
        backoff: &mut Backoff,
    ) -> Ending {
        self.links.update_value(|links| *links += 1);
        let number = self.links.get_value();
        let Ok(link) = self.inputs.with_value(|inputs| Link::open(inputs, number)) else { return Ending::Again };
        let mut token = Some(token);
        let mut up = false;
        let mut last_frame = clock::now();
        let mut doubted_at = None;
        let mut deadline = clock::sleep(CONNECT_MS).boxed_local().fuse();
        let mut beat = clock::sleep(BEAT_MS).boxed_local().fuse();
        let mut renewal = renewal(api);
        loop {
            let input = select_biased! {
                input = inputs.next() => input,
                () = deadline => {
                    // Not ready in time, or no answer to a doubt.
                    if !up || doubted_at.is_some_and(|at| last_frame < at) { return Ending::Again }
                    continue;
                }
                () = beat => {
                    if clock::now() - last_frame > SILENCE_MS { return Ending::Again }
                    link.send(&ClientFrame::Ping {});
                    beat = clock::sleep(BEAT_MS).boxed_local().fuse();
                    continue;
                }
                fresh = renewal => {
                    match fresh {
                        Ok(fresh) if up => link.send(&ClientFrame::Renew { token: fresh }),
                        Err(api::Error::SignedOut) => return Ending::Over,
                        _ => {}
                    }
                    renewal = self::renewal(api);
                    continue;
                }
            };
            match input {
                None => return Ending::Over,
                Some(Input::Opened(from) | Input::Text(from, _) | Input::Closed(from, _)) if from != number => {}
                Some(Input::Opened(_)) => {
                    if let Some(token) = token.take() {
                        let first = handler.first_streams();
                        let resume = self.streams.with_value(|streams| streams.resume(&first));
                        link.send(&ClientFrame::Hello { token, resume });
                    }
                }
                Some(Input::Text(_, text)) => {
                    last_frame = clock::now();
                    // A frame or a field that this version does not know is none of its business.
                    let Ok(frame) = json::read::<ServerFrame>(&text) else { continue };
                    if matches!(frame, ServerFrame::Ready { .. }) {
                        up = true;
                        backoff.reset();
                        deadline = std::future::pending().boxed_local().fuse();
                    }
                    if !self.frame(frame, handler) {
                        return Ending::Again;
                    }
                }
                Some(Input::Closed(_, code)) => return ending(code),
                Some(Input::Send(frame)) if up => link.send(&frame),
                Some(Input::Wake) if up => {
                    link.send(&ClientFrame::Ping {});
                    doubted_at = Some(clock::now());
                    deadline = clock::sleep(DOUBT_MS).boxed_local().fuse();
                }
                Some(Input::Send(_) | Input::Wake) => {}
                Some(Input::NetworkGone) => return Ending::Again,
            }
        }
    }

    /// Takes one frame; answers whether the connection is still good.
    fn frame(self, frame: ServerFrame, handler: impl Handler) -> bool {
        match frame {
            ServerFrame::Ready { streams, .. } => {
                let resumed = self.streams.try_update_value(|known| known.ready(&streams)).unwrap_or_default();
                self.status.set(Status::Online);
                handler.incoming(Incoming::Ready { resumed });
            }
            ServerFrame::Event(event) => {
                let admitted = self.streams.try_update_value(|known| known.admit(event.stream, event.seq));
                match admitted {
                    Some(Admit::Next) => handler.incoming(Incoming::Event(event)),
                    Some(Admit::Repeat) | None => {}
                    // Something was lost on the way: a new connection resumes from before it.
                    Some(Admit::Gap) => return false,
                }
            }
            ServerFrame::Heads { heads } => {
                let lost = self.streams.try_update_value(|known| known.heads(heads)).unwrap_or_default();
                return !lost;
            }
            ServerFrame::Ack { client_id, seq, .. } => handler.incoming(Incoming::Ack { client_id, seq }),
            ServerFrame::Nack { client_id, problem } => handler.incoming(Incoming::Nack { client_id, problem }),
            ServerFrame::Typing { conversation_id, user_id } => {
                handler.incoming(Incoming::Typing { conversation_id, user_id });
            }
            ServerFrame::Presence { user_id, state } => handler.incoming(Incoming::Presence { user_id, state }),
            ServerFrame::User { user } => handler.incoming(Incoming::Profile(user)),
            ServerFrame::Error { problem } => leptos::logging::warn!("socket: {} {}", problem.code, problem.detail),
            ServerFrame::Pong {} => {}
        }
        true
    }
}

/// The receiving end of a [`Socket`], for its one `run`.
pub struct Inbox(UnboundedReceiver<Input>);

type Renewing = futures_util::future::Fuse<futures_util::future::LocalBoxFuture<'static, api::Result<String>>>;

/// Waits until the token should be renewed, and renews it.
fn renewal(api: Api) -> Renewing {
    async move {
        // Not more often than this, whatever the server says about its tokens' lives.
        clock::sleep(api.renew_in().unwrap_or(0).max(5_000)).await;
        api.token().await
    }
    .boxed_local()
    .fuse()
}

/// What a close code asks for.
fn ending(code: u16) -> Ending {
    match CloseCode::ALL.into_iter().find(|known| known.code() == code) {
        Some(CloseCode::SessionEnded) => Ending::Over,
        Some(CloseCode::TokenInvalid) => Ending::Token,
        Some(CloseCode::TooManyFrames) => Ending::Calm,
        Some(
            CloseCode::GoingAway
            | CloseCode::BadFrame
            | CloseCode::NoHello
            | CloseCode::TooSlow
            | CloseCode::FrameTooLarge,
        )
        | None => Ending::Again,
    }
}

/// Waits before the next attempt; being woken cuts it short. Without a network it waits for one.
async fn pause(inputs: &mut UnboundedReceiver<Input>, millis: u32) {
    let mut timer = clock::sleep(millis).boxed_local().fuse();
    loop {
        select_biased! {
            input = inputs.next() => match input {
                Some(Input::Wake) | None => return,
                Some(_) => {}
            },
            () = timer => return,
        }
    }
}
