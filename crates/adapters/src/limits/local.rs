//! Rate limits within one process: a leaky bucket (GCRA, ITU-T I.371) for each key.

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use governor::{
    NotUntil, Quota, RateLimiter as Governor,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use studyhall_domain::{
    Error, Result, Throttled,
    ports::{Allowance, Limit, Rate, RateLimiter},
};

/// Keys are hashed with a random seed: short in memory, whatever a client calls itself, and not to be made to collide.
type Keyed = Governor<u64, DashMapStateStore<u64>, MonotonicClock, StateInformationMiddleware>;

/// Keys that may gather before full buckets, which say nothing, are looked for.
const SWEEP_AT: usize = 1_024;

/// One limiter for each [`Limit`]; none where limits are off.
pub struct LocalLimiter {
    buckets: Option<[Buckets; Limit::ALL.len()]>,
    seed: RandomState,
}

struct Buckets {
    keyed: Keyed,
    /// Seconds in which one comes back.
    each_s: f64,
    /// Takes until the next sweep.
    until_sweep: AtomicUsize,
}

impl LocalLimiter {
    /// With the rates of [`Limit::rate`].
    #[must_use]
    pub fn new() -> Self {
        Self { buckets: Some(Limit::ALL.map(|limit| Buckets::new(limit.rate()))), seed: RandomState::new() }
    }

    /// Limits nothing, for load tests.
    #[must_use]
    pub fn off() -> Self {
        Self { buckets: None, seed: RandomState::new() }
    }
}

impl Default for LocalLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(at_least_one(rate.per_minute)).allow_burst(at_least_one(rate.burst));
        Self {
            keyed: Governor::dashmap_with_clock(quota, MonotonicClock).with_middleware(),
            each_s: quota.replenish_interval().as_secs_f64(),
            until_sweep: AtomicUsize::new(SWEEP_AT),
        }
    }

    /// Forgets full buckets, once as many keys were taken as there are: each take pays for one.
    fn sweep_sometimes(&self) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.keyed.retain_recent();
            self.until_sweep.store(self.keyed.len().max(SWEEP_AT), Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl RateLimiter for LocalLimiter {
    async fn take(&self, limit: Limit, key: &str) -> Result<Allowance> {
        let burst = limit.rate().burst;
        let Some(buckets) = &self.buckets else {
            return Ok(Allowance { limit: burst, remaining: burst, reset_s: 0 });
        };
        let buckets = &buckets[limit as usize];
        buckets.sweep_sometimes();
        match buckets.keyed.check_key(&self.seed.hash_one(key)) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let spent = f64::from(burst.saturating_sub(remaining));
                let reset = Duration::from_secs_f64(spent * buckets.each_s);
                Ok(Allowance { limit: burst, remaining, reset_s: whole_seconds(reset) })
            }
            Err(refusal) => Err(throttled(burst, &refusal)),
        }
    }
}

fn throttled(limit: u32, refusal: &NotUntil<<MonotonicClock as Clock>::Instant>) -> Error {
    Error::RateLimited(Throttled { limit, retry_after: refusal.wait_time_from(MonotonicClock.now()) })
}

/// Rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::contract;

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::holds(&LocalLimiter::new()).await;
    }

    #[tokio::test]
    async fn off_is_off() {
        let limiter = LocalLimiter::off();
        for _ in 0..1_000 {
            assert!(limiter.take(Limit::Upload, "ada").await.is_ok());
        }
    }

    #[test]
    fn each_limit_finds_its_own_buckets() {
        for (place, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, place);
        }
    }

    #[tokio::test]
    async fn keys_that_say_nothing_any_more_are_forgotten() {
        let limiter = LocalLimiter::new();
        let Some(buckets) = &limiter.buckets else { panic!("limits are on") };
        let requests = &buckets[Limit::Request as usize];
        // One comes back in 50 ms: these buckets are full again soon.
        for n in 0..SWEEP_AT - 1 {
            limiter.take(Limit::Request, &n.to_string()).await.expect("the first of its key");
        }
        assert_eq!(requests.keyed.len(), SWEEP_AT - 1);
        tokio::time::sleep(Duration::from_millis(120)).await;
        limiter.take(Limit::Request, "one more").await.expect("the first of its key");
        assert_eq!(requests.keyed.len(), 1);
    }
}
