//! A running server: what listens, what goes on beside requests, and how it all ends.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle, web::Data};
use anyhow::{Context, Result, anyhow};
use studyhall_api::{Api, Settings, telemetry};
use studyhall_realtime::{Hub, HubOptions, HubReceiver};
use tokio::{task::JoinHandle, time};

use crate::{
    boot::{self, Services, Tuning},
    config::Config,
    data_dir::Lock,
    demo,
};

/// How long requests may take to finish once the server stops: below the 10 s after which it must be gone.
const GRACE: Duration = Duration::from_secs(7);
/// How long writing may take after that.
const WRITING: Duration = Duration::from_secs(2);
/// Nothing has been in flight for this long: whoever is connected only keeps the connection warm.
const QUIET: Duration = Duration::from_millis(100);
/// Idle connections are kept longer than proxies keep theirs, so that it is the proxy who closes first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Blocking threads of each worker: what reads the log and files.
const BLOCKING_THREADS: usize = 16;
/// How often histograms are folded together.
const UPKEEP: Duration = Duration::from_secs(5);

/// The application, listening.
pub struct Server {
    address: SocketAddr,
    api: Data<Api>,
    services: Services,
    http: ServerHandle,
    running: JoinHandle<io::Result<()>>,
    background: Vec<JoinHandle<()>>,
    _lock: Option<Lock>,
}

impl Server {
    /// Opens the data directory, migrates, fills in the demo data if asked to, and listens. Must be called in a
    /// multi-threaded tokio runtime, which must go on until [`stop`](Self::stop) has returned.
    pub async fn start(config: &Config, tuning: Tuning, demo: bool) -> Result<Self> {
        let lock = boot::claim(config)?;
        let metrics = telemetry::metrics().ok_or_else(|| anyhow!("another metrics recorder is installed"))?;
        let services = Services::open(config, tuning).await?;
        let app = services.app.clone();
        let hub = Hub::start(app.clone(), HubOptions { limit_frames: config.accounts.rate_limits });
        let background = vec![
            tokio::spawn(app.clone().run(Arc::new(HubReceiver(hub.clone())))),
            tokio::spawn({
                let metrics = metrics.clone();
                async move {
                    loop {
                        time::sleep(UPKEEP).await;
                        metrics.run_upkeep();
                    }
                }
            }),
        ];
        if demo {
            demo::fill(&services).await.context("cannot fill in the demo data")?;
        }
        let api = Data::new(Api::new(app, hub, settings(config), metrics));
        let listener = TcpListener::bind(config.http.listen)
            .with_context(|| format!("cannot listen on {}; choose another with --listen", config.http.listen))?;
        let address = listener.local_addr()?;
        let served = api.clone();
        let server = HttpServer::new(move || studyhall_api::app(served.clone()))
            .disable_signals()
            .keep_alive(KEEP_ALIVE)
            .tcp_nodelay(true)
            .on_connect(studyhall_api::on_connect)
            .shutdown_timeout(GRACE.as_secs())
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .listen(listener)?
            .run();
        let http = server.handle();
        let running = tokio::spawn(server);
        Ok(Self { address, api, services, http, running, background, _lock: lock })
    }

    /// Where it listens: with port 0, the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The services behind the interface, for tests that seed what no call makes quickly.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Waits until the server ends by itself, which it does only when it fails.
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.running).await {
            Ok(Ok(())) => anyhow!("the server stopped"),
            Ok(Err(error)) => anyhow!(error).context("the server failed"),
            Err(error) => anyhow!(error).context("the server broke down"),
        }
    }

    /// Stops: nothing new is accepted, sockets close with 1001, requests in flight finish, everything is written.
    pub async fn stop(self) {
        let accepted = self.http.stop(true);
        tokio::select! {
            () = accepted => {}
            () = self.quiet() => {}
            () = time::sleep(GRACE) => tracing::warn!("some requests did not finish in time"),
        }
        if time::timeout(WRITING, self.services.close()).await.is_err() {
            tracing::error!("not everything was written in time");
        }
        self.background.iter().for_each(JoinHandle::abort);
    }

    /// Closes sockets, also those that still sign in, until nothing has been in flight for a moment.
    async fn quiet(&self) {
        let mut quiet = Duration::ZERO;
        let tick = QUIET / 5;
        while quiet < QUIET {
            self.api.hub.shut_down();
            quiet = if self.api.in_flight.count() == 0 { quiet + tick } else { Duration::ZERO };
            time::sleep(tick).await;
        }
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        public_url: config.http.public_url.clone(),
        trusted_proxies: config.http.trusted_proxies.clone(),
        metrics_token: config.http.metrics_token.clone(),
        web_dir: config.http.web_dir.clone(),
    }
}
