//! Message search, as soon as it has caught up: at most two seconds behind.

use serde_json::Value;
use studyhall_testkit::{Person, eventually};

use super::{TestApp, messages::pair};

async fn found(person: &Person, query: &str) -> Vec<String> {
    let request = person.request(reqwest::Method::GET, "/search/messages").query(&[("q", query)]);
    let page = Person::send(request).await.expect(200);
    let text = |hit: &Value| hit["message"]["text"].as_str().unwrap_or_default().to_owned();
    page["items"].as_array().into_iter().flatten().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_words_and_short_ones_and_cjk_are_found_by_members_alone() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    let cleo = app.register("cleo").await;
    let texts = ["Photosynthesis is due on Friday", "図書館で勉強する", "Go to ÜBUNG 7", "an apple"];
    for text in texts {
        anna.say(&id, text).await;
    }
    eventually("the index has the last one", async || found(&ben, "apple").await.len() == 1).await;
    assert_eq!(found(&ben, "synth").await, [texts[0]]);
    assert_eq!(found(&ben, "FRIDAY photo").await, [texts[0]]);
    assert_eq!(found(&ben, "図書").await, [texts[1]]);
    assert_eq!(found(&ben, "勉強").await, [texts[1]]);
    assert_eq!(found(&ben, "強").await, [texts[1]]);
    assert_eq!(found(&ben, "Go").await, [texts[2]]);
    assert_eq!(found(&ben, "übung").await, [texts[2]]);
    assert_eq!(found(&ben, "friday apple").await, Vec::<String>::new());
    assert_eq!(found(&cleo, "apple").await, Vec::<String>::new());
    for odd in ["\"", "a OR b", "NEAR(", "*", "'; --", "é"] {
        found(&ben, odd).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_or_deleted_is_found_as_it_stands() {
    let app = TestApp::start().await;
    let (anna, _, id) = pair(&app).await;
    anna.say(&id, "wrong").await;
    anna.say(&id, "secret").await;
    eventually("both are indexed", async || found(&anna, "secret").await.len() == 1).await;
    anna.patch(&format!("/conversations/{id}/messages/1"), serde_json::json!({ "text": "right" })).await.expect(200);
    anna.delete(&format!("/conversations/{id}/messages/2")).await.expect(204);
    eventually("the edit is indexed", async || found(&anna, "right").await.len() == 1).await;
    assert_eq!(found(&anna, "wrong").await, Vec::<String>::new());
    assert_eq!(found(&anna, "secret").await, Vec::<String>::new());
}
