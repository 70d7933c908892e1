//! Rate limits that nodes share: a leaky bucket (GCRA, ITU-T I.371) for each key, kept in Redis.
//!
//! A bucket is one number, the time at which it is full again; one script looks at it and moves it, by Redis's own
//! clock. Without Redis each node limits by itself.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use redis::Script;
use sha2::{Digest, Sha256};
use studyhall_domain::{
    Error, Result, Throttled,
    ports::{Allowance, Limit, RateLimiter},
};

use super::LocalLimiter;
use crate::redis::Redis;

/// `KEYS[1]` the bucket; `ARGV` the microseconds in which one comes back, and the burst. Gives whether one was taken, the
/// microseconds to wait otherwise, and the microseconds until the bucket is full.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
        local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
        local after = full + each
        local wait = after - each * burst - now
        if wait > 0 then
            return {0, wait, full - now}
        end
        redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
        return {1, 0, after - now}
        ",
    )
});

/// Limits shared by everybody who uses the same Redis and prefix.
pub struct RedisLimiter {
    redis: Redis,
    alone: LocalLimiter,
}

impl RedisLimiter {
    /// With the rates of [`Limit::rate`].
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis, alone: LocalLimiter::new() }
    }

    /// Keys are hashed: short, and no addresses lie about in Redis.
    fn bucket(&self, limit: Limit, key: &str) -> String {
        let hash = Sha256::digest(key);
        self.redis.key(format_args!("limit:{}:{}", limit as usize, hex::encode(&hash[..12])))
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn take(&self, limit: Limit, key: &str) -> Result<Allowance> {
        let rate = limit.rate();
        let each = 60_000_000 / u64::from(rate.per_minute.max(1));
        let mut take = TAKE.prepare_invoke();
        take.key(self.bucket(limit, key)).arg(each).arg(rate.burst);
        let (taken, wait, full) = match self.redis.invoke::<(u8, u64, u64)>(take).await {
            Ok(answer) => answer,
            Err(Error::Unavailable { .. }) => return self.alone.take(limit, key).await,
            Err(error) => return Err(error),
        };
        if taken == 0 {
            let retry_after = Duration::from_micros(wait.max(1));
            return Err(Error::RateLimited(Throttled { limit: rate.burst, retry_after }));
        }
        let spent = u32::try_from(full.div_ceil(each)).unwrap_or(u32::MAX);
        let reset_s = full.div_ceil(1_000_000);
        Ok(Allowance { limit: rate.burst, remaining: rate.burst.saturating_sub(spent), reset_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits::contract, proxy::Proxy, redis::testing};

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::holds(&RedisLimiter::new(testing::redis())).await;
    }

    #[tokio::test]
    async fn nodes_share_a_limit() {
        let redis = testing::redis();
        let nodes = [RedisLimiter::new(redis.clone()), RedisLimiter::new(redis.clone())];
        let burst = Limit::Upload.rate().burst;
        for n in 0..burst {
            let allowance = nodes[n as usize % 2].take(Limit::Upload, "ada").await.expect("within the burst");
            assert_eq!(allowance.remaining, burst - 1 - n);
        }
        for node in &nodes {
            assert!(matches!(node.take(Limit::Upload, "ada").await, Err(Error::RateLimited(_))));
        }
        let mut expiry = redis::cmd("PTTL");
        expiry.arg(nodes[0].bucket(Limit::Upload, "ada"));
        let left: i64 = redis.run(expiry).await.expect("answered");
        assert!((1..=60_000).contains(&left), "a full bucket is forgotten: {left}");
    }

    #[tokio::test]
    async fn without_redis_each_node_limits_by_itself() {
        let redis = testing::redis();
        let proxy = Proxy::to(&testing::address()).await;
        let limiter = RedisLimiter::new(testing::redis_through(&redis, &proxy));
        limiter.take(Limit::Upload, "ada").await.expect("with Redis");
        for break_it in [Proxy::cut, Proxy::silence] {
            break_it(&proxy);
            let key = studyhall_wire::UserId::new().to_string();
            let begun = std::time::Instant::now();
            for _ in 0..Limit::Upload.rate().burst {
                limiter.take(Limit::Upload, &key).await.expect("within the burst");
            }
            assert!(matches!(limiter.take(Limit::Upload, &key).await, Err(Error::RateLimited(_))));
            assert!(begun.elapsed() < Duration::from_secs(3), "nobody waits long: {:?}", begun.elapsed());
            proxy.heal();
        }
        while limiter.redis.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let first = limiter.take(Limit::Upload, "eve").await.expect("with Redis again");
        let other = RedisLimiter::new(redis).take(Limit::Upload, "eve").await.expect("shared again");
        assert_eq!(other.remaining, first.remaining - 1);
    }
}
