//! Tasks: due once, leased to one, ended once.

use std::collections::HashSet;

use studyhall_domain::{
    Error,
    audit::{Act, Action},
    ports::{AuditFilter, AuditStore, Claim, Ending, Job, Task, TaskStore},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{ErrorCode, StreamId, TaskId, TaskState};

use crate::backend::{Backend, seconds};

fn job() -> Job {
    Job::EraseStream { stream: StreamId::new() }
}

async fn enqueue(store: &SqlStore, due_s: i64) -> TaskId {
    store.enqueue_task(job(), seconds(due_s), seconds(0)).await.unwrap()
}

async fn claim_one(store: &SqlStore, at_s: i64) -> Claim {
    let mut claims = store.claim_tasks(seconds(at_s), seconds(at_s + 60), 10).await.unwrap();
    assert_eq!(claims.len(), 1, "{claims:?}");
    claims.remove(0)
}

async fn only(store: &SqlStore) -> Task {
    let mut tasks = store.tasks(None, None, 10).await.unwrap();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    tasks.remove(0)
}

async fn retry(store: &SqlStore, id: TaskId, at_s: i64) -> Result<Task, Error> {
    store.retry_task(id, &Act::done(None, Action::RetryTask, id), seconds(at_s)).await
}

fn is_not_retryable<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Conflict(ErrorCode::TaskNotRetryable)))
}

pub async fn a_task_comes_back_as_it_was_owed(backend: &Backend) {
    let store = &backend.store;
    let job = job();
    let id = store.enqueue_task(job.clone(), seconds(30), seconds(1)).await.unwrap();
    let task = only(store).await;
    assert_eq!(Job::read(&task.kind, &task.payload).unwrap(), job);
    let expected = Task {
        id,
        kind: "erase_stream".to_owned(),
        payload: job.payload().unwrap(),
        state: TaskState::Queued,
        run_at: seconds(30),
        attempts: 0,
        error: None,
        recurring: false,
        created_at: seconds(1),
        finished_at: None,
    };
    assert_eq!(task, expected);
}

pub async fn a_task_is_claimed_when_due_and_by_one(backend: &Backend) {
    let store = &backend.store;
    let late = enqueue(store, 20).await;
    let early = enqueue(store, 10).await;
    assert_eq!(store.claim_tasks(seconds(9), seconds(69), 10).await.unwrap(), []);
    let claims = store.claim_tasks(seconds(20), seconds(80), 10).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.task.id).collect::<Vec<_>>(), [early, late], "the longest due first");
    assert!(claims.iter().all(|claim| claim.task.state == TaskState::Running && claim.task.attempts == 1));
    assert_eq!(store.claim_tasks(seconds(79), seconds(139), 10).await.unwrap(), [], "they are leased");

    assert!(store.finish_task(&claims[0], Ending::Done, seconds(25)).await.unwrap());
    assert!(!store.finish_task(&claims[0], Ending::Done, seconds(26)).await.unwrap(), "it ended");
    let done = store.tasks(Some(TaskState::Done), None, 10).await.unwrap();
    assert_eq!((done[0].id, done[0].finished_at), (early, Some(seconds(25))));
    assert_eq!(store.claim_tasks(seconds(79), seconds(139), 10).await.unwrap(), []);
}

pub async fn an_abandoned_task_is_due_again_and_its_claim_is_void(backend: &Backend) {
    let store = &backend.store;
    enqueue(store, 0).await;
    let first = claim_one(store, 0).await;
    assert!(store.extend_task(&first, seconds(100)).await.unwrap());
    assert_eq!(store.claim_tasks(seconds(99), seconds(159), 10).await.unwrap(), [], "it was extended");
    let second = claim_one(store, 100).await;
    assert_eq!(second.task.attempts, 2);
    assert_ne!(first.lease, second.lease);
    assert!(!store.extend_task(&first, seconds(500)).await.unwrap());
    assert!(!store.finish_task(&first, Ending::Dead { error: "late".to_owned() }, seconds(101)).await.unwrap());
    assert!(store.finish_task(&second, Ending::Done, seconds(102)).await.unwrap());
    assert_eq!(only(store).await.state, TaskState::Done);
}

