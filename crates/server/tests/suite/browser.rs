//! Two people chat in Chromium, through an offline period and a restart of the server, by the names that assistive
//! technology sees.
//!
//! Needs the client in `frontend/dist` (`cargo xtask web`), `chromium` and `chromedriver`.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use studyhall_testkit::eventually;
use tempfile::TempDir;

use crate::process::Process;

/// How long a page may take to show what is expected: a whole CI shares two cores.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running `chromedriver`, ended with its value.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start() -> Self {
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

    async fn browser(&self, server: &Process) -> Browser {
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
        let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.url)
            .await
            .expect("a browser");
        let session = client.session_id().await.expect("a session").expect("its id");
        client.goto(&format!("http://{}/", server.address)).await.expect("the page");
        let network = format!("{}/session/{session}/chromium/network_conditions", self.url);
        Browser { client, network, _profile: profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One person at one screen.
struct Browser {
    client: Client,
    network: String,
    _profile: TempDir,
}

impl Browser {
    async fn find(&self, xpath: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        wait.for_element(Locator::XPath(xpath)).await.unwrap_or_else(|error| panic!("{xpath}: {error}"))
    }

    /// A button or a link by its name.
    async fn click(&self, name: &str) {
        let named = format!("(@aria-label='{name}' or normalize-space(.)='{name}')");
        let xpath = format!("//*[(self::button or self::a) and {named}]");
        // What is still moving into place refuses the click.
        eventually(&format!("{name} can be clicked"), async || self.find(&xpath).await.click().await.is_ok()).await;
    }

    /// Types into the field with this label.
    async fn fill(&self, label: &str, text: &str) {
        let by_label = format!("@id=//label[starts-with(normalize-space(.),'{label}')]/@for");
        let xpath = format!("//*[(self::input or self::textarea) and (@aria-label='{label}' or {by_label})]");
        self.find(&xpath).await.send_keys(text).await.expect("a field that takes text");
    }

    async fn register(&self, username: &str, display_name: &str) {
        self.click("Create an account").await;
        self.fill("Username", username).await;
        self.fill("Display name", display_name).await;
        self.fill("Password", "correct horse").await;
        self.click("Create account").await;
        self.find("//nav[@aria-label='Main']").await;
    }

    async fn start_chat(&self, username: &str) {
        self.click("New chat").await;
        self.fill("Find people", username).await;
        let person = format!("//*[@role='dialog' or self::dialog]//button[contains(., '@{username}')]");
        eventually("the person is chosen", async || self.find(&person).await.click().await.is_ok()).await;
    }

    async fn open_chat(&self, title: &str) {
        let link = format!("//*[@aria-label='Conversations']//a[contains(normalize-space(.), '{title}')]");
        eventually("the conversation opens", async || self.find(&link).await.click().await.is_ok()).await;
    }

    async fn say(&self, text: &str) {
        self.fill("Message", text).await;
        self.fill("Message", &Key::Enter.to_string()).await;
    }

    /// Waits until the log shows this text, and insists that it is there once.
    async fn sees(&self, text: &str) {
        let article = format!("//*[@role='log' and @aria-label='Messages']//article[contains(., '{text}')]");
        self.find(&article).await;
        let all = self.client.find_all(Locator::XPath(&article)).await.expect("articles");
        assert_eq!(all.len(), 1, "{text} is there once");
    }

    async fn set_offline(&self, offline: bool) {
        let conditions = json!({ "offline": offline, "latency": 0, "throughput": if offline { 0 } else { -1 } });
        let body = json!({ "network_conditions": conditions });
        let answer = reqwest::Client::new().post(&self.network).json(&body).send().await.expect("chromedriver");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    async fn shows(&self, text: &str) {
        self.find(&format!("//*[contains(text(), '{text}')]")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_chat_through_an_offline_period_and_a_restart() {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/dist");
    assert!(client.join("index.html").is_file(), "build the client first: cargo xtask web");
    let client = client.to_str().expect("a path");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = Process::start(dir.path(), &["--web-dir", client]);
    let driver = Driver::start();
    let anna = driver.browser(&server).await;
    let ben = driver.browser(&server).await;

    anna.register("anna", "Anna").await;
    ben.register("ben", "Ben").await;
    anna.start_chat("ben").await;
    anna.say("Hello Ben").await;
    ben.open_chat("Anna").await;
    ben.sees("Hello Ben").await;
    ben.say("Hi Anna").await;
    anna.sees("Hi Anna").await;

    ben.set_offline(true).await;
    ben.shows("Offline.").await;
    anna.say("Are you on the train?").await;
    anna.sees("Are you on the train?").await;
    ben.say("Written in a tunnel").await;
    ben.sees("Written in a tunnel").await;
    ben.set_offline(false).await;
    ben.sees("Are you on the train?").await;
    anna.sees("Written in a tunnel").await;

    let address = server.address;
    server.kill();
    anna.say("While it was down").await;
    let _server = Process::start_at(address, dir.path(), &["--web-dir", client]);
    ben.sees("While it was down").await;
    ben.say("And we go on").await;
    anna.sees("And we go on").await;

    ben.client.refresh().await.expect("a reload");
    for text in
        ["Hello Ben", "Hi Anna", "Are you on the train?", "Written in a tunnel", "While it was down", "And we go on"]
    {
        ben.sees(text).await;
    }
}
