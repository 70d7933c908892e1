//! One of several nodes: relational data on PostgreSQL, history on MongoDB, everything live on Redis, tasks through RabbitMQ,
//! files in S3. Nothing is kept on this machine.

use std::sync::Arc;

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use studyhall_adapters::{
    blobs::S3Blobs,
    fanout::RedisFanout,
    limits::{LocalLimiter, RedisLimiter},
    presence::RedisPresence,
    redis::Redis,
    tasks::{Outcomes, RabbitQueue},
};
use studyhall_domain::{auth::KeyRing, ports::RateLimiter};
use studyhall_store_mongo::{Mongo, MongoLog, MongoSearch};
use studyhall_store_sql::SqlStore;

use super::{History, Outside};
use crate::config::{Clustered, Config};

pub async fn outside(config: &Config, engines: &Clustered) -> Result<Outside> {
    let keys = KeyRing::from_secrets(&config.accounts.secrets).context("STUDYHALL_SECRET")?;
    let store = Arc::new(database(engines).await?);
    let blobs = Arc::new(files(engines).await?);
    let redis = Redis::open(&engines.redis()).context("STUDYHALL_REDIS_URL")?;
    let fanout = Arc::new(RedisFanout::start(redis.clone()));
    let presence = Arc::new(RedisPresence::start(redis.clone(), fanout.clone()));
    let limiter: Arc<dyn RateLimiter> = if config.accounts.rate_limits {
        Arc::new(RedisLimiter::new(redis.clone()))
    } else {
        Arc::new(LocalLimiter::off())
    };
    let queue =
        RabbitQueue::open(&engines.rabbitmq(), store.clone(), Outcomes::new(redis)).context("STUDYHALL_AMQP_URL")?;
    let queue = Arc::new(queue);
    Ok(Outside {
        keys,
        health: vec![store.clone(), fanout.clone(), queue.clone(), blobs.clone()],
        store,
        blobs,
        queue,
        fanout,
        presence,
        limiter,
    })
}

pub async fn history(engines: &Clustered) -> Result<History> {
    let log = log(engines).await?;
    Ok(History::Clustered { search: MongoSearch::open(log.clone()), log })
}

pub async fn log(engines: &Clustered) -> Result<MongoLog> {
    let mongo = Mongo::connect(engines.mongodb_url.expose_secret()).await.context("STUDYHALL_MONGODB_URL")?;
    Ok(MongoLog::open(mongo))
}

/// The relational database, with the schema of this version.
pub async fn database(engines: &Clustered) -> Result<SqlStore> {
    let failed = "STUDYHALL_DATABASE_URL";
    let store = SqlStore::open(&engines.database()).context(failed)?;
    store.migrate().await.context(failed)?;
    Ok(store)
}

/// The bucket, made where it is not there.
pub async fn files(engines: &Clustered) -> Result<S3Blobs> {
    let s3 = &engines.s3;
    let blobs = S3Blobs::open(&s3.config()).context("STUDYHALL_S3_ENDPOINT")?;
    blobs.prepare().await.with_context(|| format!("cannot use the bucket {} (STUDYHALL_S3_BUCKET)", s3.bucket))?;
    Ok(blobs)
}
