//! Chromium, driven by `chromedriver`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{Browser, PATIENCE};
use crate::process::Process;

/// A running `chromedriver`, ended with its value.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    pub fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed (on Debian: apt-get install chromium chromium-driver)");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        Self { child, url: format!("http://127.0.0.1:{}", port.expect("its port")) }
    }

    /// A window of 1280×800.
    pub async fn browser(&self, server: &Process) -> Browser {
        self.open(server, json!({})).await
    }

    /// A phone's screen of 390×844, without a mouse.
    pub async fn phone(&self, server: &Process) -> Browser {
        let metrics = json!({ "width": 390, "height": 844, "pixelRatio": 1, "touch": true, "mobile": true });
        self.open(server, json!({ "mobileEmulation": { "deviceMetrics": metrics } })).await
    }

    async fn open(&self, server: &Process, mut options: Value) -> Browser {
        let profile = tempfile::tempdir().expect("a temporary directory");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en",
            "--window-size=1280,800",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        options["args"] = json!(arguments);
        // A page that does not answer any more fails what is asked of it.
        let patience = PATIENCE.as_millis();
        let timeouts = json!({ "pageLoad": patience, "script": patience });
        let capabilities = json!({ "goog:chromeOptions": options, "timeouts": timeouts });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.url)
            .await
            .expect("a browser");
        let session = client.session_id().await.expect("a session").expect("its id");
        let browser = Browser {
            client,
            origin: format!("http://{}", server.address),
            session: format!("{}/session/{session}", self.url),
            _profile: profile,
        };
        browser.go("/").await;
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder with the client.
pub fn client() -> String {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/dist");
    assert!(client.join("index.html").is_file(), "build the client first: cargo xtask web");
    client.to_str().expect("a path").to_owned()
}
