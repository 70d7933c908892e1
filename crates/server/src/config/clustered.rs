//! The addresses of the engines that clustered mode runs on: all of them, or none. There is no key for half a cluster.

use secrecy::{ExposeSecret, SecretString};
use studyhall_adapters::{blobs::S3Config, redis::RedisConfig, tasks::RabbitConfig};
use studyhall_store_sql::DatabaseUrl;

use super::{ConfigError, layers::Raw, text::Text};

/// Where each engine is. Addresses carry passwords.
#[derive(Clone, Debug)]
pub struct Clustered {
    /// `postgres://user:password@host/database`, with libpq's `sslmode` and `sslrootcert`.
    pub database_url: SecretString,
    /// `mongodb://…/database`.
    pub mongodb_url: SecretString,
    /// `redis://…` or, with TLS, `rediss://…`.
    pub redis_url: SecretString,
    /// `amqp://…` or, with TLS, `amqps://…`.
    pub amqp_url: SecretString,
    pub s3: S3,
}

/// The bucket for files.
#[derive(Clone, Debug)]
pub struct S3 {
    /// `https://host[:port]`.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: SecretString,
    pub secret_key: SecretString,
}

impl Clustered {
    /// What opens the names of keys, channels and queues, so that several instances can share Redis and RabbitMQ: the
    /// name of the PostgreSQL database, which they cannot share.
    pub fn prefix(&self) -> String {
        let url = self.database_url.expose_secret();
        let path = url.split_once("://").map_or(url, |(_, rest)| rest).split('?').next().unwrap_or_default();
        let name = path.split_once('/').map_or("", |(_, name)| name);
        if name.is_empty() { "studyhall".to_owned() } else { name.to_owned() }
    }

    pub fn database(&self) -> DatabaseUrl {
        DatabaseUrl::Postgres(self.database_url.expose_secret().to_owned())
    }

    pub fn redis(&self) -> RedisConfig {
        RedisConfig { url: self.redis_url.clone(), prefix: self.prefix() }
    }

    pub fn rabbitmq(&self) -> RabbitConfig {
        RabbitConfig { url: self.amqp_url.clone(), prefix: self.prefix() }
    }
}

impl S3 {
    pub fn config(&self) -> S3Config {
        S3Config {
            endpoint: self.endpoint.clone(),
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
            path_style: self.is_path_style(),
        }
    }

    /// `endpoint/bucket/key` rather than `bucket.endpoint/key`, which only AWS insists on.
    pub fn is_path_style(&self) -> bool {
        let host = self.endpoint.split("://").last().and_then(|rest| rest.split(['/', ':']).next());
        !host.is_some_and(|host| host.ends_with(".amazonaws.com"))
    }
}

/// A key, and how its value begins.
type Need = (&'static str, &'static [&'static str]);

const DATABASE: Need = ("database_url", &["postgres://", "postgresql://"]);
const MONGODB: Need = ("mongodb_url", &["mongodb://", "mongodb+srv://"]);
const REDIS: Need = ("redis_url", &["redis://", "rediss://"]);
const AMQP: Need = ("amqp_url", &["amqp://", "amqps://"]);
const ENDPOINT: Need = ("s3_endpoint", &["https://", "http://"]);
const REGION: &str = "us-east-1";

impl Clustered {
    /// Takes the keys; an error names the first that is missing or cannot be right.
    pub(super) fn from_raw(raw: &Raw) -> Result<Self, ConfigError> {
        if raw.secret.is_none() {
            return Err(ConfigError::value(
                "secret",
                "clustered mode needs one, the same on every node; openssl rand -hex 32 makes one",
            ));
        }
        Ok(Self {
            database_url: url(DATABASE, raw.database_url.as_ref())?.into(),
            mongodb_url: url(MONGODB, raw.mongodb_url.as_ref())?.into(),
            redis_url: url(REDIS, raw.redis_url.as_ref())?.into(),
            amqp_url: url(AMQP, raw.amqp_url.as_ref())?.into(),
            s3: S3 {
                endpoint: url(ENDPOINT, raw.s3_endpoint.as_ref())?,
                bucket: needed("s3_bucket", raw.s3_bucket.as_ref())?,
                region: raw.s3_region.as_ref().map_or_else(|| REGION.to_owned(), |region| region.0.clone()),
                access_key: needed("s3_access_key", raw.s3_access_key.as_ref())?.into(),
                secret_key: needed("s3_secret_key", raw.s3_secret_key.as_ref())?.into(),
            },
        })
    }

    /// In embedded mode any of them is a mistake.
    pub(super) fn refuse(raw: &Raw) -> Result<(), ConfigError> {
        let keys = [
            ("database_url", &raw.database_url),
            ("mongodb_url", &raw.mongodb_url),
            ("redis_url", &raw.redis_url),
            ("amqp_url", &raw.amqp_url),
            ("s3_endpoint", &raw.s3_endpoint),
            ("s3_bucket", &raw.s3_bucket),
            ("s3_region", &raw.s3_region),
            ("s3_access_key", &raw.s3_access_key),
            ("s3_secret_key", &raw.s3_secret_key),
        ];
        match keys.iter().find(|(_, value)| value.is_some()) {
            Some((key, _)) => {
                Err(ConfigError::value(key, "belongs to clustered mode: say mode = \"clustered\", or leave it out"))
            }
            None => Ok(()),
        }
    }
}

fn needed(key: &'static str, value: Option<&Text>) -> Result<String, ConfigError> {
    let value = value.map(|text| text.0.trim()).filter(|text| !text.is_empty());
    value.map(str::to_owned).ok_or_else(|| ConfigError::value(key, "clustered mode needs it"))
}

/// The value is not shown: it may be a password that stands in the wrong place.
fn url((key, schemes): Need, value: Option<&Text>) -> Result<String, ConfigError> {
    let missing = || ConfigError::value(key, format!("clustered mode needs it: {}…", schemes[0]));
    let url = needed(key, value).map_err(|_| missing())?;
    if schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Ok(url);
    }
    Err(ConfigError::value(key, format!("is an address that begins with {}", schemes.join(" or "))))
}
