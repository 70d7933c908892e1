//! From the queue to Redis: what waits goes in one round trip.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use redis::{AsyncConnectionConfig, Pipeline, RedisError, aio::MultiplexedConnection};
use tokio::{sync::mpsc, time::sleep};

use super::{Channel, Shared};

/// Messages in one round trip.
const BATCH: usize = 512;
/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

type Waiting = mpsc::Receiver<(Channel, Bytes)>;

/// Publishes until the fan-out ends. What waited for a connection that is gone is lost: it is older than what is in the
/// log by now.
pub async fn run(shared: Arc<Shared>, mut waiting: Waiting) {
    loop {
        match connect(&shared).await {
            Ok(connection) => {
                discard(&shared, &mut waiting);
                shared.speaking.store(true, Ordering::Relaxed);
                shared.beat();
                let failure = publish(&shared, connection, &mut waiting).await;
                shared.speaking.store(false, Ordering::Relaxed);
                match failure {
                    Some(error) => tracing::warn!(%error, "other nodes are not told"),
                    None => return,
                }
            }
            Err(error) => tracing::debug!(%error, "no connection to publish on"),
        }
        discard(&shared, &mut waiting);
        sleep(PAUSE).await;
    }
}

async fn connect(shared: &Shared) -> Result<MultiplexedConnection, RedisError> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
    shared.redis.client().get_multiplexed_async_connection_with_config(&config).await
}

/// Gives why it stopped; none where the queue is closed.
async fn publish(shared: &Shared, mut connection: MultiplexedConnection, waiting: &mut Waiting) -> Option<RedisError> {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if waiting.recv_many(&mut batch, BATCH).await == 0 {
            return None;
        }
        let mut commands = Pipeline::with_capacity(batch.len());
        for (channel, message) in &batch {
            commands.cmd("PUBLISH").arg(shared.channel_name(*channel)).arg(message.as_ref()).ignore();
        }
        if let Err(error) = commands.query_async::<()>(&mut connection).await {
            // Some of them may have arrived: a repeat is left out by seq.
            shared.lose(batch.len());
            return Some(error);
        }
        metrics::counter!("studyhall_fanout_published_total").increment(batch.len() as u64);
        batch.clear();
    }
}

fn discard(shared: &Shared, waiting: &mut Waiting) {
    let mut discarded = 0;
    while waiting.try_recv().is_ok() {
        discarded += 1;
    }
    if discarded > 0 {
        shared.lose(discarded);
    }
}
