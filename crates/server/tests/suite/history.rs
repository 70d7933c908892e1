//! Pages of history, both ways and around a message; events; the digest.

use serde_json::{Value, json};
use studyhall_testkit::Replica;

use super::{TestApp, messages::pair};

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().into_iter().flatten().filter_map(|item| item["seq"].as_i64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_both_ways_and_around() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    for n in 1..=10 {
        anna.say(&id, &format!("message {n}")).await;
    }
    let page = async |query: &str| {
        let page = ben.get(&format!("/conversations/{id}/messages?{query}")).await.expect(200);
        (seqs(&page), page["has_more"] == true, page["as_of"].as_i64())
    };
    assert_eq!(page("limit=3").await, (vec![8, 9, 10], true, Some(10)));
    assert_eq!(page("before=8&limit=3").await, (vec![5, 6, 7], true, Some(10)));
    assert_eq!(page("before=3&limit=3").await, (vec![1, 2], false, Some(10)));
    assert_eq!(page("after=7&limit=3").await, (vec![8, 9, 10], false, Some(10)));
    assert_eq!(page("after=0&limit=2").await, (vec![1, 2], true, Some(10)));
    let (around, more, _) = page("around=5&limit=3").await;
    assert!(around.contains(&5) && around.len() == 3 && more, "{around:?}");
    assert_eq!(page("around=5&limit=50").await, ((1..=10).collect(), false, Some(10)));
    for bad in ["before=1&after=2", "limit=0", "limit=201"] {
        let answer = ben.get(&format!("/conversations/{id}/messages?{bad}")).await;
        assert_eq!(answer.problem(422), "validation_failed", "{bad}");
    }
    assert_eq!(ben.get(&format!("/conversations/{id}/messages?limit=x")).await.problem(400), "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_fold_to_the_digest() {
    let app = TestApp::start().await;
    let (anna, ben, id) = pair(&app).await;
    for text in ["grün", "quote \" and \\", "漢字", "to be deleted"] {
        anna.say(&id, text).await;
    }
    let message = |seq: i64, rest: &str| format!("/conversations/{id}/messages/{seq}{rest}");
    ben.put(&message(1, "/reactions/%F0%9F%8E%89"), json!({})).await.expect(204);
    anna.put(&message(1, "/reactions/%F0%9F%8E%89"), json!({})).await.expect(204);
    ben.put(&message(2, "/pin"), json!({})).await.expect(204);
    anna.patch(&message(3, ""), json!({ "text": "仮名" })).await.expect(200);
    anna.delete(&message(4, "")).await.expect(204);

    let mut replica = Replica::new(&id, 1);
    loop {
        let path = format!("/conversations/{id}/events?after={}&limit=2", replica.seq);
        let page = ben.get(&path).await.expect(200);
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        for event in items {
            replica.apply(event);
        }
        if replica.seq == page["head"].as_i64().expect("a head") {
            break;
        }
    }
    let digest = ben.get(&format!("/conversations/{id}/digest")).await.expect(200);
    assert_eq!(digest, json!({ "at": replica.seq, "sha256": replica.digest() }));
}
