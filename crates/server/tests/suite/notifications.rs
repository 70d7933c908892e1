//! Notifications: in the reader's language, on all of the reader's devices, and nobody else's.

use serde_json::{Value, json};
use studyhall_domain::notifications::Notice;
use studyhall_testkit::{Person, unique};
use studyhall_wire::UserId;

use super::TestApp;

/// Tells `to` that `from` would like to be friends.
async fn tell(app: &TestApp, to: &Person, from: &Person) -> String {
    let id = |person: &Person| person.id.parse::<UserId>().expect("an id");
    let notice = Notice::FriendRequest { user_id: id(from) };
    let store = &app.server().services().app.ports.notifications;
    store.notify(id(to), &notice, studyhall_domain::now()).await.expect("told").to_string()
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_listed_read_and_counted() {
    let app = TestApp::start().await;
    let (anna, ben) = (app.register("anna").await, app.register("ben").await);
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(tell(&app, &anna, &ben).await);
    }
    told.reverse();
    let list = anna.get("/notifications").await.expect(200);
    assert_eq!(ids(&list), told, "the newest first");
    let first = &list["items"][0];
    assert_eq!((first["kind"].as_str(), &first["data"]), (Some("friend_request"), &json!({ "user_id": ben.id })));
    assert_eq!(first["title"], "Friend request");
    assert_eq!(first["body"], "ben would like to be friends with you.");
    assert_eq!(first["read_at"], Value::Null);
    assert_eq!(anna.get("/notifications/unread-count").await.expect(200), json!({ "count": 3 }));

    let read = async |id: &str| anna.post(&format!("/notifications/{id}/read"), json!({})).await;
    for _ in 0..2 {
        read(&told[1]).await.expect(204);
    }
    let unread = anna.get("/notifications?unread=true&limit=1").await.expect(200);
    assert_eq!(ids(&unread), [&told[0]]);
    let cursor = unread["next_cursor"].as_str().expect("another page");
    let rest = anna.get(&format!("/notifications?unread=true&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((ids(&rest), &rest["next_cursor"]), (vec![&*told[2]], &Value::Null));
    assert_eq!(ids(&anna.get("/notifications?unread=false").await.expect(200)), told);
    anna.post("/notifications/read-all", json!({})).await.expect(204);
    assert_eq!(anna.get("/notifications/unread-count").await.expect(200)["count"], 0);

    assert_eq!(ben.post(&format!("/notifications/{}/read", told[0]), json!({})).await.problem(404), "not_found");
    assert_eq!(read(&unique()).await.problem(404), "not_found");
    assert_eq!(ids(&ben.get("/notifications").await.expect(200)), Vec::<&str>::new());
    assert_eq!(anna.get("/notifications?cursor=nonsense").await.problem(422), "validation_failed");
    assert_eq!(anna.get("/notifications?unread=perhaps").await.problem(400), "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_written_in_the_readers_language_as_things_stand() {
    let app = TestApp::start().await;
    let (anna, ben) = (app.register("anna").await, app.register("ben").await);
    tell(&app, &anna, &ben).await;
    let text = async || {
        let list = anna.get("/notifications").await.expect(200);
        list["items"][0]["body"].as_str().expect("a text").to_owned()
    };
    anna.patch("/users/me", json!({ "locale": "de-AT" })).await.expect(200);
    ben.patch("/users/me", json!({ "display_name": "Ben B." })).await.expect(200);
    assert_eq!(text().await, "Ben B. möchte mit dir befreundet sein.");
    let gone = ben.request(reqwest::Method::DELETE, "/users/me");
    Person::send(gone.json(&json!({ "password": studyhall_testkit::PASSWORD }))).await.expect(204);
    assert_eq!(text().await, "Jemand möchte mit dir befreundet sein.");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_device_hears_of_them_and_of_their_reading() {
    let app = TestApp::start().await;
    let (anna, ben) = (app.register("anna").await, app.register("ben").await);
    let (mut phone, _) = anna.connect(json!([])).await;
    let id = tell(&app, &anna, &ben).await;
    // What the store was told of directly, the outbox tells of.
    let created = phone.event("notification.created").await;
    assert_eq!((created["stream"].as_str(), created["data"]["id"].as_str()), (Some(&*anna.id), Some(&*id)));
    assert_eq!(created["data"]["body"], "ben would like to be friends with you.");
    let desk = anna.sign_in().await;
    desk.post(&format!("/notifications/{id}/read"), json!({})).await.expect(204);
    assert_eq!(phone.event("notification.read").await["data"], json!({ "id": id }));
    tell(&app, &anna, &ben).await;
    desk.post("/notifications/read-all", json!({})).await.expect(204);
    assert_eq!(phone.event("notification.read").await["data"], json!({ "all": true }));
    // Who was away finds the same in the inbox, as things stand now.
    let inbox = anna.get("/inbox/events?after=0").await.expect(200);
    let kinds: Vec<_> = inbox["items"].as_array().expect("events").iter().map(|e| e["kind"].as_str()).collect();
    let expected = ["notification.created", "notification.read", "notification.created", "notification.read"];
    assert_eq!(kinds, expected.map(Some));
    assert!(inbox["items"][0]["data"]["read_at"].is_string());
}
