//! One node's way to Redis, which fan-out, presence and rate limits share.
//!
//! Redis is a hint here, never the truth: whoever asks it has something to fall back on, and must not wait for it. So
//! every command has a short patience, and after a failure nobody asks for a moment.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use redis::{
    Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline, ProtocolVersion, RedisError, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use studyhall_domain::{Error, Result, ports::Health};
use tokio::{runtime::Handle, time::timeout};

/// As it is called in `/readyz`.
pub(crate) const DEPENDENCY: &str = "redis";

/// How long a command may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long nobody asks after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// What it takes to reach Redis.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/db]`, or `rediss://…` for TLS by rustls, whose provider the process has
    /// installed. Redis 7 or later.
    pub url: SecretString,
    /// Opens every key and channel, so that several instances can share one Redis. Pub/sub knows no databases.
    pub prefix: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    commands: ConnectionManager,
    prefix: String,
    /// Nobody asks before this.
    paused_until: Mutex<Option<Instant>>,
    /// Where connections live, whichever thread asks.
    runtime: Handle,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

impl Redis {
    /// Begins to connect, and goes on trying for as long as it is there. Must be called in a tokio runtime, on which
    /// the connections live.
    ///
    /// # Errors
    /// `Internal` for a URL that cannot be understood; the message does not show it.
    pub fn open(config: &RedisConfig) -> Result<Self> {
        let runtime = Handle::try_current().map_err(Error::internal)?;
        let unclear =
            |error: RedisError| Error::internal(format!("the URL of Redis is not valid: {}", error.category()));
        let info = config.url.expose_secret().into_connection_info().map_err(unclear)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(unclear)?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1)
            .set_pipeline_buffer_size(1_024);
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), manager).map_err(unclear)?;
        let redis = Self(Arc::new(Inner {
            client,
            commands,
            prefix: config.prefix.clone(),
            paused_until: Mutex::default(),
            runtime,
        }));
        let first = redis.clone();
        redis.0.runtime.spawn(async move { drop(first.ping().await) });
        Ok(redis)
    }

    /// The server's version.
    ///
    /// # Errors
    /// `Unavailable` where it does not answer.
    pub async fn version(&self) -> Result<String> {
        let mut info = Cmd::new();
        info.arg("INFO").arg("server");
        let info: String = self.run(info).await?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(version.map_or_else(|| "of unknown version".to_owned(), |version| version.trim().to_owned()))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// A key or a channel of this instance.
    pub(crate) fn key(&self, name: impl fmt::Display) -> String {
        format!("{}:{name}", self.0.prefix)
    }

    /// Runs one command.
    pub(crate) async fn run<T: FromRedisValue + Send + 'static>(&self, command: Cmd) -> Result<T> {
        self.ask(move |mut connection| async move { command.query_async(&mut connection).await }).await
    }

    /// Runs several commands in one round trip, not as a transaction.
    pub(crate) async fn run_all<T: FromRedisValue + Send + 'static>(&self, commands: Pipeline) -> Result<T> {
        self.ask(move |mut connection| async move { commands.query_async(&mut connection).await }).await
    }

    /// Runs a script.
    pub(crate) async fn invoke<T: FromRedisValue + Send + 'static>(
        &self,
        script: ScriptInvocation<'static>,
    ) -> Result<T> {
        self.ask(move |mut connection| async move { script.invoke_async(&mut connection).await }).await
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        self.attempt(|mut connection| async move { redis::cmd("PING").query_async(&mut connection).await }).await
    }

    async fn ask<T, F, W>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(ConnectionManager) -> W,
        W: Future<Output = Result<T, RedisError>> + Send + 'static,
    {
        if self.0.paused_until.lock().is_some_and(|until| Instant::now() < until) {
            return Err(Error::unavailable(DEPENDENCY, "it did not answer a moment ago"));
        }
        self.attempt(work).await
    }

    /// What is begun runs to its end, on the connections' own runtime.
    async fn attempt<T, F, W>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(ConnectionManager) -> W,
        W: Future<Output = Result<T, RedisError>> + Send + 'static,
    {
        let work = timeout(PATIENCE, work(self.0.commands.clone()));
        let failure = match self.0.runtime.spawn(work).await {
            Ok(Ok(Ok(value))) => {
                *self.0.paused_until.lock() = None;
                return Ok(value);
            }
            // It answered: the command is what is wrong.
            Ok(Ok(Err(error))) if !error.is_io_error() && !error.is_unrecoverable_error() && !passes(&error) => {
                return Err(Error::internal(format!("redis: {error}")));
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "no answer in time".to_owned(),
            Err(lost) => lost.to_string(),
        };
        *self.0.paused_until.lock() = Some(Instant::now() + PAUSE);
        Err(Error::unavailable(DEPENDENCY, failure))
    }
}

/// Whether it is a server's word that heals without us: loading, full, read-only, busy with a script.
fn passes(error: &RedisError) -> bool {
    matches!(
        error.code(),
        Some("LOADING" | "OOM" | "READONLY" | "MASTERDOWN" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MISCONF")
    )
}

#[async_trait]
impl Health for Redis {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        self.ping().await
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! The Redis of `STUDYHALL_TEST_REDIS_URL`, with a prefix of its own for each test.

    use super::*;
    use crate::proxy::Proxy;

    fn url() -> String {
        std::env::var("STUDYHALL_TEST_REDIS_URL").expect("STUDYHALL_TEST_REDIS_URL is set")
    }

    fn open(url: String, prefix: String) -> Redis {
        Redis::open(&RedisConfig { url: SecretString::from(url), prefix }).expect("a good URL")
    }

    pub(crate) fn redis() -> Redis {
        open(url(), format!("test-{}", studyhall_wire::SessionId::new()))
    }

    /// `host:port` of the server.
    pub(crate) fn address() -> String {
        let url = url();
        let info = url.as_str().into_connection_info().expect("a good URL");
        info.addr().to_string()
    }

    /// The same keys and channels, reached through a proxy.
    pub(crate) fn redis_through(redis: &Redis, proxy: &Proxy) -> Redis {
        open(url().replace(&address(), &proxy.address.to_string()), redis.0.prefix.clone())
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = RedisConfig { url: SecretString::from("redis://:hunter2@localhost"), prefix: "x".to_owned() };
        assert!(!format!("{config:?}").contains("hunter2"));
        let broken = RedisConfig { url: SecretString::from("http://:hunter2@localhost"), prefix: "x".to_owned() };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let error = runtime.block_on(async { Redis::open(&broken).expect_err("not a URL of Redis") });
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
