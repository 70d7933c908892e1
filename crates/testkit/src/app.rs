//! The real application in this process, on a free port and an empty data directory.

use std::{net::SocketAddr, path::Path};

use studyhall_server::{Config, Flags, Server, Tuning};
use tempfile::TempDir;

use crate::Person;

/// Ends with its value. Tests that use it need a multi-threaded runtime.
pub struct TestApp {
    server: Option<Server>,
    dir: TempDir,
    environment: Vec<(&'static str, &'static str)>,
    pub address: SocketAddr,
}

impl TestApp {
    /// Without rate limits, which most tests would run into.
    pub async fn start() -> Self {
        Self::with([("STUDYHALL_RATE_LIMITS", "off")]).await
    }

    /// With this environment alone.
    pub async fn with<const N: usize>(environment: [(&'static str, &'static str); N]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let environment = Vec::from(environment);
        let server = serve(dir.path(), &environment).await;
        Self { address: server.address(), server: Some(server), dir, environment }
    }

    /// Stops as SIGTERM would, and starts again on the same data.
    pub async fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let server = serve(self.dir.path(), &self.environment).await;
        self.address = server.address();
        self.server = Some(server);
    }

    pub fn data_dir(&self) -> &Path {
        self.dir.path()
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

async fn serve(dir: &Path, environment: &[(&'static str, &'static str)]) -> Server {
    let flags = Flags { listen: Some("127.0.0.1:0".to_owned()), data_dir: Some(dir.to_path_buf()), ..Flags::default() };
    let environment = environment.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    let config = Config::from_layers(&flags, environment).expect("a configuration");
    // bcrypt at its least, so that a suite of many people does not measure bcrypt.
    Server::start(&config, Tuning { password_cost: 4 }, false).await.expect("a server")
}
