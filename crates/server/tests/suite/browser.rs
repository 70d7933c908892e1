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
use serde_json::{Value, json};
use studyhall_testkit::eventually;
use tempfile::TempDir;

use crate::process::Process;

/// How long a page may take to show what is expected: a whole CI shares two cores.
const PATIENCE: Duration = Duration::from_mins(1);

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
        let capabilities = json!({ "goog:chromeOptions": options });
        let capabilities = capabilities.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.url)
            .await
            .expect("a browser");
        let session = client.session_id().await.expect("a session").expect("its id");
        client.goto(&format!("http://{}/", server.address)).await.expect("the page");
        Browser { client, session: format!("{}/session/{session}", self.url), _profile: profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One person at one screen.
pub struct Browser {
    pub client: Client,
    /// The session's URL, for what `WebDriver` itself does not know.
    session: String,
    _profile: TempDir,
}

impl Browser {
    pub async fn find(&self, xpath: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        wait.for_element(Locator::XPath(xpath)).await.unwrap_or_else(|error| panic!("{xpath}: {error}"))
    }

    /// A button or a link by its name.
    pub async fn click(&self, name: &str) {
        let named = format!("(@aria-label='{name}' or normalize-space(.)='{name}')");
        let xpath = format!("//*[(self::button or self::a) and {named}]");
        // What is still moving into place refuses the click.
        eventually(&format!("{name} can be clicked"), async || self.find(&xpath).await.click().await.is_ok()).await;
    }

    /// Types into the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let by_label = format!("@id=//label[starts-with(normalize-space(.),'{label}')]/@for");
        let xpath = format!("//*[(self::input or self::textarea) and (@aria-label='{label}' or {by_label})]");
        self.find(&xpath).await.send_keys(text).await.expect("a field that takes text");
    }

    pub async fn register(&self, username: &str, display_name: &str) {
        self.click("Create an account").await;
        self.fill("Username", username).await;
        self.fill("Display name", display_name).await;
        self.fill("Password", "correct horse").await;
        self.click("Create account").await;
        self.find("//nav[@aria-label='Main']").await;
    }

    pub async fn start_chat(&self, username: &str) {
        self.click("New chat").await;
        self.fill("Find people", username).await;
        let person = format!("//*[@role='dialog' or self::dialog]//button[contains(., '@{username}')]");
        eventually("the person is chosen", async || self.find(&person).await.click().await.is_ok()).await;
    }

    pub async fn open_chat(&self, title: &str) {
        let link = format!("//*[@aria-label='Conversations']//a[contains(normalize-space(.), '{title}')]");
        eventually("the conversation opens", async || self.find(&link).await.click().await.is_ok()).await;
    }

    pub async fn say(&self, text: &str) {
        self.fill("Message", text).await;
        self.fill("Message", &Key::Enter.to_string()).await;
    }

    /// Waits until the log shows this text, and insists that it is there once.
    pub async fn sees(&self, text: &str) {
        let article = format!("//*[@role='log' and @aria-label='Messages']//article[contains(., '{text}')]");
        self.find(&article).await;
        let all = self.client.find_all(Locator::XPath(&article)).await.expect("articles");
        assert_eq!(all.len(), 1, "{text} is there once");
    }

    pub async fn set_offline(&self, offline: bool) {
        let conditions = json!({ "offline": offline, "latency": 0, "throughput": if offline { 0 } else { -1 } });
        let body = json!({ "network_conditions": conditions });
        self.post("chromium/network_conditions", body).await;
    }

    /// A command of Chromium's own protocol.
    pub async fn command(&self, name: &str, params: Value) {
        self.post("goog/cdp/execute", json!({ "cmd": name, "params": params })).await;
    }

    async fn post(&self, path: &str, body: Value) {
        let request = reqwest::Client::new().post(format!("{}/{path}", self.session)).json(&body);
        let answer = request.send().await.expect("chromedriver");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    pub async fn sign_in(&self, username: &str, password: &str) {
        self.fill("Username", username).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
        self.find("//nav[@aria-label='Main']").await;
    }

    /// Waits until a script returns true.
    pub async fn until(&self, what: &str, script: &str) {
        eventually(what, async || {
            self.client.execute(script, Vec::new()).await.is_ok_and(|value| value == json!(true))
        })
        .await;
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("keys arrive");
    }

    /// Waits until what has the focus has this name, or begins with it.
    pub async fn focuses(&self, name: &str) {
        let script = format!(
            "const e = document.activeElement; \
             return (e.getAttribute('aria-label') ?? e.textContent).trim().startsWith({})",
            json!(name)
        );
        self.until(&format!("{name} has the focus"), &script).await;
    }

    /// Does something with a message, by the button of this name.
    pub async fn act(&self, text: &str, action: &str) {
        let article = article(text);
        eventually(&format!("{action} on {text}"), async || {
            let Ok(found) = self.client.find(Locator::XPath(&article)).await else { return false };
            let argument = serde_json::to_value(&found).expect("an element");
            let focused = self.client.execute("arguments[0].focus()", vec![argument]).await;
            let button = found.find(Locator::XPath(&format!(".//button[@aria-label='{action}']"))).await;
            match (focused, button) {
                (Ok(_), Ok(button)) => button.click().await.is_ok(),
                _ => false,
            }
        })
        .await;
    }

    pub async fn shows(&self, text: &str) {
        self.find(&format!("//*[contains(text(), '{text}')]")).await;
    }
}

/// The message with these words of its own; what it quotes does not count.
pub fn article(text: &str) -> String {
    let own = "contains(concat(' ', @class, ' '), ' message-text ')";
    format!("//*[@role='log' and @aria-label='Messages']//article[.//*[{own}][contains(., '{text}')]]")
}

/// The folder with the client.
pub fn client() -> String {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/dist");
    assert!(client.join("index.html").is_file(), "build the client first: cargo xtask web");
    client.to_str().expect("a path").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_chat_through_an_offline_period_and_a_restart() {
    let client = &client();
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
