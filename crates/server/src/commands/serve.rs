//! `studyhall serve`.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use crate::{boot::Tuning, cli::Serve, config::Config, demo, server::Server};

/// Threads beside the HTTP workers: for the hub's upkeep and what drives the databases.
const THREADS: usize = 2;

/// Serves until SIGTERM or SIGINT, and then stops in order.
pub fn run(config: &Config, serve: &Serve) -> Result<ExitCode> {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().context("no threads")?;
    let outcome = runtime.block_on(until_stopped(config, serve.demo));
    // Whatever still runs has had its time.
    runtime.shutdown_background();
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn until_stopped(config: &Config, demo: bool) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    raise_file_limit();
    warn(config, demo);
    match config.http.web_dir.as_deref() {
        Some(dir) if !studyhall_api::has_client(Some(dir)) => {
            bail!("there is no web client in {} (--web-dir); cargo xtask web builds one", dir.display())
        }
        None if !studyhall_api::has_client(None) => {
            tracing::warn!("this build carries no web client; build one with cargo xtask web, then use --web-dir");
        }
        Some(_) | None => {}
    }
    let mut server = Server::start(config, Tuning::default(), demo).await?;
    announce(&server)?;
    let signal = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        error = server.failed() => return Err(error),
    };
    tracing::info!(signal, "stopping");
    server.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// The one line on standard output, for who waits for it.
fn announce(server: &Server) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "studyhall listening on http://{}", server.address())?;
    out.flush().context("standard output")
}

fn warn(config: &Config, demo: bool) {
    if demo {
        demo::warn();
    }
    if !config.accounts.rate_limits {
        tracing::warn!("rate limits are off: for load tests only");
    }
    for key in &config.ignored {
        tracing::warn!(key, "has no effect in this version");
    }
    if !config.http.listen.ip().is_loopback() && config.http.public_url.is_none() {
        tracing::warn!(listen = %config.http.listen, "open to the network without https; set public_url behind a proxy");
    }
}

/// Every socket is an open file: the soft limit goes up to the hard one.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, limit = limit.current, "the limit of open files stays as it is");
    }
}
