//! Friends, requests, blocks, and who may write to whom.

use serde_json::{Value, json};
use studyhall_domain::accounts::NewUser;
use studyhall_testkit::{PASSWORD, Person, eventually};
use studyhall_wire::Role;

use super::messages::pair;

use super::TestApp;

/// Somebody with a global role, signed in.
pub async fn with_role(app: &TestApp, username: &str, role: Role) -> Person {
    let (username, password) = (username.to_owned(), PASSWORD.to_owned());
    let new = NewUser { username: username.clone(), display_name: None, password, role };
    app.server().services().app.accounts.create(new).await.expect("an account");
    let stranger = Person::stranger(app.address);
    let session = stranger.post("/auth/login", json!({ "username": username, "password": PASSWORD })).await.expect(200);
    stranger.with(&session)
}

pub async fn befriend(one: &Person, other: &Person) {
    one.post("/friends/requests", json!({ "user_id": other.id })).await.expect(201);
    other.post(&format!("/friends/requests/{}/accept", one.id), json!({})).await.expect(204);
}

fn usernames(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().filter_map(|user| user["username"].as_str()).collect()
}

async fn presence(viewer: &Person, of: &Person) -> String {
    viewer.get(&format!("/users/{}", of.id)).await.expect(200)["presence"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_seen_by_the_other_at_once_and_accepted() {
    let app = TestApp::start().await;
    let (anna, ben) = (app.register("anna").await, app.register("ben").await);
    let (mut a, _) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    let asked = anna.post("/friends/requests", json!({ "user_id": ben.id })).await.expect(201);
    assert_eq!(asked, json!({ "state": "pending" }));
    let event = b.event("friend.requested").await;
    assert_eq!((&event["stream"], &event["data"]["user"]["username"]), (&json!(ben.id), &json!("anna")));
    assert_eq!(b.event("notification.created").await["data"]["kind"], "friend_request");
    let again = anna.post("/friends/requests", json!({ "user_id": ben.id })).await;
    assert_eq!(again.problem(409), "already_requested");
    let requests = ben.get("/friends/requests").await.expect(200);
    assert_eq!(requests["incoming"][0]["user"]["id"], anna.id.as_str());
    assert_eq!(requests["outgoing"], json!([]));

    ben.post(&format!("/friends/requests/{}/accept", anna.id), json!({})).await.expect(204);
    let event = a.event("friend.accepted").await;
    assert_eq!((&event["data"]["user"]["id"], &event["actor_id"]), (&json!(ben.id), &json!(ben.id)));
    assert_eq!(b.event("friend.accepted").await["data"]["user"]["id"], anna.id.as_str());
    assert_eq!(a.event("notification.created").await["data"]["kind"], "friend_accepted");
    assert_eq!(usernames(&anna.get("/friends").await.expect(200)), ["ben"]);
    assert_eq!(ben.post("/friends/requests", json!({ "user_id": anna.id })).await.problem(409), "already_friends");
    assert_eq!(ben.post("/friends/requests", json!({ "user_id": ben.id })).await.problem(422), "validation_failed");

    anna.delete(&format!("/friends/{}", ben.id)).await.expect(204);
    assert_eq!(b.event("friend.removed").await["data"]["user"]["id"], anna.id.as_str());
    assert_eq!(anna.delete(&format!("/friends/{}", ben.id)).await.problem(404), "not_found");
    assert_eq!(usernames(&ben.get("/friends").await.expect(200)), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_whom_one_was_asked_by_makes_friends_and_declining_is_told_without_a_notification() {
    let app = TestApp::start().await;
    let [anna, ben, cleo] = [app.register("anna").await, app.register("ben").await, app.register("cleo").await];
    anna.post("/friends/requests", json!({ "user_id": ben.id })).await.expect(201);
    let asked = ben.post("/friends/requests", json!({ "user_id": anna.id })).await.expect(200);
    assert_eq!(asked, json!({ "state": "friends" }));
    anna.post("/friends/requests", json!({ "user_id": cleo.id })).await.expect(201);
    cleo.post(&format!("/friends/requests/{}/reject", anna.id), json!({})).await.expect(204);
    let inbox = anna.get("/inbox/events").await.expect(200);
    let kinds: Vec<&str> =
        inbox["items"].as_array().expect("items").iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds, ["friend.accepted", "notification.created", "friend.declined"]);
    let again = cleo.post(&format!("/friends/requests/{}/accept", anna.id), json!({})).await;
    assert_eq!(again.problem(404), "not_found");
    anna.post("/friends/requests", json!({ "user_id": cleo.id })).await.expect(201);
    anna.delete(&format!("/friends/requests/{}", cleo.id)).await.expect(204);
    assert_eq!(cleo.get("/friends/requests").await.expect(200)["incoming"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_stops_messages_both_ways_at_once_on_rest_and_live_sockets() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    befriend(&anna, &ben).await;
    let (mut a, _) = anna.connect(json!([])).await;
    let (mut b, _) = ben.connect(json!([])).await;
    let send = |n: &str| json!({ "op": "send", "conversation_id": id, "client_id": n, "text": "Hello?" });
    a.send(&send("a1")).await;
    b.send(&send("b1")).await;
    a.frame("ack").await;
    b.frame("ack").await;
    eventually("both are seen", async || presence(&ben, &anna).await == "online").await;

    anna.put(&format!("/blocks/{}", ben.id), json!({})).await.expect(204);
    for (socket, who) in [(&mut a, "a2"), (&mut b, "b2")] {
        socket.send(&send(who)).await;
        assert_eq!(socket.frame("nack").await["problem"]["code"], "blocked");
    }
    let messages = format!("/conversations/{id}/messages");
    for person in [&anna, &ben] {
        let body = json!({ "client_id": "c", "text": "Hello?" });
        assert_eq!(person.post(&messages, body).await.problem(403), "blocked");
        let reaction = person.put(&format!("{messages}/1/reactions/👍"), json!({})).await;
        assert_eq!(reaction.problem(403), "blocked");
        assert_eq!(person.get(&messages).await.expect(200)["items"].as_array().map(Vec::len), Some(2));
    }
    assert_eq!(ben.post("/conversations", json!({ "user_id": anna.id })).await.problem(403), "dm_not_allowed");
    assert_eq!(ben.post("/friends/requests", json!({ "user_id": anna.id })).await.problem(403), "blocked");
    assert_eq!(presence(&ben, &anna).await, "offline");
    assert_eq!(presence(&anna, &ben).await, "offline");
    assert_eq!(usernames(&anna.get("/blocks").await.expect(200)), ["ben"]);
    assert_eq!(usernames(&anna.get("/friends").await.expect(200)), Vec::<&str>::new());

    anna.delete(&format!("/blocks/{}", ben.id)).await.expect(204);
    b.send(&send("b3")).await;
    assert_eq!(b.frame("ack").await["seq"], 3);
    assert_eq!(presence(&ben, &anna).await, "online");
}

#[tokio::test(flavor = "multi_thread")]
async fn friends_see_each_other_come_without_a_conversation() {
    let app = TestApp::start().await;
    let [anna, ben, cleo] = [app.register("anna").await, app.register("ben").await, app.register("cleo").await];
    befriend(&anna, &ben).await;
    let (mut a, _) = anna.connect(json!([])).await;
    let (_b, _) = ben.connect(json!([])).await;
    let (_c, _) = cleo.connect(json!([])).await;
    let seen = a.frame("presence").await;
    assert_eq!((&seen["user_id"], &seen["state"]), (&json!(ben.id), &json!("online")));
    assert_eq!(presence(&anna, &ben).await, "online");
    eventually("Cleo is there", async || presence(&cleo, &cleo).await == "online").await;
    assert_eq!(presence(&anna, &cleo).await, "offline", "a stranger is not seen");
    // Becoming friends shows who is there already.
    befriend(&cleo, &anna).await;
    let seen =
        a.until("Cleo's presence", |frame| frame["op"] == "presence" && frame["user_id"] == json!(cleo.id)).await;
    assert_eq!(seen["state"], "online");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dm_policy_of_friends_lets_friends_in_and_guests_reach_friends_alone() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let gus = with_role(&app, "gus", Role::Guest).await;
    ben.patch("/users/me", json!({ "dm_policy": "friends" })).await.expect(200);
    let open = async |from: &Person, to: &Person| from.post("/conversations", json!({ "user_id": to.id })).await;
    assert_eq!(open(&anna, &ben).await.problem(403), "dm_not_allowed");
    befriend(&anna, &ben).await;
    open(&anna, &ben).await.expect(201);

    assert_eq!(open(&gus, &anna).await.problem(403), "dm_not_allowed");
    assert_eq!(gus.post("/friends/requests", json!({ "user_id": anna.id })).await.problem(403), "forbidden");
    assert_eq!(gus.get("/users?query=an").await.problem(403), "forbidden");
    anna.post("/friends/requests", json!({ "user_id": gus.id })).await.expect(201);
    gus.post(&format!("/friends/requests/{}/accept", anna.id), json!({})).await.expect(204);
    open(&gus, &anna).await.expect(201);
    anna.patch("/users/me", json!({ "dm_policy": "nobody" })).await.expect(200);
    assert_eq!(open(&ben, &anna).await.expect(200)["kind"], "direct", "what exists is found");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_limited_in_rate() {
    let app = TestApp::with([]).await;
    let anna = app.register("anna").await;
    let ben = app.register("ben").await;
    let mut refused = None;
    for _ in 0..80 {
        let answer = anna.post("/friends/requests", json!({ "user_id": ben.id })).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(refused.problem(429), "rate_limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_people_come_in_pages() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    for name in ["ben", "cleo", "dora"] {
        befriend(&anna, &app.register(name).await).await;
    }
    let first = anna.get("/friends?limit=2").await.expect(200);
    assert_eq!(usernames(&first), ["ben", "cleo"]);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let rest = anna.get(&format!("/friends?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((usernames(&rest), &rest["next_cursor"]), (vec!["dora"], &Value::Null));
    assert_eq!(anna.get("/friends?cursor=nonsense!").await.problem(422), "validation_failed");
    assert_eq!(anna.get("/friends?limit=0").await.problem(422), "validation_failed");
}
