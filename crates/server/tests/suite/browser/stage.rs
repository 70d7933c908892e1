//! A server with the client, what drives its browsers, and people with accounts.

use serde_json::json;
use studyhall_testkit::Person;
use tempfile::TempDir;

use super::{
    Browser,
    driver::{Driver, client},
};
use crate::process::Process;

/// The password of everybody here.
const PASSWORD: &str = "correct horse";

pub struct Stage {
    pub server: Process,
    driver: Driver,
    _dir: TempDir,
}

impl Stage {
    /// A server with nobody on it yet, or with what `arguments` ask for.
    pub fn start(arguments: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let client = client();
        let arguments: Vec<&str> = ["--web-dir", client.as_str()].iter().chain(arguments).copied().collect();
        let server = Process::start(dir.path(), &arguments);
        Self { server, driver: Driver::start(), _dir: dir }
    }

    pub async fn browser(&self) -> Browser {
        self.driver.browser(&self.server).await
    }

    pub async fn phone(&self) -> Browser {
        self.driver.phone(&self.server).await
    }

    /// Someone who has an account and is not here.
    pub async fn account(&self, username: &str, display_name: &str) {
        let body = json!({ "username": username, "display_name": display_name, "password": PASSWORD });
        Person::stranger(self.server.address).post("/auth/register", body).await.expect(201);
    }

    /// Somebody with an account, signed in at a browser.
    pub async fn person(&self, username: &str, display_name: &str) -> (Browser, Person) {
        let browser = self.browser().await;
        browser.register(username, display_name).await;
        let person = Person::stranger(self.server.address);
        let body = json!({ "username": username, "password": PASSWORD });
        let session = person.post("/auth/login", body).await.expect(200);
        (browser, person.with(&session))
    }

    /// Anna and Ben, who have said hello and look at their conversation.
    pub async fn two_people(&self) -> (Browser, Browser) {
        let (anna, ben) = (self.browser().await, self.browser().await);
        anna.register("anna", "Anna").await;
        ben.register("ben", "Ben").await;
        anna.start_chat("ben").await;
        anna.say("Hello Ben").await;
        ben.open_chat("Anna").await;
        ben.sees("Hello Ben").await;
        (anna, ben)
    }
}
