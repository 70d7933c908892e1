//! A copy in Redis of how tasks ended, for whoever watches there. The table has the truth.

use studyhall_domain::{
    now,
    ports::{Ending, Task},
};

use crate::redis::Redis;

/// Seconds that a copy is kept.
const KEEP_S: u64 = 7 * 24 * 3_600;

/// Writes to `task:ID`: a hash of `kind`, `state` (`done`, `queued` for another try, `dead`), `attempts`, `error`, `at`.
#[derive(Clone, Debug)]
pub struct Outcomes {
    redis: Redis,
}

impl Outcomes {
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// What cannot be copied now is not copied.
    pub(super) async fn copy(&self, task: &Task, ending: &Ending) {
        let (state, error) = match ending {
            Ending::Done | Ending::Again { error: None, .. } => ("done", ""),
            Ending::Again { error: Some(error), .. } => ("queued", error.as_str()),
            Ending::Dead { error } => ("dead", error.as_str()),
        };
        let key = self.redis.key(format_args!("task:{}", task.id));
        let mut copy = redis::pipe();
        copy.cmd("HSET").arg(&key).arg("kind").arg(&task.kind).arg("state").arg(state);
        copy.arg("attempts").arg(task.attempts).arg("error").arg(error).arg("at").arg(now().to_string()).ignore();
        copy.cmd("EXPIRE").arg(&key).arg(KEEP_S).ignore();
        if let Err(error) = self.redis.run_all::<()>(copy).await {
            tracing::debug!(%error, task.id = %task.id, "an ending was not copied");
        }
    }
}
