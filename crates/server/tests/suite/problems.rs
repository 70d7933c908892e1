//! Every refusal has the shape and the status that the contract names: on a real listener.

use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use serde_json::{Value, json};
use studyhall_testkit::Person;

use super::TestApp;

const LOGIN: &str = "/api/v1/auth/login";

/// Status, the headers that matter, and the body without what differs each time.
async fn refusal(request: RequestBuilder) -> Value {
    let answer = request.send().await.expect("an answer");
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let (id, status) = (header("x-request-id").expect("a request id"), answer.status().as_u16());
    assert_eq!(header("content-type").as_deref(), Some("application/problem+json"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    let more: Vec<_> = ["allow", "www-authenticate", "ratelimit-limit", "ratelimit-remaining"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}: {}", header(name)?)))
        .collect();
    let retry_after = header("retry-after");
    let mut body: Value = answer.json().await.expect("json");
    assert_eq!(body["request_id"], id, "the same in the body and in the header");
    assert_eq!(body["status"], status);
    assert_eq!(retry_after.is_some(), [429, 503].contains(&status));
    body["request_id"] = "…".into();
    json!({ "headers": more, "body": body })
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_look_as_the_contract_says() {
    let app = TestApp::with([]).await;
    let Person { http, token, .. } = app.register("anna").await;
    let call = |method: Method, path: &str| http.request(method, format!("http://{}{path}", app.address));
    let login = |body: &str| call(Method::POST, LOGIN).header(CONTENT_TYPE, "application/json").body(body.to_owned());
    let mine = |path: &str| call(Method::GET, path).bearer_auth(&token);
    let patch = |body: Value| call(Method::PATCH, "/api/v1/users/me").bearer_auth(&token).json(&body);
    let deep = format!("{{\"username\":{}", "[".repeat(50_000));
    let large = format!("{{\"username\":\"{}\"}}", "a".repeat(300_000));

    let mut seen = serde_json::Map::new();
    for (name, request) in [
        ("400 broken json", login("{\"username\":")),
        ("400 no body", login("")),
        ("400 an unknown field", login(r#"{"username":"anna","password":"correct horse","admin":true}"#)),
        ("400 a wrong type", login(r#"{"username":7,"password":"correct horse"}"#)),
        ("400 a lone surrogate", login(r#"{"username":"\ud800","password":"correct horse"}"#)),
        ("400 deep nesting", login(&deep)),
        ("400 an unknown parameter", mine("/api/v1/conversations?lmit=1")),
        ("400 a number that is none", mine("/api/v1/conversations?limit=ten")),
        ("401 no token", call(Method::GET, "/api/v1/users/me")),
        ("401 no token of ours", call(Method::GET, "/api/v1/users/me").bearer_auth("nonsense")),
        ("401 a wrong password", login(r#"{"username":"anna","password":"wrong horse"}"#)),
        ("401 nothing to refresh", call(Method::POST, "/api/v1/auth/refresh")),
        (
            "403 a cookie without the header",
            call(Method::POST, "/api/v1/auth/refresh").header("cookie", "studyhall_refresh=abc"),
        ),
        ("404 no such call", call(Method::GET, "/api/v1/nothing")),
        ("404 no such version", call(Method::POST, "/api/v9/users")),
        ("404 no id", mine("/api/v1/users/nobody")),
        ("404 nobody", mine("/api/v1/users/01939d1e-0000-7000-8000-000000000001")),
        ("404 no conversation of mine", mine("/api/v1/conversations/01939d1e-0000-7000-8000-000000000001/messages")),
        ("405", call(Method::DELETE, LOGIN)),
        ("409 a taken name", {
            let form = json!({ "username": "ANNA", "password": "correct horse" });
            call(Method::POST, "/api/v1/auth/register").json(&form)
        }),
        ("413", login(&large)),
        ("415 a form", call(Method::POST, LOGIN).body("username=anna")),
        ("415 no picture", call(Method::PUT, "/api/v1/users/me/avatar").bearer_auth(&token).body("<svg/>")),
        ("422 a limit out of range", mine("/api/v1/conversations?limit=201")),
        ("422 a short query", mine("/api/v1/users?query=a")),
        ("422 several fields", {
            let form = json!({ "username": "a!", "password": "short", "email": "nowhere" });
            call(Method::POST, "/api/v1/auth/register").json(&form)
        }),
        ("422 a nul", patch(json!({ "bio": "a\u{0}b" }))),
        ("422 a nul in the query", mine("/api/v1/search/messages?q=a%00b")),
        ("422 an address without the password", patch(json!({ "email": "anna@example.org" }))),
    ] {
        let refusal = refusal(request).await;
        assert!(name.starts_with(&refusal["body"]["status"].to_string()), "{name}: {refusal}");
        seen.insert(name.to_owned(), refusal);
    }
    // One file for both modes.
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_yaml_snapshot!("refusals_look_as_the_contract_says", seen);
    });
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_are_throttled() {
    let app = TestApp::with([]).await;
    let stranger = Person::stranger(app.address);
    let form = json!({ "username": "nobody", "password": "wrong horse" });
    for _ in 0..10 {
        let answer = stranger.request(Method::POST, "/auth/login").json(&form).send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
    }
    let refusal = refusal(stranger.request(Method::POST, "/auth/login").json(&form)).await;
    assert_eq!(refusal["body"]["code"], "rate_limited");
    assert_eq!(refusal["headers"], json!(["ratelimit-limit: 10", "ratelimit-remaining: 0"]));
    app.stop().await;
}