pub async fn simultaneous_claims_share_no_task(backend: &Backend) {
    for _ in 0..30 {
        enqueue(&backend.store, 0).await;
    }
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move {
            let mut mine = Vec::new();
            while let claims = store.claim_tasks(seconds(1), seconds(61), 4).await.unwrap()
                && !claims.is_empty()
            {
                mine.extend(claims.into_iter().map(|claim| claim.task.id));
            }
            mine
        });
    }
    let claimed: Vec<TaskId> = racing.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = claimed.iter().copied().collect();
    assert_eq!(claimed.len(), distinct.len(), "no task was claimed twice");
    // Whoever met others may have found nothing where there still was something.
    let left = store_left(&backend.store).await;
    assert_eq!(distinct.len() + left, 30);
}

async fn store_left(store: &SqlStore) -> usize {
    store.claim_tasks(seconds(1), seconds(61), 100).await.unwrap().len()
}

pub async fn a_failed_task_waits_and_dies_in_the_end(backend: &Backend) {
    let store = &backend.store;
    let id = enqueue(store, 0).await;
    let claim = claim_one(store, 0).await;
    let again = Ending::Again { at: seconds(50), error: Some(format!("no\0t now {}", "x".repeat(9_000))) };
    store.finish_task(&claim, again, seconds(1)).await.unwrap();
    let task = only(store).await;
    assert_eq!((task.state, task.attempts, task.run_at), (TaskState::Queued, 1, seconds(50)));
    let error = task.error.unwrap();
    assert!(error.starts_with("not now") && error.len() < 1_000, "{error}");
    assert_eq!(store.claim_tasks(seconds(49), seconds(109), 10).await.unwrap(), []);

    let claim = claim_one(store, 50).await;
    assert_eq!(claim.task.attempts, 2);
    assert!(is_not_retryable(&retry(store, id, 51).await), "it runs");
    store.finish_task(&claim, Ending::Dead { error: "never".to_owned() }, seconds(52)).await.unwrap();
    assert_eq!(store.claim_tasks(seconds(9_999), seconds(9_999), 10).await.unwrap(), []);
    let dead = store.tasks(Some(TaskState::Dead), None, 10).await.unwrap();
    assert_eq!((dead[0].error.as_deref(), dead[0].finished_at), (Some("never"), Some(seconds(52))));

    let revived = retry(store, id, 60).await.unwrap();
    assert_eq!((revived.state, revived.attempts, revived.run_at), (TaskState::Queued, 0, seconds(60)));
    let claim = claim_one(store, 60).await;
    store.finish_task(&claim, Ending::Done, seconds(61)).await.unwrap();
    assert_eq!(only(store).await.error, None);
    assert!(is_not_retryable(&retry(store, id, 62).await), "it is done");
    assert!(matches!(retry(store, TaskId::new(), 62).await, Err(Error::NotFound("task"))));
    let recorded = store.audit(&AuditFilter::default(), 10).await.unwrap();
    assert_eq!(recorded.len(), 1, "what was done, and nothing else");
    assert_eq!((recorded[0].action.as_str(), recorded[0].target.as_deref()), ("task.retry", Some(&*id.to_string())));
}

pub async fn a_retry_hastens_only_what_failed(backend: &Backend) {
    let store = &backend.store;
    let id = enqueue(store, 1_000).await;
    assert!(is_not_retryable(&retry(store, id, 1).await), "its time has not come");
    let claim = claim_one(store, 1_000).await;
    let again = Ending::Again { at: seconds(5_000), error: Some("no".to_owned()) };
    store.finish_task(&claim, again, seconds(1_001)).await.unwrap();
    assert_eq!(retry(store, id, 1_002).await.unwrap().run_at, seconds(1_002));
    claim_one(store, 1_002).await;
}

pub async fn a_recurring_task_is_there_once(backend: &Backend) {
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move { store.ensure_recurring(Job::PruneSessions {}, seconds(n), seconds(0)).await });
    }
    for ensured in racing.join_all().await {
        ensured.unwrap();
    }
    let store = &backend.store;
    assert!(only(store).await.recurring);
    let claim = claim_one(store, 10).await;
    let again = Ending::Again { at: seconds(100), error: None };
    assert!(store.finish_task(&claim, again, seconds(11)).await.unwrap());
    let task = only(store).await;
    assert_eq!((task.state, task.attempts, task.run_at), (TaskState::Queued, 0, seconds(100)));
    store.ensure_recurring(Job::PruneSessions {}, seconds(1), seconds(12)).await.unwrap();
    assert_eq!(only(store).await.run_at, seconds(100), "untouched");
    store.enqueue_task(Job::PruneSessions {}, seconds(1), seconds(1)).await.unwrap();
    assert_eq!(store.tasks(None, None, 10).await.unwrap().len(), 2, "once more, by the way");
}

