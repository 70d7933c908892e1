//! The administration: roles, suspensions and reset links, reports, and how the audit log and the figures tell of them.

use fantoccini::Locator;

use super::{Browser, article, line, stage::Stage};

/// The password of the demo accounts, among which are an administrator and a moderator.
const DEMO_PASSWORD: &str = "amivaplus";

impl Stage {
    /// A demo account at a browser, at this page of the administration.
    async fn staff(&self, username: &str, page: &str) -> Browser {
        let browser = self.browser().await;
        browser.sign_in(username, DEMO_PASSWORD).await;
        browser.click("Administration").await;
        browser.click(page).await;
        browser
    }
}

impl Browser {
    /// Waits for an entry of the audit log with these words.
    async fn finds_entry(&self, words: &[&str]) {
        let all = words.iter().map(|word| format!("[contains(., '{word}')]")).collect::<Vec<_>>().concat();
        self.find(&format!("//table//tr{all}")).await;
    }

    /// Waits until a figure is this number.
    async fn counts(&self, name: &str, number: u32) {
        self.find(&format!("//dl/div[dt[normalize-space(.)='{name}']]/dd[normalize-space(.)='{number}']")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_changes_a_role_suspends_and_hands_over_a_reset_link() {
    let stage = Stage::start(&["--demo"]);
    let admin = stage.staff("admintest", "Users").await;
    let (anna, _) = stage.person("anna", "Anna").await;
    anna.click("Groups").await;
    anna.find("//button[normalize-space(.)='Create group']").await;

    admin.fill("Find users", "ann").await;
    admin.line_goes("Users", "Ada Min").await;
    admin.choose("Users", "Anna", "guest").await;
    admin.answer("Change role").await;
    admin.find(&format!("{}//*[normalize-space(.)='guest']", line("Users", "Anna"))).await;
    admin.focuses("Actions for Anna").await;
    // It holds at once: what guests may not do is gone from the page, and the reason is told.
    let create = Locator::XPath("//button[normalize-space(.)='Create group']");
    super::patiently("a guest can make no group", async || {
        anna.client.find_all(create).await.is_ok_and(|found| found.is_empty())
    })
    .await;
    anna.click("Notifications").await;
    anna.shows("Your role is now: guest.").await;

    admin.choose("Users", "Anna", "Suspend").await;
    admin.answer("Suspend").await;
    anna.shows("Your session has ended.").await;
    anna.fill("Username", "anna").await;
    anna.fill("Password", "correct horse").await;
    anna.click("Sign in").await;
    anna.shows("This account is suspended.").await;
    admin.click("Figures").await;
    admin.counts("Accounts", 6).await;
    admin.counts("Suspended", 1).await;
    admin.counts("guest", 2).await;

    admin.click("Users").await;
    admin.choose("Users", "Anna", "Lift suspension").await;
    admin.answer("Lift suspension").await;
    admin.choose("Users", "Anna", "Reset link").await;
    admin.answer("Make a link").await;
    let link = admin.find("//dialog[@open]//input[@aria-label='Link']").await;
    let url = link.prop("value").await.expect("a value").expect("a link");
    admin.press_at("//dialog[@open]//button[@aria-label='Close']").await;
    admin.focuses("Actions for Anna").await;
    let token = url.rsplit('/').next().expect("a token");
    anna.go(&format!("/reset/{token}")).await;
    anna.fill("New password", "battery staple").await;
    anna.click("Set a new password").await;
    anna.shows("Your password is set.").await;
    anna.click("Sign in").await;
    anna.find("//form[@aria-label='Sign in']").await;
    anna.sign_in("anna", "battery staple").await;
    anna.go(&format!("/reset/{token}")).await;
    anna.fill("New password", "battery staple").await;
    anna.click("Set a new password").await;
    anna.shows("This link was used already").await;

    admin.click("Audit log").await;
    for act in ["Change a role", "Suspend", "Lift a suspension", "Make a reset link"] {
        admin.finds_entry(&[act, "Ada Min", "Anna", "done"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_resolved_and_the_reporter_hears_of_it() {
    let stage = Stage::start(&["--demo"]);
    let (anna, ben) = stage.two_people().await;
    anna.say("You are a fool").await;
    ben.act("You are a fool", "More").await;
    ben.press_at("//*[@role='menu']//*[@role='menuitem' and normalize-space(.)='Report']").await;
    ben.fill("What is wrong with it?", "That is rude.").await;
    ben.answer("Send report").await;
    ben.shows("You will hear what became of it.").await;

    let moderator = stage.staff("modtest", "Reports").await;
    moderator.find("//ul[@aria-label='Reports']/li[contains(., 'You are a fool')]").await;
    moderator.shows("That is rude.").await;
    assert!(!moderator.offers("Suspend author").await, "a moderator suspends nobody");
    let pages = moderator.client.find_all(Locator::XPath("//nav[@aria-label='Sections']//a")).await.expect("links");
    assert_eq!(pages.len(), 1, "a moderator sees the reports alone");
    moderator.fill("Note", "An insult.").await;
    moderator.click("Delete message").await;
    moderator.answer("Delete message").await;
    moderator.shows("No report waits for you.").await;
    moderator.click("Resolved").await;
    moderator.find("//ul[@aria-label='Reports']/li[contains(., 'An insult.') and contains(., 'Mo Derat')]").await;

    for person in [&anna, &ben] {
        person.find(&article("This message was deleted.")).await;
    }
    ben.click("Notifications").await;
    ben.shows("The message that you reported was deleted.").await;

    let admin = stage.staff("admintest", "Audit log").await;
    admin.finds_entry(&["Resolve a report", "Mo Derat", "done"]).await;
    admin.finds_entry(&["Delete a message", "Mo Derat", "done"]).await;
}
