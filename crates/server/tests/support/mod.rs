//! The real application on a free port, in this process.

use std::path::Path;

use studyhall_server::{Config, Flags, Server, Tuning};
use tempfile::TempDir;

pub struct App {
    pub url: String,
    pub client: reqwest::Client,
    /// Goes with the application.
    _dir: TempDir,
    server: Server,
}

impl App {
    /// With its own data directory.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut config = config(dir.path());
        change(&mut config);
        let server = Server::start(&config, Tuning { password_cost: 4 }, false).await.expect("started");
        Self { url: format!("http://{}", server.address()), client: reqwest::Client::new(), _dir: dir, server }
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// A new account's access token.
    pub async fn register(&self, username: &str) -> String {
        let form = serde_json::json!({ "username": username, "password": "correct horse" });
        let answer = self.client.post(self.at("/api/v1/auth/register")).json(&form).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        let session: serde_json::Value = answer.json().await.expect("json");
        session["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

fn config(dir: &Path) -> Config {
    let flags = Flags { listen: Some("127.0.0.1:0".to_owned()), data_dir: Some(dir.join("data")), ..Flags::default() };
    Config::from_layers(&flags, []).expect("a configuration")
}
