//! Work that the server owes: seen and tried again by administrators, and done.

use std::time::Duration;

use serde_json::{Value, json};
use studyhall_domain::{
    now,
    ports::{AuditFilter, Job},
};
use studyhall_testkit::Person;
use studyhall_wire::{Role, StreamId, TaskId};
use tokio::time::{sleep, timeout};

use super::TestApp;

async fn admin(app: &TestApp) -> Person {
    let admin = app.register("admin").await;
    let id = admin.id.parse().expect("an id");
    app.server().services().app.ports.accounts.set_role(id, Role::Admin).await.expect("a role");
    admin.sign_in().await
}

async fn task(admin: &Person, id: TaskId) -> Value {
    let list = admin.get("/admin/tasks?limit=200").await.expect(200);
    let found = list["items"].as_array().into_iter().flatten().find(|task| task["id"] == json!(id)).cloned();
    found.unwrap_or_default()
}

async fn until(admin: &Person, id: TaskId, state: &str) -> Value {
    let waiting = async {
        loop {
            let task = task(admin, id).await;
            if task["state"] == state {
                return task;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), waiting).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_done_and_seen_by_admins_alone() {
    let app = TestApp::start().await;
    let (admin, user) = (admin(&app).await, app.register("user").await);
    let job = Job::EraseStream { stream: StreamId::new() };
    let id = app.server().services().app.ports.tasks.enqueue_task(job, now(), now()).await.expect("enqueued");
    let done = until(&admin, id, "done").await;
    assert_eq!((&done["kind"], &done["attempts"], &done["error"]), (&json!("erase_stream"), &json!(1), &Value::Null));
    let retry = format!("/admin/tasks/{id}/retry");
    assert_eq!(admin.post(&retry, Value::Null).await.problem(409), "task_not_retryable");
    assert_eq!(user.get("/admin/tasks").await.problem(403), "forbidden");
    assert_eq!(user.post(&retry, Value::Null).await.problem(403), "forbidden");
    let refused = app.server().services().app.ports.audit.audit(&AuditFilter::default(), 10).await.expect("recorded");
    let actions = refused.iter().map(|record| record.action.as_str()).filter(|action| action.starts_with("task"));
    assert_eq!(actions.collect::<Vec<_>>(), ["task.retry", "tasks.list"], "refusals are recorded");
    let nothing = format!("/admin/tasks/{}/retry", TaskId::new());
    assert_eq!(admin.post(&nothing, Value::Null).await.problem(404), "not_found");

    let states = |list: &Value| -> Vec<String> {
        list["items"].as_array().into_iter().flatten().map(|task| task["state"].to_string()).collect()
    };
    assert!(states(&admin.get("/admin/tasks?state=done").await.expect(200)).iter().all(|state| state == "\"done\""));
    assert_eq!(admin.get("/admin/tasks?state=asleep").await.problem(400), "malformed");
    assert_eq!(admin.get("/admin/tasks?cursor=x").await.problem(422), "validation_failed");
    let first = admin.get("/admin/tasks?limit=2").await.expect(200);
    let next = first["next_cursor"].as_str().expect("there are more: what recurs, and this one");
    let second = admin.get(&format!("/admin/tasks?limit=2&cursor={next}")).await.expect(200);
    assert_eq!((states(&first).len(), states(&second).len()), (2, 2));
    assert!(second["next_cursor"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_stream_is_gone() {
    let app = TestApp::start().await;
    let (admin, anna) = (admin(&app).await, app.register("anna").await);
    let conversation = anna.open_direct(&admin).await;
    anna.say(&conversation, "a secret plan").await;
    let ports = &app.server().services().app.ports;
    let stream: StreamId = conversation.parse().expect("an id");
    assert_eq!(ports.log.heads(&[stream]).await.expect("a head"), [1]);
    let id = ports.tasks.enqueue_task(Job::EraseStream { stream }, now(), now()).await.expect("enqueued");
    until(&admin, id, "done").await;
    assert_eq!(ports.log.heads(&[stream]).await.expect("a head"), [0]);
    let found = anna.get("/search/messages?q=secret").await.expect(200);
    assert_eq!(found["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_owed_before_a_restart_is_done_after_it() {
    let mut app = TestApp::start().await;
    let admin = admin(&app).await;
    let later = studyhall_domain::tasks::in_future(Duration::from_millis(300));
    let job = Job::RebuildSearch {};
    let id = app.server().services().app.ports.tasks.enqueue_task(job, later, now()).await.expect("enqueued");
    app.restart().await;
    let admin = app.again(&admin);
    until(&admin, id, "done").await;
    let recurring = admin.get("/admin/tasks?state=queued").await.expect(200);
    let kinds: Vec<_> = recurring["items"].as_array().into_iter().flatten().map(|task| task["kind"].clone()).collect();
    assert_eq!(kinds.len(), 3, "one of each that recurs, whatever the number of starts: {kinds:?}");
}
