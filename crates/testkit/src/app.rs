//! The real application in this process, on a free port and on engines with nothing in them.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use studyhall_server::{Config, Flags, Server, Tuning};
use tempfile::TempDir;

use crate::{Person, Place};

/// The application in one of its modes. Tests that use it need a multi-threaded runtime.
pub struct App<M> {
    server: Option<Server>,
    mode: M,
    environment: Vec<(String, String)>,
    pub address: SocketAddr,
}

/// On the data directory alone.
pub type TestApp = App<Embedded>;

/// A node on a corner of the test services of its own.
pub type ClusteredApp = App<Clustered>;

/// What an application stands on. It ends with its value.
pub trait Mode: Sized {
    #[expect(async_fn_in_trait, reason = "tests wait for it in place")]
    async fn make() -> Self;
    fn environment(&self) -> Vec<(String, String)>;
    fn data_dir(&self) -> Option<&Path>;
}

pub struct Embedded(TempDir);

impl Mode for Embedded {
    async fn make() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn data_dir(&self) -> Option<&Path> {
        Some(self.0.path())
    }
}

pub struct Clustered(pub Place);

impl Mode for Clustered {
    async fn make() -> Self {
        Self(Place::make().await)
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.0.environment()
    }

    fn data_dir(&self) -> Option<&Path> {
        None
    }
}

impl<M: Mode> App<M> {
    /// Without rate limits, which most tests would run into.
    pub async fn start() -> Self {
        Self::with([("STUDYHALL_RATE_LIMITS", "off")]).await
    }

    /// With this environment, beside what the mode needs.
    pub async fn with<const N: usize>(environment: [(&str, &str); N]) -> Self {
        let mode = M::make().await;
        let given = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Vec<_> = mode.environment().into_iter().chain(given).collect();
        let server = serve(mode.data_dir().map(Path::to_path_buf), &environment).await;
        Self { address: server.address(), server: Some(server), mode, environment }
    }

    /// Stops as SIGTERM would, and starts again on the same data.
    pub async fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let server = serve(self.mode.data_dir().map(Path::to_path_buf), &self.environment).await;
        self.address = server.address();
        self.server = Some(server);
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("a running server")
    }

    /// Somebody new, signed in.
    pub async fn register(&self, username: &str) -> Person {
        Person::register(self.address, username).await
    }

    /// The same person, as seen after a restart: the address is another one, the session goes on.
    pub fn again(&self, person: &Person) -> Person {
        Person { address: self.address, ..person.clone() }
    }

    pub async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }
}

impl TestApp {
    pub fn data_dir(&self) -> &Path {
        self.mode.0.path()
    }
}

impl ClusteredApp {
    /// Where it keeps everything: for a second node.
    pub fn place(&self) -> &Place {
        &self.mode.0
    }
}

async fn serve(data_dir: Option<PathBuf>, environment: &[(String, String)]) -> Server {
    studyhall_server::install_tls();
    let flags = Flags { listen: Some("127.0.0.1:0".to_owned()), data_dir, ..Flags::default() };
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    let config = Config::from_layers(&flags, environment).expect("a configuration");
    // bcrypt at its least, so that a suite of many people does not measure bcrypt.
    Server::start(&config, Tuning { password_cost: 4 }, false).await.expect("a server")
}
