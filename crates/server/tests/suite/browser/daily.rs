//! What a person does on an ordinary day: with messages, in the settings, by keyboard alone, on a phone.

use fantoccini::{Locator, key::Key};
use serde_json::json;

use super::{article, patiently, stage::Stage};

/// Keys pressed together.
fn chord(modifier: Key, key: &str) -> String {
    format!("{modifier}{key}{}", Key::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_edited_answered_pinned_found_and_deleted() {
    let stage = Stage::start(&[]);
    let (anna, ben) = stage.two_people().await;

    anna.say("Shall we meet on Tuesday?").await;
    anna.find(&article("Tuesday")).await;
    anna.fill("Message", &Key::Up.to_string()).await;
    anna.fill("Edit text", &format!("{}Shall we meet on Friday?{}", chord(Key::Control, "a"), Key::Enter)).await;
    ben.find(&article("Friday?")).await;
    ben.find(&article("edited")).await;

    ben.act("Friday?", "React").await;
    ben.find("(//*[@role='dialog' and @aria-label='React']//button[normalize-space(.)='👍'])[1]")
        .await
        .click()
        .await
        .expect("the emoji is picked");
    let reaction = format!("{}//button[contains(@aria-label, ': Ben')]", article("Friday?"));
    anna.find(&reaction).await;

    ben.act("Friday?", "Reply").await;
    ben.say("At four then").await;
    let quote = format!("{}//button[contains(., 'Friday')]", article("At four then"));
    anna.find(&quote).await.click().await.expect("the quote leads to what it quotes");
    anna.until("what was quoted has the focus", "return document.activeElement.matches('article')").await;

    anna.act("Friday?", "Pin").await;
    ben.find(&article("pinned")).await;
    ben.click("Pinned messages").await;
    ben.find("//ul[@aria-label='Pinned messages']//a[contains(., 'Friday')]").await;

    // The search may be a moment behind.
    patiently("the message is found", async || {
        ben.fill("Search messages", &chord(Key::Control, "a")).await;
        ben.fill("Search messages", "frid").await;
        let hit = "//ul[@aria-label='Search results']//a[.//mark]";
        let none = "//p[contains(., 'No message has these words')]";
        ben.find(&format!("{hit} | {none}")).await;
        ben.client.find(Locator::XPath(hit)).await.is_ok()
    })
    .await;

    anna.act("Friday?", "Delete").await;
    let confirm = "//*[@role='alertdialog']//button[normalize-space(.)='Delete']";
    patiently("the deletion is confirmed", async || anna.find(confirm).await.click().await.is_ok()).await;
    ben.find(&article("This message was deleted.")).await;
    anna.find(&article("This message was deleted.")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_change_name_theme_sessions_and_password() {
    let stage = Stage::start(&[]);
    let (anna, ben) = stage.two_people().await;
    let elsewhere = stage.browser().await;
    elsewhere.sign_in("anna", "correct horse").await;

    anna.click("Account").await;
    anna.click("Settings").await;
    anna.fill("Display name", &format!("{}Anna Maria", chord(Key::Control, "a"))).await;
    anna.click("Save").await;
    ben.find("//main//h1[normalize-space(.)='Anna Maria']").await;

    anna.click("Appearance and keys").await;
    anna.find("//label[normalize-space(.)='Dark']").await.click().await.expect("a theme");
    anna.until("the theme is dark", "return document.documentElement.dataset.theme === 'dark'").await;

    anna.click("Sessions").await;
    anna.click("End all others").await;
    elsewhere.shows("Your session has ended.").await;

    anna.click("Password").await;
    anna.fill("Current password", "correct horse").await;
    anna.fill("New password", "battery staple").await;
    anna.click("Change password").await;
    anna.shows("The password is changed.").await;
    anna.click("Account").await;
    anna.click("Sign out").await;
    anna.sign_in("anna", "battery staple").await;
    anna.open_chat("Ben").await;
    anna.sees("Hello Ben").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_is_enough() {
    let stage = Stage::start(&[]);
    stage.account("ben", "Ben").await;
    let anna = stage.browser().await;
    let tab = Key::Tab.to_string();

    anna.until("the first field has the focus", "return document.activeElement.matches('input')").await;
    // Past the fields and their button to the link.
    anna.press(&tab.repeat(3)).await;
    anna.press(&tab).await;
    anna.focuses("Create an account").await;
    anna.press(&Key::Enter.to_string()).await;
    anna.find("//form[@aria-label='Create an account']").await;
    anna.until("the first field has the focus", "return document.activeElement.matches('input')").await;
    anna.press(&format!("anna{tab}Anna{tab}")).await;
    anna.press(&format!("correct horse{}", Key::Enter)).await;
    anna.find("//nav[@aria-label='Main']").await;

    anna.press(&chord(Key::Control, "k")).await;
    anna.focuses("Jump to").await;
    anna.press("ben").await;
    anna.find("//*[@role='option' and contains(., '@ben')]").await;
    anna.press(&Key::Enter.to_string()).await;
    anna.focuses("Message").await;
    anna.press(&format!("Hello{}", Key::Enter)).await;
    anna.find(&article("Hello")).await;
    anna.until("it has arrived", "return document.querySelector('article[data-seq]') !== null").await;
    anna.press(&Key::Up.to_string()).await;
    anna.focuses("Edit text").await;
    anna.press(&format!(" there{}", Key::Enter)).await;
    anna.find(&article("Hello there")).await;
    anna.focuses("Message").await;

    // From the composer back to the messages, and along the actions of the last one to "Delete".
    anna.press(&chord(Key::Shift, &tab)).await;
    anna.focuses("Messages").await;
    anna.press("?").await;
    anna.find("//*[@role='dialog']//h2[contains(., 'Keyboard shortcuts')]").await;
    anna.press(&Key::Escape.to_string()).await;
    anna.focuses("Messages").await;
    anna.press(&Key::Up.to_string()).await;
    anna.focuses("Anna, ").await;
    anna.press(&Key::Enter.to_string()).await;
    anna.focuses("React").await;
    for next in ["Reply", "Edit", "Delete"] {
        anna.press(&Key::Right.to_string()).await;
        anna.focuses(next).await;
    }
    anna.press(&Key::Enter.to_string()).await;
    anna.focuses("Cancel").await;
    anna.press(&tab).await;
    anna.focuses("Delete").await;
    anna.press(&Key::Enter.to_string()).await;
    anna.find(&article("This message was deleted.")).await;
    anna.focuses("Message").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_one_pane_at_a_time() {
    const FITS: &str = "return document.documentElement.scrollWidth <= innerWidth \
                        && [...document.querySelectorAll('main, nav, form')].every(e => e.scrollWidth <= innerWidth)";
    const COMPOSER: &str = "const box = document.querySelector('textarea').getBoundingClientRect(); \
                            return box.height > 0 && box.bottom <= innerHeight";
    let stage = Stage::start(&[]);
    stage.account("ben", "Ben with a name that is longer than a phone is wide").await;
    let anna = stage.phone().await;

    anna.until("the door fits", FITS).await;
    anna.register("anna", "Anna").await;
    anna.until("the list fits", FITS).await;
    anna.start_chat("ben").await;
    anna.say(&format!("A word without end: {}", "long".repeat(40))).await;
    anna.say("Press me").await;
    anna.until("the conversation fits", FITS).await;
    anna.until("one can write", COMPOSER).await;
    let rail = anna.find("//nav[@aria-label='Main']").await;
    assert!(!rail.is_displayed().await.expect("an answer"), "where one writes, the keyboard needs the room");

    // A long press shows the actions of a message.
    anna.until("it has arrived", "return document.querySelectorAll('article[data-seq]').length === 2").await;
    let (x, y, width, height) = anna.find(&article("Press me")).await.rectangle().await.expect("its place");
    let touch = json!([{ "x": x + width / 2.0, "y": y + height / 2.0 }]);
    anna.command("Input.dispatchTouchEvent", json!({ "type": "touchStart", "touchPoints": touch })).await;
    let reply = format!("{}//button[@aria-label='Reply']", article("Press me"));
    anna.until("the actions are shown", "return document.querySelector('.message-active') !== null").await;
    anna.command("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] })).await;
    anna.find(&reply).await.click().await.expect("it can be touched");
    anna.shows("Reply to Anna: Press me").await;

    anna.click("Details").await;
    anna.until("the details are a place", "return location.search === '?panel=members'").await;
    anna.until("the details fit", FITS).await;
    anna.client.back().await.expect("a step back");
    anna.until("one can write", COMPOSER).await;
    anna.click("Back").await;
    anna.until("the list is a place", "return location.pathname === '/chats'").await;
    assert!(rail.is_displayed().await.expect("an answer"));
    anna.open_chat("Ben with").await;
    anna.until("one can write", COMPOSER).await;
}
