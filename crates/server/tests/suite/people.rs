//! People in Chromium: friends, groups and their invitations, members, and the administration, by the names that
//! assistive technology sees.

use fantoccini::{Locator, elements::Element};
use serde_json::json;
use studyhall_testkit::{Person, eventually};

use crate::{
    browser::{Browser, Driver, client},
    process::Process,
};

/// A server with the client, and a driver for its browsers.
struct Stage {
    server: Process,
    driver: Driver,
    _dir: tempfile::TempDir,
}

impl Stage {
    fn start(arguments: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let client = client();
        let arguments: Vec<&str> = ["--web-dir", client.as_str()].iter().chain(arguments).copied().collect();
        let server = Process::start(dir.path(), &arguments);
        Self { server, driver: Driver::start(), _dir: dir }
    }

    async fn browser(&self) -> Browser {
        self.driver.browser(&self.server).await
    }

    /// Somebody with an account, signed in at a browser.
    async fn person(&self, username: &str, display_name: &str) -> (Browser, Person) {
        let browser = self.browser().await;
        browser.register(username, display_name).await;
        let person = Person::stranger(self.server.address);
        let body = json!({ "username": username, "password": "correct horse" });
        let session = person.post("/auth/login", body).await.expect(200);
        (browser, person.with(&session))
    }
}

impl Browser {
    async fn go(&self, stage: &Stage, path: &str) {
        self.client.goto(&format!("http://{}{path}", stage.server.address)).await.expect("the page");
    }

    /// Presses what is at `xpath` until that works: what is still moving into place refuses the click.
    async fn press_at(&self, xpath: &str) {
        eventually(&format!("{xpath} can be pressed"), async || self.find(xpath).await.click().await.is_ok()).await;
    }

    /// Presses a button in the dialogue that is open.
    async fn answer(&self, button: &str) {
        self.press_at(&format!("//dialog[@open]//button[normalize-space(.)='{button}']")).await;
    }

    /// The line about a person in the list of this name.
    async fn line(&self, list: &str, person: &str) -> Element {
        self.find(&line(list, person)).await
    }

    /// Presses a button in the line about a person.
    async fn press_beside(&self, list: &str, person: &str, button: &str) {
        self.press_at(&format!(
            "{}//button[normalize-space(.)='{button}' or @aria-label='{button}']",
            line(list, person)
        ))
        .await;
    }

    /// Chooses from the menu in the line about a person.
    async fn choose(&self, list: &str, person: &str, item: &str) {
        self.press_beside(list, person, &format!("Actions for {person}")).await;
        self.press_at(&format!("//*[@role='menu']//*[starts-with(@role,'menuitem') and normalize-space(.)='{item}']"))
            .await;
    }

    /// Waits until a list has no line about a person any more.
    async fn line_goes(&self, list: &str, person: &str) {
        let xpath = line(list, person);
        eventually(&format!("{person} is gone from {list}"), async || {
            self.client.find_all(Locator::XPath(&xpath)).await.is_ok_and(|found| found.is_empty())
        })
        .await;
    }

    /// Whether there is a button of this name now.
    async fn offers(&self, button: &str) -> bool {
        let xpath = format!("//button[normalize-space(.)='{button}' or @aria-label='{button}']");
        self.client.find_all(Locator::XPath(&xpath)).await.is_ok_and(|found| !found.is_empty())
    }

    /// Makes a group, and is on its page then.
    async fn create_group(&self, name: &str) {
        self.click("Groups").await;
        self.click("Create group").await;
        self.fill("Name", name).await;
        self.answer("Create group").await;
        self.find("//a[normalize-space(.)='Open chat']").await;
    }
}

