//! The layers, merged by figment: a file below the environment below the flags.

use std::{ffi::OsString, path::PathBuf};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::{ConfigError, text::Text};
use crate::cli::{Common, Serve};

const PREFIX: &str = "STUDYHALL_";
/// Variables that the test suite passes around; they configure no server.
const TEST_PREFIX: &str = "STUDYHALL_TEST_";

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    pub mode: Option<String>,
    pub listen: Option<String>,
    pub web_dir: Option<PathBuf>,
}

impl Flags {
    pub fn new(common: &Common, serve: &Serve) -> Self {
        Self {
            config: common.config.clone(),
            data_dir: common.data_dir.clone(),
            mode: common.mode.clone(),
            listen: serve.listen.clone(),
            web_dir: serve.web_dir.clone(),
        }
    }
}

/// Every key that there is, not yet understood.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub listen: Option<Text>,
    pub data_dir: Option<Text>,
    pub mode: Option<Text>,
    pub public_url: Option<Text>,
    pub trusted_proxies: Option<Text>,
    pub metrics_token: Option<Text>,
    pub registration: Option<Text>,
    #[serde(deserialize_with = "hidden")]
    pub secret: Option<SecretString>,
    pub rate_limits: Option<Text>,
    pub log: Option<Text>,
    smtp_url: Option<Text>,
    max_upload: Option<Text>,
    quota: Option<Text>,
    pub database_url: Option<Text>,
    pub mongodb_url: Option<Text>,
    pub redis_url: Option<Text>,
    pub amqp_url: Option<Text>,
    pub s3_endpoint: Option<Text>,
    pub s3_bucket: Option<Text>,
    pub s3_region: Option<Text>,
    pub s3_access_key: Option<Text>,
    pub s3_secret_key: Option<Text>,
}

impl Raw {
    /// What comes with mail and files.
    pub fn not_yet(&self) -> [(&'static str, &Option<Text>); 3] {
        [("smtp_url", &self.smtp_url), ("max_upload", &self.max_upload), ("quota", &self.quota)]
    }
}

fn hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0.into()))
}

/// Merges the layers. `environment` is the process's, or a test's.
pub(super) fn read(
    flags: &Flags,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Raw, ConfigError> {
    let mut figment = Figment::new();
    if let Some(file) = &flags.config {
        if !file.is_file() {
            return Err(ConfigError::other(format!("there is no configuration file {}", file.display())));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    let texts = [("mode", flags.mode.clone()), ("listen", flags.listen.clone())];
    let data_dir = flags.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned());
    let texts = texts.into_iter().chain([("data_dir", data_dir)]);
    let flags = texts.filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?))));
    let figment = figment
        .merge(Layer { name: "variable", values: variables(environment)? })
        .merge(Layer { name: "flag", values: flags.collect() });
    figment.extract().map_err(|error| describe(&error))
}

/// `STUDYHALL_*`, as texts: a token of digits is not a number.
fn variables(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Dict, ConfigError> {
    let mut values = Dict::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX)) else {
            continue;
        };
        let value = value.to_str().ok_or_else(|| ConfigError::other(format!("{name} is not Unicode")))?;
        values.insert(name[PREFIX.len()..].to_lowercase(), Value::from(value));
    }
    Ok(values)
}

/// One layer, with the name by which an error calls it.
struct Layer {
    name: &'static str,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

fn describe(error: &Error) -> ConfigError {
    let layer = error.metadata.as_ref().map_or("", |metadata| &*metadata.name);
    match &error.kind {
        Kind::UnknownField(key, known) if layer == "variable" => {
            let known: Vec<String> = known.iter().map(|key| format!("{PREFIX}{}", key.to_uppercase())).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            ConfigError::unknown(&format!("{PREFIX}{}", key.to_uppercase()), "variable", &known)
        }
        Kind::UnknownField(key, known) => ConfigError::unknown(key, "key", known),
        _ => ConfigError::other(error),
    }
}
