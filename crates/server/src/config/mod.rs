//! Configuration: flags, then `STUDYHALL_*`, then a TOML file, then defaults. One struct per concern; a key that is
//! not known is an error that names it.

mod clustered;
mod error;
mod layers;
mod text;

use std::{
    ffi::OsString,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

pub use clustered::Clustered;
pub use error::ConfigError;
pub use layers::Flags;
use layers::Raw;
use secrecy::{ExposeSecret, SecretString};
use studyhall_domain::sessions::Registration;
use text::Text;

/// Everything that an instance is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    pub mode: Mode,
    pub data_dir: PathBuf,
    pub http: Http,
    pub accounts: Accounts,
    pub log: Log,
    /// What was said and has no effect in this version, for a warning at start.
    pub ignored: Vec<&'static str>,
}

/// Which engines stand behind the ports.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Everything in this process and the data directory.
    Embedded,
    /// One of several nodes, on engines that run elsewhere. Nothing is kept in this process's data directory.
    Clustered(Box<Clustered>),
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Clustered(_) => "clustered",
        })
    }
}

/// How the instance is reached.
#[derive(Clone, Debug)]
pub struct Http {
    /// `address:port`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Under which address people know it, without a slash at the end.
    pub public_url: Option<String>,
    /// Proxies whose forwarding headers are believed: addresses or networks.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub metrics_token: Option<SecretString>,
    /// A folder with the web client, instead of the one in the binary.
    pub web_dir: Option<PathBuf>,
}

/// Who gets in.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub registration: Registration,
    /// The first signs, all verify. Empty: the one in the data directory.
    pub secrets: Vec<SecretString>,
    /// Off for load tests only.
    pub rate_limits: bool,
}

/// What is written to standard error.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Directives such as `info,studyhall_store_sql=debug`, with an optional `json:` or `text:` in front.
    pub directives: Option<String>,
}

impl Config {
    /// Reads every layer, flags above environment above file above defaults.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_layers(flags, std::env::vars_os())
    }

    /// Like [`load`](Self::load), with another environment than the process's.
    pub fn from_layers(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        Self::from_raw(layers::read(flags, environment)?, flags)
    }

    fn from_raw(raw: Raw, flags: &Flags) -> Result<Self, ConfigError> {
        let mode = mode(&raw)?;
        let ignored = raw.not_yet().iter().filter(|(_, value)| value.is_some()).map(|(key, _)| *key).collect();
        Ok(Self {
            mode,
            data_dir: raw.data_dir.map_or_else(|| PathBuf::from("data"), |dir| PathBuf::from(dir.0)),
            http: Http {
                listen: parse_or("listen", raw.listen.as_ref(), SocketAddr::from(([127, 0, 0, 1], 8000)))?,
                public_url: raw.public_url.map(|url| public_url(&url.0)).transpose()?,
                trusted_proxies: raw.trusted_proxies.map_or_else(|| Ok(Vec::new()), |list| proxies(&list.0))?,
                metrics_token: raw.metrics_token.map(|token| secret("metrics_token", token)).transpose()?,
                web_dir: flags.web_dir.clone(),
            },
            accounts: Accounts {
                registration: registration(raw.registration.as_ref())?,
                secrets: raw.secret.map(|list| secrets(&list)).unwrap_or_default(),
                rate_limits: on("rate_limits", raw.rate_limits.as_ref())?,
            },
            log: Log { directives: raw.log.map(|text| text.0) },
            ignored,
        })
    }
}

fn mode(raw: &Raw) -> Result<Mode, ConfigError> {
    match raw.mode.as_ref().map(|text| text.0.trim()) {
        None | Some("embedded") => Clustered::refuse(raw).map(|()| Mode::Embedded),
        Some("clustered") => Ok(Mode::Clustered(Box::new(Clustered::from_raw(raw)?))),
        Some(_) => Err(ConfigError::value("mode", "is embedded or clustered")),
    }
}

fn parse_or<T: FromStr<Err: fmt::Display>>(
    key: &'static str,
    text: Option<&Text>,
    default: T,
) -> Result<T, ConfigError> {
    text.map_or(Ok(default), |text| text.0.trim().parse().map_err(|error| ConfigError::value(key, error)))
}

fn public_url(text: &str) -> Result<String, ConfigError> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' '])) {
        Ok(url.to_owned())
    } else {
        Err(ConfigError::value("public_url", "is an address such as https://study.example.org, without a path"))
    }
}

fn proxies(list: &str) -> Result<Vec<ipnet::IpNet>, ConfigError> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty() && *entry != "none");
    let parse = |entry: &str| entry.parse().or_else(|_| entry.parse::<IpAddr>().map(Into::into));
    let nets = entries.map(|entry| parse(entry).map_err(|_| format!("{entry} is neither an address nor a network")));
    nets.collect::<Result<_, _>>().map_err(|error| ConfigError::value("trusted_proxies", error))
}

fn secret(key: &'static str, text: Text) -> Result<SecretString, ConfigError> {
    if text.0.is_empty() { Err(ConfigError::value(key, "is empty")) } else { Ok(text.0.into()) }
}

/// Whether they are long enough, the key ring says.
fn secrets(list: &SecretString) -> Vec<SecretString> {
    list.expose_secret().split(',').map(|secret| secret.trim().to_owned().into()).collect()
}

fn registration(text: Option<&Text>) -> Result<Registration, ConfigError> {
    match text.map(|text| text.0.as_str()) {
        None | Some("open") => Ok(Registration::Open),
        Some("invite") => Ok(Registration::Invite),
        Some("closed") => Ok(Registration::Closed),
        Some(other) => Err(ConfigError::value("registration", format!("is open, invite or closed, not {other:?}"))),
    }
}

fn on(key: &'static str, text: Option<&Text>) -> Result<bool, ConfigError> {
    match text.map(|text| text.0.as_str()) {
        None | Some("on" | "true") => Ok(true),
        Some("off" | "false") => Ok(false),
        Some(other) => Err(ConfigError::value(key, format!("is on or off, not {other:?}"))),
    }
}

#[cfg(test)]
mod tests;