fn line(list: &str, person: &str) -> String {
    format!("//ul[@aria-label='{list}']/li[contains(., '{person}')]")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_leads_from_signing_up_to_the_first_message() {
    let stage = Stage::start(&[]);
    let (anna, _) = stage.person("anna", "Anna").await;
    anna.create_group("Algebra").await;
    anna.click("Invite").await;
    anna.answer("Create link").await;
    let link = anna.find("//ul[@aria-label='Links']//input[@aria-label='Link']").await;
    let url = link.prop("value").await.expect("a value").expect("a link");
    let code = url.rsplit('/').next().expect("a code");

    let ben = stage.browser().await;
    ben.go(&stage, &format!("/invite/{code}")).await;
    ben.shows("Algebra").await;
    ben.click("Create an account to join").await;
    ben.fill("Username", "ben").await;
    ben.fill("Display name", "Ben").await;
    ben.fill("Password", "correct horse").await;
    ben.click("Create account").await;
    ben.say("Hello everybody").await;
    ben.sees("Hello everybody").await;

    anna.go(&stage, "/chats").await;
    anna.open_chat("Algebra").await;
    anna.sees("Hello everybody").await;
    anna.shows("Ben joined").await;
    anna.say("Welcome Ben").await;
    ben.sees("Welcome Ben").await;

    // A plain member is not offered what only those who run the group may do.
    ben.click("Groups").await;
    ben.click("Algebra").await;
    ben.find("//ul[@aria-label='Members']/li[contains(., 'Anna')]").await;
    ben.find("//button[normalize-space(.)='Leave group']").await;
    assert!(!ben.offers("Invite").await, "a member invites nobody");
    assert!(!ben.offers("Settings").await, "a member changes no settings");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_manages_the_members() {
    let stage = Stage::start(&[]);
    let (anna, as_anna) = stage.person("anna", "Anna").await;
    let (ben, as_ben) = stage.person("ben", "Ben").await;
    let (cleo, as_cleo) = stage.person("cleo", "Cleo").await;
    let group = as_anna.post("/groups", json!({ "name": "Algebra" })).await.expect(201);
    let path = format!("/groups/{}", group["id"].as_str().expect("an id"));
    for person in [&as_ben, &as_cleo] {
        let answer = as_anna.put(&format!("{path}/members/{}", person.id), json!({ "role": "member" })).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    cleo.open_chat("Algebra").await;
    cleo.say("I am here").await;
    cleo.sees("I am here").await;

    anna.go(&stage, &path).await;
    anna.choose("Members", "Ben", "Make moderator").await;
    anna.find(&format!("{}//*[normalize-space(.)='moderator']", line("Members", "Ben"))).await;

    // Moderators remove members, and may not touch the owner.
    ben.go(&stage, &path).await;
    ben.line("Members", "Anna").await;
    ben.press_beside("Members", "Anna", "Actions for Anna").await;
    ben.find("//*[@role='menu']//*[normalize-space(.)='Write a message']").await;
    let over_owner = ben.client.find_all(Locator::XPath("//*[@role='menu']//*[@role='menuitem']")).await;
    assert_eq!(over_owner.expect("a menu").len(), 1, "a moderator can only write to the owner");
    ben.press_beside("Members", "Anna", "Actions for Anna").await;
    ben.choose("Members", "Cleo", "Ban").await;
    ben.fill("Reason", "Too loud").await;
    ben.answer("Ban").await;
    ben.line_goes("Members", "Cleo").await;
    cleo.shows("You have been banned from Algebra.").await;

    // The owner lifts the ban, and gives the group away.
    anna.line_goes("Members", "Cleo").await;
    anna.click("Banned").await;
    anna.find(&format!("{}[contains(., 'Too loud')]", line("Banned", "Cleo"))).await;
    anna.press_beside("Banned", "Cleo", "Lift ban").await;
    anna.shows("Nobody is banned.").await;
    anna.click("Members").await;
    anna.choose("Members", "Ben", "Make owner").await;
    anna.answer("Make owner").await;
    anna.find(&format!("{}//*[normalize-space(.)='owner']", line("Members", "Ben"))).await;
    anna.click("Leave group").await;
    anna.answer("Leave group").await;
    ben.line_goes("Members", "Anna").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_friendship_leads_to_a_chat() {
    let stage = Stage::start(&[]);
    let (anna, _) = stage.person("anna", "Anna").await;
    let (ben, _) = stage.person("ben", "Ben").await;
    ben.click("Friends").await;
    ben.click("Requests").await;
    anna.click("Friends").await;
    anna.fill("Find people", "ben").await;
    anna.press_beside("People", "Ben", "Add friend").await;
    anna.find(&format!("{}//*[normalize-space(.)='Asked']", line("People", "Ben"))).await;

    // The request appears while the page is open.
    ben.press_beside("For you to answer", "Anna", "Accept").await;
    anna.find(&format!("{}//*[normalize-space(.)='Friend']", line("People", "Ben"))).await;
    ben.press_at("//*[@role='tab' and normalize-space(.)='Friends']").await;
    ben.press_beside("Friends", "Anna", "Write a message").await;
    ben.say("Hello friend").await;
    anna.click("Chats").await;
    anna.open_chat("Ben").await;
    anna.sees("Hello friend").await;

    // And the friendship ends on both sides at once.
    ben.click("Friends").await;
    anna.click("Friends").await;
    anna.line("Friends", "Ben").await;
    ben.press_beside("Friends", "Anna", "Remove").await;
    anna.line_goes("Friends", "Ben").await;
}
