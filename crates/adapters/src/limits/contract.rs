//! What holds for every rate limiter.

use std::time::Duration;

use studyhall_domain::{
    Error, Throttled,
    ports::{Limit, RateLimiter},
};

pub(super) async fn holds(limiter: &dyn RateLimiter) {
    for limit in Limit::ALL {
        let rate = limit.rate();
        let each = Duration::from_mins(1) / rate.per_minute;
        let first = limiter.take(limit, "ada").await.expect("the first one of a burst");
        assert_eq!(first.limit, rate.burst);
        assert_eq!(first.remaining, rate.burst - 1);
        assert!(first.reset_s >= 1, "{first:?}");
        let mut taken = 1;
        let refusal = loop {
            match limiter.take(limit, "ada").await {
                Ok(allowance) => {
                    taken += 1;
                    assert!(allowance.remaining < rate.burst);
                    assert!(taken < 2 * rate.burst, "{limit:?} never refuses");
                }
                Err(refusal) => break refusal,
            }
        };
        // What comes back while the burst is being spent may be spent, too.
        assert!((rate.burst..=rate.burst + rate.burst / 4 + 1).contains(&taken), "{limit:?}: {taken}");
        let Error::RateLimited(Throttled { limit: burst, retry_after }) = refusal else { panic!("{refusal}") };
        assert_eq!(burst, rate.burst);
        assert!(retry_after > Duration::ZERO && retry_after <= each, "{retry_after:?}");
        assert!(limiter.take(limit, "bob").await.is_ok(), "each key has its own");
    }
    let refused = loop {
        match limiter.take(Limit::Request, "ada").await {
            // It came back since then.
            Ok(_) => {}
            Err(Error::RateLimited(refused)) => break refused,
            Err(error) => panic!("{error}"),
        }
    };
    tokio::time::sleep(refused.retry_after + Duration::from_millis(5)).await;
    assert!(limiter.take(Limit::Request, "ada").await.is_ok(), "waiting as told is enough");
}
