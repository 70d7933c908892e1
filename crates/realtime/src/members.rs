//! Who hears a conversation, as memberships change: sockets come in and go out while they are connected, and what they
//! remember of their user's place is kept up.

use std::sync::Arc;

use studyhall_domain::{Result, ports::Membership};
use studyhall_wire::{CloseCode, ConversationId, Seq, ServerFrame, StreamId, UserId};

use crate::{catch_up, frame::json_frame, hub::Hub, socket::Socket};

impl Hub {
    /// Subscribes a connected socket to a conversation that its user just entered, from `head` on.
    pub(crate) fn enter_conversation(self: &Arc<Self>, socket: Arc<Socket>, id: ConversationId, head: Seq) {
        let hub = Arc::clone(self);
        self.spawn(async move {
            let entered = async {
                let placing = socket.placing.lock().await;
                if socket.hears(id.into()) {
                    return Ok(());
                }
                let Some(membership) = hub.app.ports.conversations.membership(socket.user(), id).await? else {
                    return Ok(());
                };
                let Some((stream, ticket)) = hub.subscribe(&socket, id.into(), Some(membership)) else {
                    return Ok(());
                };
                drop(placing);
                hub.locate([&stream].into_iter()).await?;
                catch_up::run(&hub, &socket, &stream, ticket, head).await
            };
            if let Err(error) = entered.await {
                // Its client comes back and finds the conversation in its list.
                tracing::warn!(%error, "a socket could not enter a conversation");
                socket.queue.close(CloseCode::GoingAway);
            }
        });
    }

    /// Takes a socket out of a conversation that its user is not in any more. The conversation's own stream said so
    /// where somebody left; a deleted one says nothing.
    pub(crate) fn exit_conversation(self: &Arc<Self>, socket: Arc<Socket>, id: ConversationId) {
        let hub = Arc::clone(self);
        self.spawn(async move {
            let _placing = socket.placing.lock().await;
            if !socket.hears(id.into()) {
                return;
            }
            match hub.app.ports.conversations.membership(socket.user(), id).await {
                Ok(Some(_)) => {}
                Ok(None) => hub.stop_hearing(&socket, id.into()),
                Err(error) => {
                    tracing::warn!(%error, "a socket could not be taken out of a conversation");
                    socket.queue.close(CloseCode::GoingAway);
                }
            }
        });
    }

    /// Takes one socket out of a stream, if it hears it.
    pub(crate) fn stop_hearing(&self, socket: &Socket, id: StreamId) {
        match self.stream(id) {
            Some(stream) => self.leave_conversation(socket, &stream),
            None => socket.unsubscribe(id),
        }
    }

    /// What this user may do somewhere has changed: the sockets are told anew, and the appender asks anew.
    pub(crate) fn standing_changed(self: &Arc<Self>, user: UserId) {
        self.app.recheck(user);
        let sockets = self.presences.sockets(user);
        if sockets.is_empty() {
            return;
        }
        let hub = Arc::clone(self);
        self.spawn(async move {
            for socket in sockets {
                let _placing = socket.placing.lock().await;
                match hub.app.conversations.memberships(user).await {
                    Ok(memberships) => hub.refresh(&socket, &memberships),
                    // The appender asks for itself; only typing is shown on what the socket remembers.
                    Err(error) => tracing::debug!(%error, "what a user may do could not be read anew"),
                }
            }
        });
    }

    /// Gives a socket its user's memberships as they are now, where it hears the conversation; what its user is not in any
    /// more it does not hear either.
    pub(crate) fn refresh(&self, socket: &Socket, memberships: &[Membership]) {
        for stream in socket.conversations() {
            match memberships.iter().find(|membership| StreamId::from(membership.conversation) == stream) {
                Some(now) => socket.update_membership(stream, |membership| membership.clone_from(now)),
                None => self.stop_hearing(socket, stream),
            }
        }
    }

    /// Tells `viewer` how `user` is seen now.
    pub(crate) async fn acquaintance_changed(&self, user: UserId, viewer: UserId) -> Result<()> {
        let Some(stream) = self.stream(viewer.into()) else { return Ok(()) };
        let state = self.app.people.user(viewer, user).await?.presence;
        let frame = json_frame(&ServerFrame::Presence { user_id: user, state });
        for socket in stream.sockets() {
            socket.queue.push_volatile(frame.clone());
        }
        Ok(())
    }
}
