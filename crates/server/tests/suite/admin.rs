//! Administration: roles and suspensions that hold at once, reset links, the audit log, figures.

use serde_json::{Value, json};
use studyhall_testkit::{PASSWORD, Person, unique};
use studyhall_wire::Role;

use super::TestApp;

/// Somebody new with this role, given as an operator gives it.
pub async fn with_role(app: &TestApp, username: &str, role: Role) -> Person {
    let person = app.register(username).await;
    let accounts = &app.server().services().app.accounts;
    accounts.set_role(username, role).await.expect("a role");
    person
}

fn user(person: &Person) -> String {
    format!("/admin/users/{}", person.id)
}

/// The newest entries of the audit log that this actor is in: action, target and outcome.
async fn audit(reader: &Person, query: &str) -> Vec<(String, String, String)> {
    let list = reader.get(&format!("/admin/audit?{query}")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| (text(&item["action"]), text(&item["target"]), text(&item["outcome"]))).collect()
}

fn entry(action: &str, target: &str, outcome: &str) -> (String, String, String) {
    (action.to_owned(), target.to_owned(), outcome.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_holds_at_once_and_its_owner_hears_of_it() {
    let app = TestApp::start().await;
    let root = with_role(&app, "root-1", Role::Superuser).await;
    let anna = app.register("anna").await;
    let (mut socket, _) = anna.connect(json!([])).await;
    assert_eq!(anna.get("/admin/users").await.problem(403), "forbidden");
    let changed = root.patch(&user(&anna), json!({ "role": "admin" })).await.expect(200);
    assert_eq!((&changed["role"], &changed["suspended"]), (&json!("admin"), &json!(false)));
    assert_eq!(socket.event("notification.created").await["data"]["kind"], "role_changed");
    // The session goes on, with the new rights, on the node that was asked without any delay.
    let list = anna.get("/admin/users?query=ann").await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["items"][0]["username"], "anna");
    root.patch(&user(&anna), json!({ "role": "guest" })).await.expect(200);
    assert_eq!(anna.get("/admin/users").await.problem(403), "forbidden");
    assert_eq!(anna.get("/users?query=ro").await.problem(403), "forbidden", "a guest does not search people");
    let by_anna = audit(&root, &format!("actor={}", anna.id)).await;
    assert_eq!(by_anna, [entry("users.list", "-", "denied"), entry("users.list", "-", "denied")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_ends_sessions_and_sockets_within_a_second() {
    let app = TestApp::start().await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let anna = app.register("anna").await;
    let phone = anna.sign_in().await;
    let (mut first, _) = anna.connect(json!([])).await;
    let (mut second, _) = phone.connect(json!([])).await;
    let changed = admin.patch(&user(&anna), json!({ "suspended": true })).await.expect(200);
    let answered = tokio::time::Instant::now();
    assert_eq!(changed["suspended"], true);
    assert!(changed["suspended_at"].is_string());
    for session in [&anna, &phone] {
        assert_eq!(session.get("/users/me").await.problem(401), "session_ended");
    }
    assert_eq!((first.close_code().await, second.close_code().await), (4403, 4403));
    let took = answered.elapsed();
    assert!(took < std::time::Duration::from_secs(1), "{took:?}");
    let login = json!({ "username": "anna", "password": PASSWORD });
    assert_eq!(
        Person::stranger(app.address).post("/auth/login", login.clone()).await.problem(403),
        "account_suspended"
    );
    let refresh = json!({ "refresh_token": anna.refresh_token });
    assert_eq!(Person::stranger(app.address).post("/auth/refresh", refresh).await.problem(401), "token_invalid");
    let listed = admin.get("/admin/users?query=anna").await.expect(200);
    assert_eq!(listed["items"][0]["suspended"], true);
    assert_eq!(admin.get("/users?query=anna").await.expect(200)["items"], json!([]));

    admin.patch(&user(&anna), json!({ "suspended": false })).await.expect(200);
    assert_eq!(anna.get("/users/me").await.problem(401), "session_ended", "what ended stays ended");
    let back = anna.sign_in().await;
    let told = back.get("/notifications").await.expect(200);
    assert_eq!(told["items"][0]["kind"], "security");
    let acts = audit(&admin, &format!("actor={}", admin.id)).await;
    assert_eq!(acts, [entry("user.restore", &anna.id, "done"), entry("user.suspend", &anna.id, "done")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_on_an_equal_or_higher_role() {
    let app = TestApp::start().await;
    let root = with_role(&app, "root-1", Role::Superuser).await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let peer = with_role(&app, "admin-2", Role::Admin).await;
    let moderator = with_role(&app, "moderator", Role::Moderator).await;
    let anna = app.register("anna").await;
    for (actor, target, body) in [
        (&admin, &peer, json!({ "role": "user" })),
        (&admin, &root, json!({ "suspended": true })),
        (&admin, &anna, json!({ "role": "admin" })),
        (&admin, &admin, json!({ "suspended": true })),
        (&admin, &admin, json!({ "role": "superuser" })),
        (&moderator, &anna, json!({ "suspended": true })),
        (&moderator, &moderator, json!({ "role": "user" })),
        (&anna, &moderator, json!({ "role": "guest" })),
    ] {
        assert_eq!(actor.patch(&user(target), body.clone()).await.problem(403), "forbidden", "{body}");
    }
    assert_eq!(admin.post(&format!("{}/reset-link", user(&peer)), json!({})).await.problem(403), "forbidden");
    let nobody = format!("/admin/users/{}", unique());
    assert_eq!(anna.patch(&nobody, json!({ "role": "user" })).await.problem(403), "forbidden", "403 before 404");
    assert_eq!(root.patch(&nobody, json!({ "role": "user" })).await.problem(404), "not_found");
    assert_eq!(root.patch(&user(&anna), json!({})).await.problem(422), "validation_failed");
    assert_eq!(root.patch(&user(&anna), json!({ "role": "king" })).await.problem(400), "malformed");
    assert_eq!(root.patch(&user(&root), json!({ "role": "admin" })).await.problem(409), "last_superuser");
    let delete = root.request(reqwest::Method::DELETE, "/users/me").json(&json!({ "password": PASSWORD }));
    assert_eq!(Person::send(delete).await.problem(409), "last_superuser");

    root.patch(&user(&admin), json!({ "role": "superuser" })).await.expect(200);
    root.patch(&user(&root), json!({ "role": "admin" })).await.expect(200);
    assert_eq!(root.patch(&user(&admin), json!({ "role": "user" })).await.problem(403), "forbidden");
    let denied = audit(&admin, &format!("actor={}&action=user.set_role", anna.id)).await;
    assert_eq!(denied.len(), 2);
    assert_eq!(denied[1], entry("user.set_role", &moderator.id, "denied"));
    assert_eq!(audit(&admin, &format!("actor={}&action=user.reset_link", admin.id)).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_sets_a_password_once() {
    let app = TestApp::start().await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let anna = app.register("anna").await;
    let (mut socket, _) = anna.connect(json!([])).await;
    let made = admin.post(&format!("{}/reset-link", user(&anna)), json!({})).await.expect(201);
    let url = made["url"].as_str().expect("a link");
    assert!(url.starts_with(&format!("http://{}/", app.address)), "{url}");
    assert!(made["expires_at"].is_string());
    let token = url.rsplit('/').next().expect("a token").to_owned();
    let stranger = Person::stranger(app.address);
    let confirm = |token: &str, password: &str| {
        stranger.post("/auth/password-reset/confirm", json!({ "token": token, "new_password": password }))
    };
    assert_eq!(confirm(&token, "short").await.problem(422), "validation_failed");
    assert_eq!(confirm("no such token", "battery staple").await.problem(404), "reset_invalid");
    confirm(&token, "battery staple").await.expect(204);
    assert_eq!(confirm(&token, "battery staple 2").await.problem(404), "reset_invalid");
    assert_eq!(socket.close_code().await, 4403);
    assert_eq!(anna.get("/users/me").await.problem(401), "session_ended");
    let login = |password: &str| stranger.post("/auth/login", json!({ "username": "anna", "password": password }));
    assert_eq!(login(PASSWORD).await.problem(401), "invalid_credentials");
    let anna = stranger.with(&login("battery staple").await.expect(200));
    assert_eq!(anna.get("/notifications").await.expect(200)["items"][0]["kind"], "security");
    // The token is nowhere to be read, in the audit log neither.
    let log = admin.get("/admin/audit").await.expect(200).to_string();
    assert!(log.contains("user.reset_password") && !log.contains(&token), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_a_chain_that_anybody_can_recompute() {
    use sha2::Digest as _;

    let app = TestApp::start().await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let anna = app.register("anna").await;
    for role in ["moderator", "guest", "user"] {
        admin.patch(&user(&anna), json!({ "role": role })).await.expect(200);
    }
    assert_eq!(anna.get("/admin/audit").await.problem(403), "forbidden");
    let mut entries = Vec::new();
    let mut page = admin.get("/admin/audit?limit=2").await.expect(200);
    loop {
        entries.extend(page["items"].as_array().expect("items").clone());
        let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) else { break };
        page = admin.get(&format!("/admin/audit?limit=2&cursor={cursor}")).await.expect(200);
    }
    entries.reverse();
    assert!(entries.len() >= 5, "{entries:?}");
    let mut before = "0".repeat(64);
    for (number, entry) in (1..).zip(&entries) {
        let fields = ["number", "id", "at", "actor_id", "action", "target", "detail", "outcome", "prev_hash"];
        let hashed = Value::from(fields.map(|field| entry[field].clone()).to_vec()).to_string();
        assert_eq!(entry["number"], number);
        assert_eq!(entry["prev_hash"], before.as_str());
        assert_eq!(entry["hash"], hex::encode(sha2::Sha256::digest(hashed)), "{entry}");
        before = entry["hash"].as_str().expect("a hash").to_owned();
    }
    assert_eq!(entries.last().expect("one")["action"], "audit.read");
    assert!(!json!(entries).to_string().contains("anna"), "ids, no names");
    assert_eq!(admin.get("/admin/audit?cursor=x").await.problem(422), "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_for_administrators() {
    let app = TestApp::start().await;
    let admin = with_role(&app, "admin-1", Role::Admin).await;
    let moderator = with_role(&app, "moderator", Role::Moderator).await;
    let anna = app.register("anna").await;
    anna.open_direct(&moderator).await;
    let stats = admin.get("/admin/stats").await.expect(200);
    assert_eq!(
        (&stats["users"], &stats["sessions"], &stats["direct_conversations"]),
        (&json!(3), &json!(3), &json!(1))
    );
    assert_eq!(moderator.get("/admin/stats").await.problem(403), "forbidden");
    assert_eq!(Person::stranger(app.address).get("/admin/stats").await.problem(401), "unauthenticated");
    // Pages of accounts, by role.
    let first = admin.get("/admin/users?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let rest = admin.get(&format!("/admin/users?limit=2&cursor={cursor}")).await.expect(200);
    let names = |page: &Value| page["items"].as_array().expect("items").iter().map(|u| u["username"].clone()).collect();
    let (first, rest): (Vec<Value>, Vec<Value>) = (names(&first), names(&rest));
    assert_eq!((first, rest), (vec![json!("admin-1"), json!("anna")], vec![json!("moderator")]));
    let moderators = admin.get("/admin/users?role=moderator").await.expect(200);
    assert_eq!(moderators["items"][0]["id"], moderator.id.as_str());
}

/// Two admins who are made by one superuser, and act on each other and on the same user at once.
#[tokio::test(flavor = "multi_thread")]
async fn administrators_who_act_at_once_leave_an_allowed_state() {
    let app = TestApp::start().await;
    let one = with_role(&app, "root-1", Role::Superuser).await;
    let two = with_role(&app, "root-2", Role::Superuser).await;
    let anna = app.register("anna").await;
    let (at_two, at_one, at_anna) = (user(&two), user(&one), user(&anna));
    let (first, second, third, fourth) = tokio::join!(
        one.patch(&at_two, json!({ "role": "user" })),
        two.patch(&at_one, json!({ "role": "user" })),
        one.patch(&at_anna, json!({ "suspended": true })),
        two.patch(&at_anna, json!({ "suspended": true })),
    );
    let mut demotions = [first.status.as_u16(), second.status.as_u16()];
    demotions.sort_unstable();
    assert_eq!(demotions, [200, 403]);
    let statuses = [third.status.as_u16(), fourth.status.as_u16()];
    assert!(statuses.contains(&200) && statuses.iter().all(|status| [200, 403].contains(status)), "{statuses:?}");
    let left = if first.status == 200 { &one } else { &two };
    let superusers = left.get("/admin/users?role=superuser").await.expect(200);
    assert_eq!(superusers["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(audit(left, "action=user.suspend").await.iter().filter(|entry| entry.2 == "done").count(), 1);
}
