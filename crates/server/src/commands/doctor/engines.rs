//! The engines of clustered mode: whether each answers, how quickly, which version it is, and whether it lets us do what a
//! node does. What a first start would make is made.

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::Rng;
use secrecy::ExposeSecret;
use studyhall_adapters::{
    blobs::S3Blobs,
    redis::Redis,
    tasks::{Outcomes, RabbitQueue},
};
use studyhall_domain::{
    Result,
    ports::{BlobStore as _, Health},
};
use studyhall_store_mongo::{Mongo, MongoLog};
use studyhall_store_sql::SqlStore;

use super::Finding::{self, Fail, Fine, Warn};
use crate::config::Clustered;

/// Above this, every message waits noticeably.
const SLOW: Duration = Duration::from_millis(20);
/// The oldest PostgreSQL that its project still mends.
const POSTGRES_OLDEST: i32 = 130_000;
/// Connections that a node may open.
const POSTGRES_CONNECTIONS: i32 = 16;

pub async fn check(engines: &Clustered) -> Vec<(&'static str, Finding)> {
    let (database, mongodb, redis, rabbitmq, s3) =
        tokio::join!(database(engines), mongodb(engines), redis(engines), rabbitmq(engines), s3(engines));
    vec![("database", database), ("mongodb", mongodb), ("redis", redis), ("rabbitmq", rabbitmq), ("s3", s3)]
}

fn fail(error: impl Display, advice: &str) -> Finding {
    Fail(format!("{error}; {advice}"))
}

/// How long one question takes, once there is a connection.
async fn latency(engine: &dyn Health) -> Result<Duration> {
    engine.check().await?;
    let start = Instant::now();
    engine.check().await?;
    Ok(start.elapsed())
}

fn with_latency(about: &str, latency: Duration) -> Finding {
    let text = format!("{about}, answers in {:.1} ms", latency.as_secs_f64() * 1e3);
    if latency > SLOW { Warn(format!("{text}: put it nearer to the nodes")) } else { Fine(text) }
}

async fn database(engines: &Clustered) -> Finding {
    const ADVICE: &str = "look at STUDYHALL_DATABASE_URL, and whether pg_hba.conf lets this machine in";
    let store = match SqlStore::open(&engines.database()) {
        Ok(store) => store,
        Err(error) => return fail(error, ADVICE),
    };
    let found = match store.examine().await {
        Ok(found) => found,
        Err(error) => return fail(error, ADVICE),
    };
    let about = format!("PostgreSQL {}", found.version);
    if found.is_replica {
        return Fail(format!("{about} is a replica, which cannot be written to: name the primary"));
    }
    if !found.may_create {
        return Fail(format!("{about}: this account may not make tables: GRANT CREATE ON SCHEMA public TO it"));
    }
    if found.version_number < POSTGRES_OLDEST {
        return Warn(format!("{about} is older than what its project mends: upgrade to 13 or later"));
    }
    if found.max_connections < POSTGRES_CONNECTIONS + 5 {
        return Warn(format!("{about}: max_connections is {}; a node may take 16", found.max_connections));
    }
    if !found.is_durable {
        return Warn(format!("{about}: fsync or synchronous_commit is off, so a power cut loses what was promised"));
    }
    let encrypted = if found.is_encrypted { ", encrypted" } else { ", not encrypted" };
    latency(&store).await.map_or_else(|error| fail(error, ADVICE), |time| with_latency(&(about + encrypted), time))
}

async fn mongodb(engines: &Clustered) -> Finding {
    const ADVICE: &str = "look at STUDYHALL_MONGODB_URL; the account needs readWrite on the database";
    let asked = async {
        let mongo = Mongo::connect(engines.mongodb_url.expose_secret()).await?;
        let (version, set) = (mongo.version().await?, mongo.replica_set().await?);
        Ok::<_, studyhall_domain::Error>((version, set, latency(&MongoLog::open(mongo)).await?))
    };
    match asked.await {
        Err(error) => fail(error, ADVICE),
        Ok((version, None, _)) => Warn(format!(
            "MongoDB {version} is a single server: nothing takes over when it stops; three members of a replica set do"
        )),
        Ok((version, Some(set), time)) => with_latency(&format!("MongoDB {version}, replica set {set}"), time),
    }
}

async fn redis(engines: &Clustered) -> Finding {
    const ADVICE: &str = "look at STUDYHALL_REDIS_URL; chat goes on without it, slower between nodes";
    let asked = async {
        let redis = Redis::open(&engines.redis())?;
        let version = redis.version().await?;
        Ok::<_, studyhall_domain::Error>((version, latency(&redis).await?))
    };
    match asked.await {
        Err(error) => fail(error, ADVICE),
        Ok((version, time)) => match version.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
            Some(..7) => Fail(format!("Redis {version} is too old: version 7 or later")),
            _ => with_latency(&format!("Redis {version}"), time),
        },
    }
}

async fn rabbitmq(engines: &Clustered) -> Finding {
    const ADVICE: &str = "look at STUDYHALL_AMQP_URL; the account needs configure, write and read on its vhost, and \
                          quorum queues need RabbitMQ 3.10";
    let asked = async {
        let redis = Redis::open(&engines.redis())?;
        let store = Arc::new(SqlStore::open(&engines.database())?);
        let queue = RabbitQueue::open(&engines.rabbitmq(), store, Outcomes::new(redis))?;
        queue.examine().await
    };
    match asked.await {
        Err(error) => fail(error, ADVICE),
        Ok(time) => with_latency("RabbitMQ, queues declared", time),
    }
}

/// Writes something, reads it and deletes it.
async fn s3(engines: &Clustered) -> Finding {
    const ADVICE: &str =
        "look at STUDYHALL_S3_*; the keys need to list the bucket, and to read, write and delete in it";
    let s3 = &engines.s3;
    // Never the content of anybody's file.
    let probe = rand::rng().random::<[u8; 32]>();
    let asked = async {
        let blobs = S3Blobs::open(&s3.config())?;
        blobs.prepare().await?;
        let id = blobs.put(probe.to_vec().into()).await?;
        let read = blobs.get(&id).await?;
        blobs.delete(&id).await?;
        Ok::<_, studyhall_domain::Error>((read, latency(&blobs).await?))
    };
    match asked.await {
        Err(error) => fail(error, ADVICE),
        Ok((Some(read), time)) if *read == probe => with_latency(&format!("bucket {}", s3.bucket), time),
        Ok(_) => Fail(format!("bucket {}: what was written could not be read", s3.bucket)),
    }
}