pub async fn a_broker_is_handed_each_task_once(backend: &Backend) {
    let store = &backend.store;
    let id = enqueue(store, 0).await;
    assert_eq!(store.begin_task(id, seconds(1), seconds(61)).await.unwrap(), None, "not handed over yet");
    let handed = store.hand_over_tasks(seconds(1), seconds(300), 10).await.unwrap();
    assert_eq!((handed.len(), handed[0].id, handed[0].state, handed[0].attempts), (1, id, TaskState::Queued, 0));
    assert_eq!(store.hand_over_tasks(seconds(299), seconds(600), 10).await.unwrap(), []);
    store.take_back_tasks(&[id]).await.unwrap();
    assert_eq!(store.begin_task(id, seconds(2), seconds(62)).await.unwrap(), None, "taken back");
    assert_eq!(store.hand_over_tasks(seconds(2), seconds(300), 10).await.unwrap().len(), 1);

    let claim = store.begin_task(id, seconds(3), seconds(63)).await.unwrap().expect("delivered");
    assert_eq!((claim.task.state, claim.task.attempts), (TaskState::Running, 1));
    assert_eq!(store.begin_task(id, seconds(4), seconds(64)).await.unwrap(), None, "delivered twice");
    store.take_back_tasks(&[id]).await.unwrap();
    assert!(store.extend_task(&claim, seconds(90)).await.unwrap(), "what runs is not taken back");

    let retaken = store.begin_task(id, seconds(90), seconds(150)).await.unwrap().expect("abandoned");
    assert!(!store.finish_task(&claim, Ending::Done, seconds(91)).await.unwrap());
    let again = Ending::Again { at: seconds(500), error: Some("no".to_owned()) };
    assert!(store.finish_task(&retaken, again, seconds(92)).await.unwrap());
    assert_eq!(store.begin_task(id, seconds(600), seconds(660)).await.unwrap(), None, "a stale delivery");
    assert_eq!(store.hand_over_tasks(seconds(500), seconds(800), 10).await.unwrap().len(), 1);
    assert_eq!(store.hand_over_tasks(seconds(800), seconds(1_100), 10).await.unwrap().len(), 1, "the broker lost it");
    let claim = store.begin_task(id, seconds(801), seconds(861)).await.unwrap().expect("delivered");
    assert!(store.finish_task(&claim, Ending::Done, seconds(802)).await.unwrap());
    assert_eq!(store.begin_task(id, seconds(900), seconds(960)).await.unwrap(), None, "done");
    assert_eq!(store.begin_task(TaskId::new(), seconds(900), seconds(960)).await.unwrap(), None);
}

pub async fn tasks_are_listed_newest_first(backend: &Backend) {
    let store = &backend.store;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(enqueue(store, n * 100).await);
    }
    ids.reverse();
    let listed = |tasks: Vec<Task>| tasks.into_iter().map(|task| task.id).collect::<Vec<_>>();
    let page = listed(store.tasks(None, None, 3).await.unwrap());
    assert_eq!(page, ids[..3]);
    assert_eq!(listed(store.tasks(Some(TaskState::Queued), Some(page[2]), 3).await.unwrap()), ids[3..]);
    assert_eq!(store.tasks(Some(TaskState::Dead), None, 3).await.unwrap(), []);
}

pub async fn only_old_and_done_tasks_are_pruned(backend: &Backend) {
    let store = &backend.store;
    for ending in [Ending::Done, Ending::Dead { error: "no".to_owned() }, Ending::Done] {
        enqueue(store, 0).await;
        let claim = claim_one(store, 0).await;
        let at = if store.tasks(Some(TaskState::Dead), None, 1).await.unwrap().is_empty() { 10 } else { 100 };
        store.finish_task(&claim, ending, seconds(at)).await.unwrap();
    }
    enqueue(store, 0).await;
    store.prune_tasks(seconds(50)).await.unwrap();
    let states: Vec<_> = store.tasks(None, None, 10).await.unwrap().into_iter().map(|task| task.state).collect();
    assert_eq!(states, [TaskState::Queued, TaskState::Done, TaskState::Dead]);
}
