//! Reports and what moderators make of them.

use serde_json::{Value, json};
use studyhall_testkit::{Person, unique};
use studyhall_wire::Role;

use super::{admin::with_role, messages::pair};

use super::TestApp;

fn report(conversation: &str, seq: i64) -> Value {
    json!({ "conversation_id": conversation, "seq": seq, "reason": "That is rude." })
}

fn resolve(report: &Value) -> String {
    format!("/admin/reports/{}/resolve", report["id"].as_str().expect("an id"))
}

async fn inbox_of_kind(person: &Person, kind: &str) -> Vec<Value> {
    let list = person.get("/notifications").await.expect(200);
    let items = list["items"].as_array().expect("items").iter();
    items.filter(|item| item["kind"] == kind).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_who_is_no_member_deletes_what_was_reported() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let moderator = with_role(&app, "moderator", Role::Moderator).await;
    anna.say(&id, "You are a fool").await;
    anna.say(&id, "Good morning").await;
    let made = ben.post("/reports", report(&id, 1)).await.expect(201);
    assert_eq!((made["state"].as_str(), &made["note"]), (Some("open"), &Value::Null));
    assert_eq!(made["reporter"]["username"], "ben");
    let again = ben.post("/reports", report(&id, 1)).await.expect(200);
    assert_eq!(again["id"], made["id"]);

    assert_eq!(moderator.get(&format!("/conversations/{id}/messages")).await.problem(404), "not_found");
    let queue = moderator.get("/admin/reports?state=open").await.expect(200);
    assert_eq!(queue["items"].as_array().map(Vec::len), Some(1));
    let seen = &queue["items"][0];
    assert_eq!(
        (seen["message"]["text"].as_str(), &seen["author"]["username"]),
        (Some("You are a fool"), &json!("anna"))
    );
    assert_eq!(seen["reason"], "That is rude.");

    let (mut socket, _) = ben.connect(json!([])).await;
    let body = json!({ "action": "delete_message", "note": "An insult." });
    moderator.post(&resolve(&made), body.clone()).await.expect(204);
    // Two streams: either may come first.
    let (mut deleted, mut told) = (None, None);
    while deleted.is_none() || told.is_none() {
        let event = socket.frame("event").await;
        let place = if event["kind"] == "message.deleted" { &mut deleted } else { &mut told };
        *place = Some(event);
    }
    let (deleted, told) = (deleted.expect("a deletion"), told.expect("a notification"));
    assert_eq!((deleted["stream"].as_str(), &deleted["data"]["seq"]), (Some(&*id), &json!(1)));
    assert_eq!(deleted["actor_id"], moderator.id.as_str());
    let (kind, action) = (&told["data"]["kind"], &told["data"]["data"]["action"]);
    assert_eq!((kind, action), (&json!("report_resolved"), &json!("delete_message")));
    let page = anna.get(&format!("/conversations/{id}/messages")).await.expect(200);
    assert_eq!((&page["items"][0]["text"], &page["items"][1]["text"]), (&json!(""), &json!("Good morning")));
    assert_eq!(moderator.post(&resolve(&made), body).await.problem(409), "report_resolved");
    let resolved = &moderator.get("/admin/reports").await.expect(200)["items"][0];
    assert_eq!((resolved["state"].as_str(), resolved["action"].as_str()), (Some("resolved"), Some("delete_message")));
    assert_eq!((&resolved["note"], &resolved["message"]["text"]), (&json!("An insult."), &json!("")));
    assert_eq!(resolved["resolved_by"]["username"], "moderator");
    // What was deleted cannot be reported; and the moderator still sees nothing else of the conversation.
    assert_eq!(ben.post("/reports", report(&id, 1)).await.problem(409), "message_deleted");
    assert_eq!(moderator.get(&format!("/conversations/{id}/messages")).await.problem(404), "not_found");

    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let log = admin.get(&format!("/admin/audit?actor={}", moderator.id)).await.expect(200);
    let acts: Vec<_> = log["items"].as_array().expect("items").iter().map(|e| (&e["action"], &e["target"])).collect();
    let message = json!(format!("{id}/1"));
    assert_eq!(acts[..2], [(&json!("report.resolve"), &made["id"]), (&json!("message.delete"), &message)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_a_message_cannot_report_it() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let cleo = app.register("cleo").await;
    anna.say(&id, "secret").await;
    assert_eq!(cleo.post("/reports", report(&id, 1)).await.problem(404), "not_found");
    assert_eq!(ben.post("/reports", report(&id, 2)).await.problem(404), "not_found");
    assert_eq!(ben.post("/reports", report(&unique(), 1)).await.problem(404), "not_found");
    let reason = |reason: &str| json!({ "conversation_id": id, "seq": 1, "reason": reason });
    for reason in [reason(" \n"), reason(&"x".repeat(1_001)), reason("a\0b")] {
        assert_eq!(ben.post("/reports", reason).await.problem(422), "validation_failed");
    }
    let made = ben.post("/reports", reason(&"ü".repeat(1_000))).await.expect(201);
    for person in [&ben, &anna] {
        assert_eq!(person.get("/admin/reports").await.problem(403), "forbidden");
        let dismiss = json!({ "action": "dismiss" });
        assert_eq!(person.post(&resolve(&made), dismiss).await.problem(403), "forbidden");
    }
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let log = admin.get(&format!("/admin/audit?actor={}", ben.id)).await.expect(200);
    let acts: Vec<_> = log["items"].as_array().expect("items").iter().map(|e| (&e["action"], &e["outcome"])).collect();
    let denied = json!("denied");
    assert_eq!(acts, [(&json!("report.resolve"), &denied), (&json!("reports.list"), &denied)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_is_suspended_by_an_admin_alone() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let moderator = with_role(&app, "moderator", Role::Moderator).await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    anna.say(&id, "spam").await;
    let made = ben.post("/reports", report(&id, 1)).await.expect(201);
    let suspend = json!({ "action": "suspend_user" });
    let (mut socket, _) = anna.connect(json!([])).await;
    assert_eq!(moderator.post(&resolve(&made), suspend.clone()).await.problem(403), "forbidden");
    assert_eq!(anna.get("/users/me").await.status, 200);
    admin.post(&resolve(&made), suspend.clone()).await.expect(204);
    assert_eq!(socket.close_code().await, 4403);
    assert_eq!(anna.get("/users/me").await.problem(401), "session_ended");
    let told = inbox_of_kind(&ben, "report_resolved").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["body"], "The author of the message that you reported was suspended.");
    // Not one's equal, whoever reports them.
    let other = with_role(&app, "admin-2", Role::Admin).await;
    let chat = other.open_direct(&ben).await;
    other.say(&chat, "spam").await;
    let made = ben.post("/reports", report(&chat, 1)).await.expect(201);
    assert_eq!(admin.post(&resolve(&made), suspend).await.problem(403), "forbidden");
    admin.post(&resolve(&made), json!({ "action": "dismiss" })).await.expect(204);
    assert_eq!(other.get("/users/me").await.status, 200);
    assert_eq!(inbox_of_kind(&ben, "report_resolved").await.len(), 2);
}

/// Many moderators resolve one report at once: one of them does, and the reporter hears of it once.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_resolved_by_one_of_many() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let moderator = with_role(&app, "moderator", Role::Moderator).await;
    anna.say(&id, "hm").await;
    let made = ben.post("/reports", report(&id, 1)).await.expect(201);
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (moderator, path) = (moderator.clone(), resolve(&made));
        let action = if n % 2 == 0 { "dismiss" } else { "delete_message" };
        racing.spawn(async move { (action, moderator.post(&path, json!({ "action": action })).await.status.as_u16()) });
    }
    let results = racing.join_all().await;
    let done: Vec<_> = results.iter().filter(|(_, status)| *status == 204).collect();
    assert_eq!(done.len(), 1, "{results:?}");
    assert!(results.iter().all(|(_, status)| [204, 409].contains(status)), "{results:?}");
    let page = ben.get(&format!("/conversations/{id}/messages")).await.expect(200);
    assert_eq!(page["items"][0]["deleted_at"].is_string(), done[0].0 == "delete_message");
    assert_eq!(inbox_of_kind(&ben, "report_resolved").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_reports_what_they_can_read_and_sees_no_queue() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    anna.say(&id, "hm").await;
    app.server().services().app.accounts.set_role("ben", Role::Guest).await.expect("a guest");
    ben.post("/reports", report(&id, 1)).await.expect(201);
    assert_eq!(ben.get("/admin/reports").await.problem(403), "forbidden");
}
