//! From Redis to the hub: the subscriptions of this node, and what comes through them.
//!
//! What is wanted stands in [`Shared`]; a connection is only ever told the difference to what it has. So a new
//! connection, which has nothing, needs no other treatment.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use redis::{AsyncConnectionConfig, PushInfo, PushKind, RedisError, Value, aio::MultiplexedConnection};
use studyhall_wire::StreamId;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{Channel, Shared};

/// Channels in one command.
const BATCH: usize = 500;
/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);
/// A silent connection is asked whether it lives: what vanished without a word would be noticed by nobody.
const SILENCE: Duration = Duration::from_secs(5);

/// Listens until the fan-out ends.
pub async fn run(shared: Arc<Shared>) {
    loop {
        let error = match listen(&shared).await {
            Err(error) => error.to_string(),
            Ok(()) => "the connection was closed".to_owned(),
        };
        if shared.listening.swap(false, Ordering::Relaxed) {
            tracing::warn!(error, "other nodes are not heard");
            shared.resync();
        }
        sleep(PAUSE).await;
    }
}

/// One connection, from its beginning to its end.
async fn listen(shared: &Arc<Shared>) -> Result<(), RedisError> {
    let closed = Arc::new(Notify::new());
    let (hub, end) = (Arc::downgrade(shared), Arc::clone(&closed));
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_push_sender(move |push: PushInfo| {
            match push.kind {
                PushKind::Message => {
                    if let (Some(hub), Some(Value::BulkString(payload))) = (hub.upgrade(), push.data.into_iter().nth(1))
                    {
                        hub.hear(payload);
                    }
                }
                PushKind::Disconnection => end.notify_one(),
                _ => {}
            }
            Ok::<(), redis::aio::SendError>(())
        });
    let mut connection = shared.redis.client().get_multiplexed_async_connection_with_config(&config).await?;
    let mut has = HashSet::new();
    connection.subscribe(shared.channel_name(Channel::Nodes)).await?;
    let all: Vec<StreamId> = shared.wanted.lock().keys().copied().collect();
    follow(shared, &mut connection, &mut has, all).await?;
    shared.listening.store(true, Ordering::Relaxed);
    // From now on nothing is missed; what was missed before is in the log.
    shared.resync();
    loop {
        tokio::select! {
            () = closed.notified() => return Ok(()),
            changed = timeout(SILENCE, shared.wanted_changed.notified()) => {
                if changed.is_err() {
                    redis::cmd("PING").query_async::<()>(&mut connection).await?;
                }
                let changed = std::mem::take(&mut *shared.changed.lock());
                for some in follow(shared, &mut connection, &mut has, changed).await?.chunks(BATCH) {
                    shared.heard_from_now_on(some);
                }
            }
        }
    }
}

/// Tells the connection which of `changed` are wanted and which are not any more. Gives the streams that are heard from now on.
async fn follow(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    has: &mut HashSet<StreamId>,
    changed: Vec<StreamId>,
) -> Result<Vec<StreamId>, RedisError> {
    let (new, old) = {
        let wanted = shared.wanted.lock();
        let changed: HashSet<StreamId> =
            changed.into_iter().filter(|stream| wanted.contains_key(stream) != has.contains(stream)).collect();
        changed.into_iter().partition::<Vec<_>, _>(|stream| wanted.contains_key(stream))
    };
    let names = |streams: &[StreamId]| -> Vec<String> {
        streams.iter().map(|stream| shared.channel_name(Channel::Stream(*stream))).collect()
    };
    for some in new.chunks(BATCH) {
        connection.subscribe(names(some)).await?;
        has.extend(some);
    }
    for some in old.chunks(BATCH) {
        connection.unsubscribe(names(some)).await?;
        for stream in some {
            has.remove(stream);
        }
    }
    Ok(new)
}

impl Shared {
    fn heard_from_now_on(&self, streams: &[StreamId]) {
        if let Some(receiver) = self.receiver.get() {
            receiver.resync_streams(streams);
        }
    }
}
