//! Recovery: taking a socket from where its client stands to where the stream stands, at the socket's own pace.
//!
//! The socket is subscribed first; then the log is read up to where the stream stands, never beyond, and only when both
//! agree the socket is live. There is no moment in which an event could be missed or come twice.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use studyhall_domain::{
    Result,
    ports::{Effect, LiveEvent},
};
use studyhall_wire::{Seq, StreamId};

use crate::{
    frame::text_frame,
    hub::Hub,
    queue::Pushed,
    socket::Socket,
    stream::{Delivered, Progress, Stream, Ticket},
};

/// Events read from the log at once for one socket.
const PAGE: u32 = 100;

/// Between two looks at a log that is behind the stream's position.
pub const GAP_PAUSE: Duration = Duration::from_millis(20);

/// An event as it was read from the log.
pub struct Missed {
    pub seq: Seq,
    pub effect: Effect,
    pub frame: Bytes,
}

/// Events after `after`, encoded as frames.
pub async fn read(hub: &Hub, stream: StreamId, after: Seq, limit: u32) -> Result<Vec<Missed>> {
    let events = hub.log().events(stream, after, limit).await?;
    let mut missed = Vec::with_capacity(events.len());
    for event in &events {
        let LiveEvent { effect, json } = hub.app.views.live(event).await?;
        missed.push(Missed { seq: event.seq, effect, frame: text_frame(&json) });
    }
    Ok(missed)
}

/// Sends `socket` what follows `after`, then makes it live. Returns early where the socket is closed, or its subscription
/// is not this one any more.
pub async fn run(
    hub: &Arc<Hub>,
    socket: &Arc<Socket>,
    stream: &Arc<Stream>,
    ticket: Ticket,
    mut after: Seq,
) -> Result<()> {
    loop {
        let last = match stream.go_live(ticket, after) {
            Progress::Live | Progress::Gone => return Ok(()),
            Progress::Behind(last) => last,
            Progress::Ahead => {
                // Another node was quicker to tell: what it told of comes here, too.
                if let Delivered::Gap(gap) = stream.compare(after) {
                    hub.fill(Arc::clone(stream), gap);
                }
                tokio::time::sleep(GAP_PAUSE).await;
                continue;
            }
        };
        let page = read(hub, stream.id, after, PAGE).await?;
        if page.is_empty() {
            tokio::time::sleep(GAP_PAUSE).await;
        }
        for event in page.into_iter().take_while(|event| event.seq <= last) {
            let drained = socket.queue.drained().await;
            if !drained || !socket.holds(stream.id, ticket) || socket.queue.push(event.frame) == Pushed::No {
                return Ok(());
            }
            after = event.seq;
            match event.effect {
                Effect::Enter { conversation, head } => {
                    hub.enter_conversation(Arc::clone(socket), conversation, head);
                }
                Effect::Exit { conversation } => hub.exit_conversation(Arc::clone(socket), conversation),
                Effect::Leave(user) if user == socket.user() => {
                    // Who is back since may read what happened meanwhile.
                    let _placing = socket.placing.lock().await;
                    let conversations = &hub.app.ports.conversations;
                    if conversations.membership(user, stream.id.0.into()).await?.is_none() {
                        if socket.holds(stream.id, ticket) {
                            hub.leave_conversation(socket, stream);
                        }
                        return Ok(());
                    }
                }
                Effect::Role { user, role } if user == socket.user() => {
                    socket.update_membership(stream.id, |membership| membership.role = Some(role));
                }
                Effect::Archived(archived) => {
                    socket.update_membership(stream.id, |membership| membership.archived = archived);
                }
                Effect::Leave(_) | Effect::Role { .. } | Effect::None => {}
            }
        }
    }
}
