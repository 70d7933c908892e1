//! What the fan-out tells the hub: what happened, on whichever node, and that something may have been missed.

use std::sync::Arc;

use studyhall_domain::ports::{Live, Receiver};
use studyhall_wire::{ServerFrame, StreamId, limits};

use crate::{
    frame::json_frame,
    hub::Hub,
    stream::{Delivered, Stream},
};

/// Heads read at once.
const HEADS: usize = 1_000;

/// The hub as the fan-out knows it.
#[derive(Debug)]
pub struct HubReceiver(pub Arc<Hub>);

impl Receiver for HubReceiver {
    fn receive(&self, message: Live) {
        match message {
            Live::Events { stream, first, events } => {
                self.0.app.heard(stream, first, &events);
                self.0.deliver(stream, first, &events);
            }
            Live::Typing { conversation, user } => self.0.typing(conversation, user),
            Live::SessionEnded(session) => self.0.end_session(session),
            Live::Presence { user, state } => {
                let hub = Arc::clone(&self.0);
                hub.clone().spawn(async move {
                    let frame = json_frame(&ServerFrame::Presence { user_id: user, state });
                    if let Err(error) = hub.tell_acquaintances(user, frame, limits::PRESENCE_MEMBERS, false).await {
                        tracing::debug!(%error, "presence was not told");
                    }
                });
            }
            Live::Standing { user } => self.0.standing_changed(user),
            Live::Acquaintance { user, viewer } => {
                let hub = Arc::clone(&self.0);
                hub.clone().spawn(async move {
                    if let Err(error) = hub.acquaintance_changed(user, viewer).await {
                        tracing::debug!(%error, "presence was not told");
                    }
                });
            }
            Live::Profile { user } => {
                let hub = Arc::clone(&self.0);
                hub.clone().spawn(async move {
                    if let Err(error) = hub.profile_changed(user).await {
                        tracing::debug!(%error, "a profile was not told");
                    }
                });
            }
        }
    }

    fn resync(&self) {
        let mut comparing = self.0.comparing.lock();
        if let Some(again) = comparing.as_mut() {
            *again = true;
            return;
        }
        *comparing = Some(false);
        drop(comparing);
        let hub = Arc::clone(&self.0);
        hub.clone().spawn(async move {
            loop {
                let streams = hub.streams.read().values().cloned().collect();
                hub.compare_heads(streams).await;
                let mut comparing = hub.comparing.lock();
                if *comparing != Some(true) {
                    *comparing = None;
                    return;
                }
                *comparing = Some(false);
            }
        });
    }

    fn resync_streams(&self, streams: &[StreamId]) {
        let hub = Arc::clone(&self.0);
        let streams: Vec<_> = streams.iter().filter_map(|id| hub.stream(*id)).collect();
        hub.clone().spawn(async move { hub.compare_heads(streams).await });
    }
}

impl Hub {
    /// Reads the heads of streams with subscribers, and fills what was missed.
    pub(crate) async fn compare_heads(self: &Arc<Self>, streams: Vec<Arc<Stream>>) {
        for some in streams.chunks(HEADS) {
            let ids: Vec<_> = some.iter().map(|stream| stream.id).collect();
            let heads = match self.log().heads(&ids).await {
                Ok(heads) => heads,
                Err(error) => return tracing::warn!(%error, "heads could not be compared"),
            };
            for (stream, head) in some.iter().zip(heads) {
                if let Delivered::Gap(after) = stream.compare(head) {
                    self.fill(Arc::clone(stream), after);
                }
            }
        }
    }
}
