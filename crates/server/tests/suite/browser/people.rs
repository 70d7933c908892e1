//! Friends, groups and their invitations, and members.

use fantoccini::Locator;
use serde_json::json;

use super::{Browser, line, stage::Stage};

impl Browser {
    /// Makes a group, and is on its page then.
    async fn create_group(&self, name: &str) {
        self.click("Groups").await;
        self.click("Create group").await;
        self.fill("Name", name).await;
        self.answer("Create group").await;
        self.find("//a[normalize-space(.)='Open chat']").await;
    }
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
    ben.go(&format!("/invite/{code}")).await;
    ben.shows("Algebra").await;
    ben.click("Create an account to join").await;
    ben.fill("Username", "ben").await;
    ben.fill("Display name", "Ben").await;
    ben.fill("Password", "correct horse").await;
    ben.click("Create account").await;
    ben.say("Hello everybody").await;
    ben.sees("Hello everybody").await;

    anna.go("/chats").await;
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

    anna.go(&path).await;
    anna.choose("Members", "Ben", "Make moderator").await;
    anna.find(&format!("{}//*[normalize-space(.)='moderator']", line("Members", "Ben"))).await;

    // Moderators remove members, and may not touch the owner.
    ben.go(&path).await;
    ben.line("Members", "Anna").await;
    ben.press_beside("Members", "Anna", "Actions for Anna").await;
    ben.find("//*[@role='menu']//*[normalize-space(.)='Write a message']").await;
    let over_owner = ben.client.find_all(Locator::XPath("//*[@role='menu']//*[@role='menuitem']")).await;
    assert_eq!(over_owner.expect("a menu").len(), 2, "a moderator can only write to the owner, and block them");
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

#[tokio::test(flavor = "multi_thread")]
async fn whoever_runs_a_group_sees_who_asks_to_join() {
    let stage = Stage::start(&[]);
    let (anna, as_anna) = stage.person("anna", "Anna").await;
    let (ben, _) = stage.person("ben", "Ben").await;
    let public = json!({ "name": "Algebra", "visibility": "public", "join_policy": "approval" });
    as_anna.post("/groups", public).await.expect(201);
    let waiting = "//nav[@aria-label='Main']//a[@aria-label='Groups']//*[@data-count='1']";
    ben.click("Groups").await;
    ben.click("Discover groups").await;
    ben.click("Ask to join").await;
    ben.shows("You have asked.").await;

    // Wherever she is, she sees that somebody waits, and for which group.
    anna.find(waiting).await;
    anna.click("Groups").await;
    anna.find(&format!("{}[contains(., '1 request to join')]", line("Your groups", "Algebra"))).await;
    anna.click("Algebra").await;
    anna.press_at("//*[@role='tab' and starts-with(normalize-space(.), 'Join requests')]").await;
    anna.press_beside("Join requests", "Ben", "Approve").await;
    anna.shows("Nobody is waiting to come in.").await;
    let gone = anna.client.find_all(Locator::XPath(waiting)).await.expect("an answer");
    assert!(gone.is_empty(), "nobody waits any more");
    ben.click("Algebra").await;
    ben.line("Members", "Anna").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_blocked_from_the_list_of_members() {
    let stage = Stage::start(&[]);
    let (anna, as_anna) = stage.person("anna", "Anna").await;
    let (_, as_ben) = stage.person("ben", "Ben").await;
    let group = as_anna.post("/groups", json!({ "name": "Algebra" })).await.expect(201);
    let path = format!("/groups/{}", group["id"].as_str().expect("an id"));
    as_anna.put(&format!("{path}/members/{}", as_ben.id), json!({ "role": "member" })).await.expect(204);
    anna.go(&path).await;
    anna.choose("Members", "Ben", "Block").await;
    anna.answer("Block").await;
    anna.focuses("Actions for Ben").await;
    let direct = as_ben.post("/conversations", json!({ "user_id": as_anna.id })).await;
    assert_eq!(direct.problem(403), "dm_not_allowed");
    anna.choose("Members", "Ben", "Unblock").await;
    anna.press_beside("Members", "Ben", "Actions for Ben").await;
    anna.find("//*[@role='menu']//*[normalize-space(.)='Block']").await;
    as_ben.post("/conversations", json!({ "user_id": as_anna.id })).await.expect(201);
}
