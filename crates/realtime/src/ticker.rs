//! The hub's clock: one walk over all sockets a second instead of timers per socket.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

use studyhall_wire::{CloseCode, ServerFrame, StreamId, limits};

use crate::{frame::json_frame, hub::Hub, socket::Socket};

/// Ticks until the hub goes.
pub async fn run(hub: Weak<Hub>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        let tick = hub.advance_clock();
        let now = studyhall_domain::now().as_millis();
        for socket in hub.all_sockets() {
            look_after(&socket, tick, now);
        }
    }
}

fn look_after(socket: &Arc<Socket>, tick: u64, now: i64) {
    if now >= socket.expires_at() {
        return socket.queue.close(CloseCode::TokenInvalid);
    }
    if socket.silent_for(tick) > limits::SILENCE_S {
        return socket.queue.close(CloseCode::GoingAway);
    }
    if let Some(since) = socket.heads_due(tick, limits::HEARTBEAT_S) {
        let changed = socket.streams().into_iter().filter_map(|s| Some((s.id, s.changed_since(since)?)));
        let heads: BTreeMap<StreamId, i64> = changed.collect();
        if !heads.is_empty() {
            socket.queue.push(json_frame(&ServerFrame::Heads { heads }));
        }
    }
}
