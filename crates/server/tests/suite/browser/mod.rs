//! People at their browsers, by the names that assistive technology sees.
//!
//! Needs the client in `frontend/dist` (`cargo xtask web`), `chromium` and `chromedriver`.

mod admin;
mod chat;
mod daily;
mod driver;
mod people;
mod stage;

use std::time::Duration;

use fantoccini::{Client, Locator, elements::Element, key::Key};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to show what is expected: a whole CI shares two cores.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `holds`, and fails with what was waited for; so does a check that does not come to an end itself.
async fn patiently(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, looking).await.is_ok(), "waited in vain until {what}");
}

/// One person at one screen.
pub struct Browser {
    pub client: Client,
    /// Where the server is.
    origin: String,
    /// The session's URL, for what `WebDriver` itself does not know.
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Goes to a path of the server.
    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.origin);
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    pub async fn find(&self, xpath: &str) -> Element {
        let wait = self.client.wait().forever();
        let found = tokio::time::timeout(PATIENCE, wait.for_element(Locator::XPath(xpath))).await;
        found
            .unwrap_or_else(|_| panic!("waited in vain for {xpath}"))
            .unwrap_or_else(|error| panic!("{xpath}: {error}"))
    }

    /// Presses what is at `xpath` until that works: what is still moving into place refuses the click.
    pub async fn press_at(&self, xpath: &str) {
        patiently(&format!("{xpath} can be pressed"), async || {
            let found = self.client.find(Locator::XPath(xpath)).await;
            match found {
                Ok(found) => found.click().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
    }

    /// A button or a link by its name.
    pub async fn click(&self, name: &str) {
        let named = format!("(@aria-label='{name}' or normalize-space(.)='{name}')");
        self.press_at(&format!("//*[(self::button or self::a) and {named}]")).await;
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
        self.press_at(&format!("//dialog[@open]//button[contains(., '@{username}')]")).await;
    }

    pub async fn open_chat(&self, title: &str) {
        self.press_at(&format!("//*[@aria-label='Conversations']//a[contains(normalize-space(.), '{title}')]")).await;
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
        patiently(what, async || self.client.execute(script, Vec::new()).await.is_ok_and(|value| value == json!(true)))
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
        patiently(&format!("{action} on {text}"), async || {
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

    /// Presses a button in the dialogue that is open.
    pub async fn answer(&self, button: &str) {
        self.press_at(&format!("//dialog[@open]//button[normalize-space(.)='{button}']")).await;
    }

    /// The line about a person in the list of this name.
    pub async fn line(&self, list: &str, person: &str) -> Element {
        self.find(&line(list, person)).await
    }

    /// Presses a button in the line about a person.
    pub async fn press_beside(&self, list: &str, person: &str, button: &str) {
        self.press_at(&format!(
            "{}//button[normalize-space(.)='{button}' or @aria-label='{button}']",
            line(list, person)
        ))
        .await;
    }

    /// Chooses from the menu in the line about a person.
    pub async fn choose(&self, list: &str, person: &str, item: &str) {
        self.press_beside(list, person, &format!("Actions for {person}")).await;
        self.press_at(&format!("//*[@role='menu']//*[starts-with(@role,'menuitem') and normalize-space(.)='{item}']"))
            .await;
    }

    /// Waits until a list has no line about a person any more.
    pub async fn line_goes(&self, list: &str, person: &str) {
        let xpath = line(list, person);
        patiently(&format!("{person} is gone from {list}"), async || {
            self.client.find_all(Locator::XPath(&xpath)).await.is_ok_and(|found| found.is_empty())
        })
        .await;
    }

    /// Whether there is a button of this name now.
    pub async fn offers(&self, button: &str) -> bool {
        let xpath = format!("//button[normalize-space(.)='{button}' or @aria-label='{button}']");
        self.client.find_all(Locator::XPath(&xpath)).await.is_ok_and(|found| !found.is_empty())
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

/// The line about a person in the list of this name.
pub fn line(list: &str, person: &str) -> String {
    format!("//ul[@aria-label='{list}']/li[contains(., '{person}')]")
}
