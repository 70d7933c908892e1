//! Forgetting what is of no use to anybody any more.

use std::time::Duration;

use studyhall_wire::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Sessions;
use crate::{Result, now};

/// How long after the start, which has enough to do, and how often from then on.
const FIRST: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(6);
/// How long spent tokens, ended sessions and revocations are kept: as long as a session may stay unused, so that a
/// stolen token is recognised for as long as it could have been good.
const KEEP_MS: i64 = 30 * 24 * 3_600_000;

impl Sessions {
    /// Prunes every few hours. Runs until it is dropped; what fails is tried again.
    pub async fn tidy(&self) {
        let mut turn = interval_at(Instant::now() + FIRST, EVERY);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turn.tick().await;
            if let Err(error) = self.prune().await {
                tracing::warn!(%error, "old sessions could not be pruned");
            }
        }
    }

    async fn prune(&self) -> Result<()> {
        let before = Timestamp::from_millis(now().as_millis() - KEEP_MS);
        self.parts().sessions.prune_sessions(before).await
    }
}
