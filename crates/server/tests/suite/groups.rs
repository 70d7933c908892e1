//! Groups from outside: made, joined, managed, and what their conversation tells.

use serde_json::{Value, json};
use studyhall_testkit::{PASSWORD, Person, pixel, unique};
use studyhall_wire::Role;

use super::friends::with_role;

use super::TestApp;

/// A group of one.
pub async fn make(owner: &Person, form: Value) -> Value {
    owner.post("/groups", form).await.expect(201)
}

/// An open, public group.
pub async fn open_group(owner: &Person) -> (String, String) {
    let group = make(owner, json!({ "name": "Algebra", "visibility": "public", "join_policy": "open" })).await;
    (text(&group["id"]), text(&group["conversation_id"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub async fn join(person: &Person, group: &str) {
    person.post(&format!("/groups/{group}/join"), json!({})).await.expect(204);
}

pub async fn place(actor: &Person, group: &str, person: &Person, role: &str) {
    actor.put(&format!("/groups/{group}/members/{}", person.id), json!({ "role": role })).await.expect(204);
}

fn member(group: &str, person: &Person) -> String {
    format!("/groups/{group}/members/{}", person.id)
}

async fn system(person: &Person, conversation: &str) -> Vec<(String, Value)> {
    let page = person.get(&format!("/conversations/{conversation}/messages")).await.expect(200);
    let events = page["system"].as_array().expect("events").iter();
    events.map(|event| (text(&event["kind"]), event["data"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_a_conversation_that_tells_who_comes_and_goes() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let (mut a, _) = anna.connect(json!([])).await;
    let group = make(&anna, json!({ "name": " Algebra ", "visibility": "public", "join_policy": "open" })).await;
    assert_eq!(group["name"], "Algebra");
    assert_eq!(
        (&group["my_role"], &group["member_count"], &group["archived"]),
        (&json!("owner"), &json!(1), &json!(false))
    );
    assert_eq!(group["owner_id"], anna.id.as_str());
    let (id, conversation) = (text(&group["id"]), text(&group["conversation_id"]));
    let added = a.event("conversation.added").await;
    assert_eq!((&added["data"]["id"], &added["data"]["title"]), (&json!(conversation), &json!("Algebra")));
    assert_eq!((&added["data"]["kind"], &added["data"]["group_id"]), (&json!("group"), &json!(id)));

    let (mut b, _) = ben.connect(json!([])).await;
    join(&ben, &id).await;
    join(&ben, &id).await;
    let added = b.event("conversation.added").await;
    assert_eq!(added["data"]["title"], "Algebra");
    let joined = a.until("Ben's coming", |f| f["kind"] == "member.joined" && f["actor_id"] == json!(ben.id)).await;
    assert_eq!(joined["data"], json!({ "user_id": ben.id, "role": "member" }));
    assert_eq!((&joined["stream"], &joined["actor_id"]), (&json!(conversation), &json!(ben.id)));
    let send = json!({ "op": "send", "conversation_id": conversation, "client_id": "1", "text": "Hi" });
    b.send(&send).await;
    assert_eq!(a.event("message.created").await["data"]["text"], "Hi");
    // Members read from the beginning.
    let kinds: Vec<String> = system(&ben, &conversation).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["member.joined", "member.joined"]);

    place(&anna, &id, &ben, "moderator").await;
    // Of two streams, either may be told first.
    for _ in 0..2 {
        let told = b.until("the role, and its notification", |frame| {
            frame["kind"] == "member.role_changed" || frame["kind"] == "notification.created"
        });
        match told.await {
            role if role["kind"] == "member.role_changed" => {
                assert_eq!(role["data"], json!({ "user_id": ben.id, "role": "moderator" }));
            }
            notified => assert_eq!(notified["data"]["kind"], "role_changed"),
        }
    }
    let renamed = anna.patch(&format!("/groups/{id}"), json!({ "name": "Algebra II" })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["my_role"]), (&json!("Algebra II"), &json!("owner")));
    let updated = b.event("group.updated").await;
    assert_eq!(updated["data"]["name"], "Algebra II");
    assert_eq!(updated["data"].get("my_role"), None, "nothing that depends on who reads");
    assert_eq!(ben.get(&format!("/conversations/{conversation}")).await.expect(200)["title"], "Algebra II");

    ben.delete(&member(&id, &ben)).await.expect(204);
    assert_eq!(a.event("member.left").await["data"], json!({ "user_id": ben.id, "role": "moderator" }));
    let removed = b.event("conversation.removed").await;
    assert_eq!(removed["data"], json!({ "conversation_id": conversation, "reason": "left" }));
    assert_eq!(ben.get(&format!("/conversations/{conversation}")).await.problem(404), "not_found");
    assert_eq!(anna.delete(&member(&id, &anna)).await.problem(409), "owner_must_transfer");
    assert_eq!(anna.get(&format!("/groups/{id}")).await.expect(200)["member_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_asks_where_the_group_wants_to_be_asked() {
    let app = TestApp::start().await;
    let [anna, ben, cleo] = [app.register("anna").await, app.register("ben").await, app.register("cleo").await];
    let group = make(&anna, json!({ "name": "Exam", "visibility": "public", "join_policy": "approval" })).await;
    let id = text(&group["id"]);
    for person in [&ben, &cleo] {
        person.post(&format!("/groups/{id}/join"), json!({})).await.expect(202);
    }
    assert_eq!(ben.get(&format!("/groups/{id}/join-requests")).await.problem(403), "forbidden");
    let waiting = anna.get(&format!("/groups/{id}/join-requests")).await.expect(200);
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(2));
    let answer = |person: &Person, word: &str| format!("/groups/{id}/join-requests/{}/{word}", person.id);
    anna.post(&answer(&ben, "approve"), json!({})).await.expect(204);
    anna.post(&answer(&cleo, "deny"), json!({})).await.expect(204);
    assert_eq!(anna.post(&answer(&cleo, "approve"), json!({})).await.problem(404), "not_found");
    assert_eq!(ben.get(&format!("/groups/{id}")).await.expect(200)["my_role"], "member");
    assert_eq!(cleo.get(&format!("/groups/{id}")).await.expect(200)["my_role"], Value::Null);
    let kinds = async |person: &Person| {
        let list = person.get("/notifications").await.expect(200);
        list["items"].as_array().expect("items").iter().map(|item| text(&item["kind"])).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&anna).await, ["join_request", "join_request"]);
    assert_eq!((kinds(&ben).await, kinds(&cleo).await), (vec!["join_approved".into()], vec!["join_denied".into()]));

    let closed = make(&anna, json!({ "name": "Closed", "visibility": "public" })).await;
    let refused = ben.post(&format!("/groups/{}/join", text(&closed["id"])), json!({})).await;
    assert_eq!(refused.problem(403), "invite_only");
    let private = make(&anna, json!({ "name": "Private", "join_policy": "open" })).await;
    for path in ["", "/members", "/invites", "/bans", "/join-requests"] {
        let hidden = ben.get(&format!("/groups/{}{path}", text(&private["id"]))).await;
        assert_eq!(hidden.problem(404), "not_found", "{path}");
    }
    assert_eq!(ben.post(&format!("/groups/{}/join", text(&private["id"])), json!({})).await.problem(404), "not_found");
    let found = ben.get("/groups/discover?query=clo").await.expect(200);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["items"][0]["my_role"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_shown_to_everybody_and_taken_by_so_many() {
    let app = TestApp::start().await;
    let [anna, ben, cleo] = [app.register("anna").await, app.register("ben").await, app.register("cleo").await];
    let group = make(&anna, json!({ "name": "Secret", "description": "Only for us" })).await;
    let id = text(&group["id"]);
    let invite =
        anna.post(&format!("/groups/{id}/invites"), json!({ "max_uses": 1, "expires_in": 600 })).await.expect(201);
    let code = text(&invite["code"]);
    assert_eq!((&invite["max_uses"], &invite["uses"]), (&json!(1), &json!(0)));
    assert!(text(&invite["url"]).ends_with(&format!("/invite/{code}")), "{invite}");
    let preview = Person::stranger(app.address).get(&format!("/invites/{code}")).await.expect(200);
    let shown = json!({ "group": { "id": id, "name": "Secret", "description": "Only for us", "member_count": 1 } });
    assert_eq!(preview, shown);
    let accepted = ben.post(&format!("/invites/{code}/accept"), json!({})).await.expect(200);
    assert_eq!((&accepted["my_role"], &accepted["member_count"]), (&json!("member"), &json!(2)));
    assert_eq!(cleo.post(&format!("/invites/{code}/accept"), json!({})).await.problem(404), "invite_invalid");
    assert_eq!(Person::stranger(app.address).get(&format!("/invites/{code}")).await.problem(404), "invite_invalid");
    assert_eq!(cleo.get("/invites/never").await.problem(404), "invite_invalid");

    let open = anna.post(&format!("/groups/{id}/invites"), json!({})).await.expect(201);
    assert_eq!((&open["max_uses"], &open["expires_at"]), (&Value::Null, &Value::Null));
    let list = anna.get(&format!("/groups/{id}/invites")).await.expect(200);
    assert_eq!(list["items"], json!([open]), "the spent one is gone");
    assert_eq!(ben.get(&format!("/groups/{id}/invites")).await.problem(403), "forbidden");
    anna.delete(&format!("/groups/{id}/invites/{}", text(&open["code"]))).await.expect(204);
    let withdrawn = cleo.post(&format!("/invites/{}/accept", text(&open["code"])), json!({})).await;
    assert_eq!(withdrawn.problem(404), "invite_invalid");
    let nonsense = json!({ "max_uses": 0, "expires_in": 5 });
    assert_eq!(anna.post(&format!("/groups/{id}/invites"), nonsense).await.problem(422), "validation_failed");

    // Who lets nobody add them is asked instead.
    cleo.patch("/users/me", json!({ "dm_policy": "nobody" })).await.expect(200);
    anna.put(&member(&id, &cleo), json!({ "role": "member" })).await.expect(202);
    let told = cleo.get("/notifications").await.expect(200);
    let told = &told["items"][0];
    assert_eq!((&told["kind"], &told["data"]["group_id"]), (&json!("group_invite"), &json!(id)));
    let personal = text(&told["data"]["code"]);
    assert_eq!(cleo.post(&format!("/invites/{personal}/accept"), json!({})).await.expect(200)["my_role"], "member");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_may_do_follows_at_once_on_rest_and_live_sockets() {
    let app = TestApp::start().await;
    let [anna, ben, cleo] = [app.register("anna").await, app.register("ben").await, app.register("cleo").await];
    let (id, conversation) = open_group(&anna).await;
    join(&ben, &id).await;
    join(&cleo, &id).await;
    let (mut b, _) = ben.connect(json!([])).await;
    let everyone =
        |n: &str| json!({ "op": "send", "conversation_id": conversation, "client_id": n, "text": "@everyone look" });
    b.send(&everyone("1")).await;
    assert_eq!(b.event("message.created").await["data"]["mentions_everyone"], false);
    let messages = format!("/conversations/{conversation}/messages");
    let said = cleo.say(&conversation, "Something").await;
    let theirs = format!("{messages}/{}", said["seq"]);
    assert_eq!(ben.delete(&theirs).await.problem(403), "forbidden");
    assert_eq!(ben.put(&format!("{theirs}/pin"), json!({})).await.problem(403), "forbidden");

    place(&anna, &id, &ben, "moderator").await;
    b.event("member.role_changed").await;
    b.send(&everyone("2")).await;
    let event = b.until("one's own", |frame| frame["data"]["client_id"] == "2").await;
    assert_eq!(event["data"]["mentions_everyone"], true);
    ben.put(&format!("{theirs}/pin"), json!({})).await.expect(204);
    ben.delete(&theirs).await.expect(204);
    let mine = anna.say(&conversation, "The owner's").await;
    assert_eq!(ben.delete(&format!("{messages}/{}", mine["seq"])).await.problem(403), "forbidden", "not of an owner");
    // Who is gone stands below every moderator.
    let last = cleo.say(&conversation, "I'm off").await;
    cleo.delete(&member(&id, &cleo)).await.expect(204);
    ben.delete(&format!("{messages}/{}", last["seq"])).await.expect(204);

    anna.patch(&format!("/groups/{id}"), json!({ "archived": true })).await.expect(200);
    b.event("group.updated").await;
    b.send(&everyone("3")).await;
    assert_eq!(b.frame("nack").await["problem"]["code"], "group_archived");
    let body = json!({ "client_id": unique(), "text": "Still here?" });
    assert_eq!(ben.post(&messages, body).await.problem(403), "group_archived");
    assert_eq!(ben.get(&messages).await.expect(200)["items"].as_array().map(Vec::len), Some(5));
    anna.patch(&format!("/groups/{id}"), json!({ "archived": false })).await.expect(200);
    b.event("group.updated").await;
    b.send(&everyone("4")).await;
    b.frame("ack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_managed_by_rank() {
    let app = TestApp::start().await;
    let [anna, ben, cleo, dora] =
        [app.register("anna").await, app.register("ben").await, app.register("cleo").await, app.register("dora").await];
    let (id, _) = open_group(&anna).await;
    place(&anna, &id, &ben, "admin").await;
    place(&ben, &id, &cleo, "moderator").await;
    place(&ben, &id, &dora, "member").await;
    let put = async |actor: &Person, person: &Person, role: &str| {
        actor.put(&member(&id, person), json!({ "role": role })).await
    };
    assert_eq!(put(&ben, &cleo, "admin").await.problem(403), "forbidden");
    assert_eq!(put(&anna, &ben, "owner").await.problem(422), "validation_failed");
    assert_eq!(put(&cleo, &dora, "moderator").await.problem(403), "forbidden");
    assert_eq!(cleo.delete(&member(&id, &ben)).await.problem(403), "forbidden");
    let listed = dora.get(&format!("/groups/{id}/members?limit=3")).await.expect(200);
    let roles: Vec<&str> =
        listed["items"].as_array().expect("items").iter().filter_map(|m| m["role"].as_str()).collect();
    assert_eq!(roles, ["owner", "admin", "moderator"]);
    let rest = format!("/groups/{id}/members?limit=3&cursor={}", text(&listed["next_cursor"]));
    let rest = dora.get(&rest).await.expect(200);
    assert_eq!((&rest["items"][0]["user"]["username"], &rest["next_cursor"]), (&json!("dora"), &Value::Null));

    let bans = format!("/groups/{id}/bans");
    cleo.put(&format!("{bans}/{}", dora.id), json!({ "reason": "Spam" })).await.expect(204);
    assert_eq!(dora.post(&format!("/groups/{id}/join"), json!({})).await.problem(403), "banned");
    let banned = cleo.get(&bans).await.expect(200);
    let ban = &banned["items"][0];
    assert_eq!(
        (&ban["user"]["id"], &ban["reason"], &ban["banned_by"]["username"]),
        (&json!(dora.id), &json!("Spam"), &json!("cleo"))
    );
    assert_eq!(cleo.delete(&format!("{bans}/{}", dora.id)).await.problem(403), "forbidden");
    ben.delete(&format!("{bans}/{}", dora.id)).await.expect(204);
    join(&dora, &id).await;

    assert_eq!(ben.post(&format!("/groups/{id}/owner"), json!({ "user_id": cleo.id })).await.problem(403), "forbidden");
    anna.post(&format!("/groups/{id}/owner"), json!({ "user_id": dora.id })).await.expect(204);
    let group = anna.get(&format!("/groups/{id}")).await.expect(200);
    assert_eq!((&group["owner_id"], &group["my_role"]), (&json!(dora.id), &json!("admin")));
    let farewell = dora.request(reqwest::Method::DELETE, "/users/me").json(&json!({ "password": PASSWORD }));
    assert_eq!(Person::send(farewell).await.problem(409), "owner_must_transfer");
    anna.delete(&member(&id, &anna)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_group_is_gone_for_everybody() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let (id, conversation) = open_group(&anna).await;
    join(&ben, &id).await;
    ben.say(&conversation, "Hello").await;
    let (mut b, _) = ben.connect(json!([])).await;
    assert_eq!(ben.delete(&format!("/groups/{id}")).await.problem(403), "forbidden");
    anna.delete(&format!("/groups/{id}")).await.expect(204);
    let removed = b.event("conversation.removed").await;
    assert_eq!(removed["data"], json!({ "conversation_id": conversation, "reason": "deleted" }));
    b.send(&json!({ "op": "send", "conversation_id": conversation, "client_id": "1", "text": "Hello?" })).await;
    let nack = b.frame("nack").await;
    assert!(nack["problem"]["code"] == "not_found" || nack["problem"]["code"] == "group_archived", "{nack}");
    for person in [&anna, &ben] {
        assert_eq!(person.get(&format!("/groups/{id}")).await.problem(404), "not_found");
        assert_eq!(person.get(&format!("/conversations/{conversation}/messages")).await.problem(404), "not_found");
        assert_eq!(person.get("/conversations").await.expect(200)["items"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_take_part_where_they_are_let_in() {
    let app = TestApp::start().await;
    let anna = app.register("anna").await;
    let gus = with_role(&app, "gus", Role::Guest).await;
    let (id, conversation) = open_group(&anna).await;
    assert_eq!(gus.post("/groups", json!({ "name": "Mine" })).await.problem(403), "forbidden");
    assert_eq!(gus.get("/groups/discover").await.problem(403), "forbidden");
    assert_eq!(gus.get(&format!("/groups/{id}")).await.problem(404), "not_found");
    assert_eq!(gus.post(&format!("/groups/{id}/join"), json!({})).await.problem(404), "not_found");
    let invite = anna.post(&format!("/groups/{id}/invites"), json!({})).await.expect(201);
    gus.post(&format!("/invites/{}/accept", text(&invite["code"])), json!({})).await.expect(200);
    gus.say(&conversation, "Hello").await;
    place(&anna, &id, &gus, "admin").await;
    assert_eq!(gus.post(&format!("/groups/{id}/invites"), json!({})).await.problem(403), "forbidden");
    gus.delete(&member(&id, &gus)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_a_picture_and_wrong_forms_are_refused() {
    let app = TestApp::start().await;
    let [anna, ben] = [app.register("anna").await, app.register("ben").await];
    let (id, _) = open_group(&anna).await;
    join(&ben, &id).await;
    // One white pixel.
    let picture = pixel();
    let put = async |person: &Person| {
        let request = person.request(reqwest::Method::PUT, &format!("/groups/{id}/avatar"));
        Person::send(request.header("content-type", "image/png").body(picture.clone())).await
    };
    assert_eq!(put(&ben).await.problem(403), "forbidden");
    put(&anna).await.expect(204);
    let url = text(&ben.get(&format!("/groups/{id}")).await.expect(200)["avatar_url"]);
    let served = ben.get(url.strip_prefix("/api/v1").expect("a path")).await;
    assert_eq!(served.status, 200);
    assert_eq!(served.headers["cache-control"], "private, max-age=31536000, immutable");
    anna.delete(&format!("/groups/{id}/avatar")).await.expect(204);
    assert_eq!(ben.get(&format!("/groups/{id}/avatar")).await.problem(404), "not_found");

    for form in [json!({ "name": "  " }), json!({ "name": "x".repeat(81) }), json!({ "name": "a\nb" })] {
        assert_eq!(anna.post("/groups", form).await.problem(422), "validation_failed");
    }
    assert_eq!(anna.post("/groups", json!({ "name": "x", "color": "red" })).await.problem(400), "malformed");
    assert_eq!(anna.post("/groups", json!({ "name": "x", "visibility": "hidden" })).await.problem(400), "malformed");
    let reason = json!({ "reason": "x".repeat(501) });
    assert_eq!(anna.put(&format!("/groups/{id}/bans/{}", ben.id), reason).await.problem(422), "validation_failed");
}
