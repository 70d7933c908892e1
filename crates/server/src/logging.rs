//! Logs go to standard error: for people where that is a terminal, else as JSON.

use std::io::{IsTerminal, stderr};

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::Log;

/// What is logged where nothing else is said.
const DEFAULT: &str = "info,actix_server=warn";

/// Starts logging. `STUDYHALL_LOG` is a filter such as `info,studyhall_store_sql=debug`, or `json:…` or `text:…` with
/// one, to choose the form as well.
pub fn start(log: &Log) -> Result<()> {
    let given = log.directives.as_deref().unwrap_or_default();
    let (form, directives) = match given.split_once(':') {
        Some((form @ ("json" | "text"), directives)) => (form, directives),
        _ if given == "json" || given == "text" => (given, ""),
        _ => (if stderr().is_terminal() { "text" } else { "json" }, given),
    };
    let directives = if directives.is_empty() { DEFAULT } else { directives };
    let filter = EnvFilter::try_new(directives).with_context(|| format!("log (STUDYHALL_LOG): {directives:?}"))?;
    let builder = fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    let started = if form == "json" {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        builder.with_target(false).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging has started already: {error}"))
}
