//! Direct conversations and what one does in them.

use serde_json::{Value, json};
use studyhall_testkit::{Person, unique};

use super::TestApp;

/// Two people with a conversation.
pub async fn pair(app: &TestApp) -> (Person, Person, String) {
    let anna = app.register("anna").await;
    let ben = app.register("ben").await;
    let conversation = anna.open_direct(&ben).await;
    (anna, ben, conversation)
}

fn path(conversation: &str, rest: &str) -> String {
    format!("/conversations/{conversation}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_made_once_and_found_again() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let again = ben.post("/conversations", json!({ "user_id": anna.id })).await.expect(200);
    assert_eq!(again["id"], id.as_str());
    assert_eq!(again["kind"], "direct");
    assert_eq!(again["title"], "anna");
    assert_eq!(again["peer"]["username"], "anna");
    let list = ben.get("/conversations").await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(anna.post("/conversations", json!({ "user_id": anna.id })).await.problem(422), "validation_failed");
    let nobody = json!({ "user_id": unique() });
    assert_eq!(anna.post("/conversations", nobody).await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_direct_messages_is_left_alone_but_what_exists_is_found() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let cleo = app.register("cleo").await;
    ben.patch("/users/me", json!({ "dm_policy": "nobody" })).await.expect(200);
    assert_eq!(cleo.post("/conversations", json!({ "user_id": ben.id })).await.problem(403), "dm_not_allowed");
    assert_eq!(anna.post("/conversations", json!({ "user_id": ben.id })).await.expect(200)["id"], id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_client_id_gives_the_original_and_another_body_is_a_conflict() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let messages = path(&id, "/messages");
    let body = json!({ "client_id": "one", "text": "Hello" });
    let first = anna.post(&messages, body.clone()).await.expect(201);
    assert_eq!(first["seq"], 1);
    assert_eq!(anna.post(&messages, body.clone()).await.expect(200), first);
    let other = json!({ "client_id": "one", "text": "Bye" });
    assert_eq!(anna.post(&messages, other).await.problem(409), "client_id_reused");
    // Another author's client_id is another one.
    assert_eq!(ben.post(&messages, body.clone()).await.expect(201)["seq"], 2);
    // After an edit the first body still counts as the same, and gives the message as it stands.
    anna.patch(&path(&id, "/messages/1"), json!({ "text": "Hello there" })).await.expect(200);
    assert_eq!(anna.post(&messages, body).await.expect(200)["text"], "Hello there");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_edits_and_deletes_ones_own_messages_only() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    anna.say(&id, "frist").await;
    let message = path(&id, "/messages/1");
    assert_eq!(ben.patch(&message, json!({ "text": "mine" })).await.problem(403), "forbidden");
    assert_eq!(ben.delete(&message).await.problem(403), "forbidden");
    let edited = anna.patch(&message, json!({ "text": "first" })).await.expect(200);
    assert_eq!(edited["text"], "first");
    assert!(edited["edited_at"].is_string());
    anna.put(&path(&id, "/messages/1/reactions/%F0%9F%91%8D"), json!({})).await.expect(204);
    anna.put(&path(&id, "/messages/1/pin"), json!({})).await.expect(204);
    anna.delete(&message).await.expect(204);
    anna.delete(&message).await.expect(204);
    let page = ben.get(&path(&id, "/messages")).await.expect(200);
    let gone = &page["items"][0];
    assert_eq!((gone["text"].as_str(), gone["pinned"].as_bool()), (Some(""), Some(false)));
    assert_eq!(gone["reactions"], json!([]));
    assert!(gone["deleted_at"].is_string());
    assert_eq!(anna.patch(&message, json!({ "text": "again" })).await.problem(409), "message_deleted");
    assert_eq!(anna.patch(&path(&id, "/messages/99"), json!({ "text": "x" })).await.problem(404), "not_found");
    // What was written is nowhere any more, not in the events either.
    let events = anna.get(&path(&id, "/events?after=0")).await.expect(200);
    assert!(!events.to_string().contains("first"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_and_pins_are_the_same_done_once_or_twice() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    anna.say(&id, "vote").await;
    let reaction = path(&id, "/messages/1/reactions/%F0%9F%91%8D");
    for _ in 0..2 {
        ben.put(&reaction, json!({})).await.expect(204);
        anna.put(&reaction, json!({})).await.expect(204);
        ben.put(&path(&id, "/messages/1/pin"), json!({})).await.expect(204);
    }
    let message = &anna.get(&path(&id, "/messages")).await.expect(200)["items"][0];
    assert_eq!(message["reactions"], json!([{ "emoji": "👍", "user_ids": [ben.id, anna.id] }]));
    assert_eq!(message["pinned"], true);
    let pinned = anna.get(&path(&id, "/messages?pinned=true")).await.expect(200);
    assert_eq!(pinned["items"].as_array().map(Vec::len), Some(1));
    ben.delete(&reaction).await.expect(204);
    ben.delete(&reaction).await.expect(204);
    ben.delete(&path(&id, "/messages/1/pin")).await.expect(204);
    let message = &anna.get(&path(&id, "/messages")).await.expect(200)["items"][0];
    assert_eq!(message["reactions"], json!([{ "emoji": "👍", "user_ids": [anna.id] }]));
    // Two reactions, one taken back, a pin and its end: five events after the message.
    assert_eq!(anna.get(&path(&id, "/events?after=0")).await.expect(200)["head"], 6);
    assert_eq!(anna.put(&path(&id, "/messages/1/reactions/lol"), json!({})).await.problem(422), "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_and_mentions_point_to_what_exists() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let cleo = app.register("cleo").await;
    anna.say(&id, "question").await;
    let body = json!({ "client_id": unique(), "text": "@Anna yes, ask @cleo", "reply_to": 1 });
    let reply = ben.post(&path(&id, "/messages"), body).await.expect(201);
    assert_eq!(reply["reply_to"], 1);
    // Cleo is not in this conversation.
    assert_eq!(reply["mentions"], json!([anna.id]));
    assert_eq!(anna.get(&path(&id, "")).await.expect(200)["unread_mentions"], 1);
    let body = json!({ "client_id": unique(), "text": "?", "reply_to": 7 });
    assert_eq!(ben.post(&path(&id, "/messages"), body).await.problem(422), "validation_failed");
    assert_eq!(cleo.get(&path(&id, "")).await.problem(404), "not_found");
    assert_eq!(cleo.get(&path(&id, "/messages")).await.problem(404), "not_found");
    let body = json!({ "client_id": unique(), "text": "let me in" });
    assert_eq!(cleo.post(&path(&id, "/messages"), body).await.problem(404), "not_found");
    assert_eq!(cleo.get(&path(&id, "/digest")).await.problem(404), "not_found");
    assert_eq!(cleo.get(&path(&id, "/events")).await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_follows_from_the_cursor_which_only_moves_forward() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    for text in ["one", "two", "three"] {
        anna.say(&id, text).await;
    }
    let seen = |conversation: Value| (conversation["unread"].clone(), conversation["read_seq"].clone());
    assert_eq!(seen(ben.get(&path(&id, "")).await.expect(200)), (json!(3), json!(0)));
    assert_eq!(seen(anna.get(&path(&id, "")).await.expect(200)).0, json!(0));
    ben.put(&path(&id, "/read"), json!({ "seq": 2 })).await.expect(204);
    ben.put(&path(&id, "/read"), json!({ "seq": 1 })).await.expect(204);
    assert_eq!(seen(ben.get(&path(&id, "")).await.expect(200)), (json!(1), json!(2)));
    anna.delete(&path(&id, "/messages/3")).await.expect(204);
    assert_eq!(seen(ben.get(&path(&id, "")).await.expect(200)).0, json!(0));
    ben.put(&path(&id, "/read"), json!({ "seq": 4_000 })).await.expect(204);
    // The head is 4: three messages and a deletion.
    assert_eq!(seen(ben.get(&path(&id, "")).await.expect(200)).1, json!(4));
    ben.put(&path(&id, "/notify"), json!({ "level": "mentions" })).await.expect(204);
    assert_eq!(ben.get(&path(&id, "")).await.expect(200)["notify"], "mentions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_has_one_to_eight_thousand_characters_of_any_script() {
    let app = TestApp::start().await;
    let (anna, _, id) = pair(&app).await;
    let messages = path(&id, "/messages");
    let post = |text: &str| anna.post(&messages, json!({ "client_id": unique(), "text": text }));
    assert_eq!(post("").await.problem(422), "validation_failed");
    assert_eq!(post(&"x".repeat(8_001)).await.problem(422), "validation_failed");
    assert_eq!(post("a\0b").await.problem(422), "validation_failed");
    for text in ["😀".repeat(8_000), "שלום \u{202e}rtl".to_owned(), "e\u{301}".repeat(4_000), " 漢字\n".to_owned()]
    {
        assert_eq!(post(&text).await.expect(201)["text"], text);
    }
    let long = json!({ "client_id": "c".repeat(65), "text": "x" });
    assert_eq!(anna.post(&messages, long).await.problem(422), "validation_failed");
    let unknown = json!({ "client_id": "c", "text": "x", "colour": "red" });
    assert_eq!(anna.post(&messages, unknown).await.problem(400), "malformed");
    let file = json!({ "client_id": "c", "text": "x", "attachments": [unique()] });
    assert_eq!(anna.post(&messages, file).await.problem(404), "not_found");
}
