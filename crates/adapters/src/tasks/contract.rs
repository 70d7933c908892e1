//! What holds for every task queue: each due task is run, once if nobody is killed, and what fails harms no other.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use studyhall_domain::{
    Error, Result,
    audit::{Act, Action},
    now,
    ports::{Claim, Ending, Job, TaskQueue, TaskRunner, TaskStore},
    tasks::in_future,
};
use studyhall_store_sql::{DatabaseUrl, SqlStore};
use studyhall_wire::{StreamId, TaskId, TaskState, Timestamp};
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::sleep};

/// A task table of its own.
pub(super) struct Bench {
    store: Arc<SqlStore>,
    _dir: TempDir,
}

impl Bench {
    pub(super) async fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let store = SqlStore::open(&DatabaseUrl::Sqlite(dir.path().join("studyhall.db"))).expect("opened");
        store.migrate().await.expect("migrated");
        Self { store: Arc::new(store), _dir: dir }
    }

    pub(super) fn store(&self) -> Arc<dyn TaskStore> {
        self.store.clone()
    }

    pub(super) async fn enqueue(&self, run_at: Timestamp) -> TaskId {
        let job = Job::EraseStream { stream: StreamId::new() };
        self.store.enqueue_task(job, run_at, now()).await.expect("enqueued")
    }

    /// Waits until so many tasks are in this state: longer than a lease, which is how long a task that a broker lost on its
    /// way is nobody's.
    pub(super) async fn until(&self, state: TaskState, count: usize) {
        for _ in 0..6_000 {
            if self.store.tasks(Some(state), None, 1_000).await.expect("listed").len() == count {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("not {count} tasks {state:?}: {:?}", self.store.tasks(None, None, 1_000).await);
    }
}

/// Counts what it runs, and ends it as it was told to.
pub(super) struct Counting {
    store: Arc<dyn TaskStore>,
    runs: Mutex<HashMap<TaskId, u32>>,
    /// This task always fails.
    bad: Mutex<Option<TaskId>>,
    /// Whoever runs a task waits for ever, as a process does that is about to be killed.
    stuck: bool,
}

impl Counting {
    pub(super) fn new(store: Arc<dyn TaskStore>) -> Arc<Self> {
        Arc::new(Self { store, runs: Mutex::default(), bad: Mutex::default(), stuck: false })
    }

    fn stuck(store: Arc<dyn TaskStore>) -> Arc<Self> {
        Arc::new(Self { store, runs: Mutex::default(), bad: Mutex::default(), stuck: true })
    }

    pub(super) fn runs(&self, task: TaskId) -> u32 {
        self.runs.lock().get(&task).copied().unwrap_or_default()
    }

    fn ran(&self) -> usize {
        self.runs.lock().len()
    }
}

#[async_trait]
impl TaskRunner for Counting {
    async fn run(&self, claim: Claim) -> Result<Ending> {
        let id = claim.task.id;
        *self.runs.lock().entry(id).or_default() += 1;
        if self.stuck {
            std::future::pending::<()>().await;
        }
        let ending = if *self.bad.lock() == Some(id) {
            if claim.task.attempts >= 3 {
                Ending::Dead { error: "never".to_owned() }
            } else {
                Ending::Again { at: in_future(Duration::from_millis(20)), error: Some("not yet".to_owned()) }
            }
        } else {
            Ending::Done
        };
        if self.store.finish_task(&claim, ending.clone(), now()).await? {
            Ok(ending)
        } else {
            Err(Error::unavailable("tasks", "the lease was lost"))
        }
    }
}

pub(super) fn start(queue: Arc<dyn TaskQueue>, runner: Arc<dyn TaskRunner>) -> JoinHandle<()> {
    tokio::spawn(async move { queue.run(runner).await })
}

pub(super) async fn runs_what_is_due(bench: &Bench, queue: Arc<dyn TaskQueue>) {
    let runner = Counting::new(bench.store());
    let before = bench.enqueue(now()).await;
    let running = start(queue.clone(), runner.clone());
    bench.until(TaskState::Done, 1).await;
    let many: Vec<_> = futures_util::future::join_all((0..30).map(|_| bench.enqueue(now()))).await;
    let late = bench.enqueue(in_future(Duration::from_hours(1))).await;
    let soon = bench.enqueue(in_future(Duration::from_millis(400))).await;
    queue.wake();
    bench.until(TaskState::Done, 32).await;
    for task in many.into_iter().chain([before, soon]) {
        assert_eq!(runner.runs(task), 1);
    }
    assert_eq!(runner.runs(late), 0, "its time has not come");
    running.abort();
}

pub(super) async fn a_bad_task_holds_up_nobody(bench: &Bench, queue: Arc<dyn TaskQueue>) {
    let runner = Counting::new(bench.store());
    let bad = bench.enqueue(now()).await;
    *runner.bad.lock() = Some(bad);
    for _ in 0..10 {
        bench.enqueue(now()).await;
    }
    let running = start(queue.clone(), runner.clone());
    bench.until(TaskState::Done, 10).await;
    bench.until(TaskState::Dead, 1).await;
    assert_eq!(runner.runs(bad), 3);
    *runner.bad.lock() = None;
    bench
        .store
        .retry_task(bad, &Act::done(None, Action::RetryTask, bad), now())
        .await
        .expect("dead tasks may be tried again");
    queue.wake();
    bench.until(TaskState::Done, 11).await;
    assert_eq!(runner.runs(bad), 4);
    running.abort();
}

/// A node is killed with tasks in hand: another one runs them once their leases end.
pub(super) async fn a_killed_worker_loses_nothing(
    bench: &Bench,
    queue: impl Fn(Arc<dyn TaskStore>) -> Arc<dyn TaskQueue>,
) {
    let tasks = [bench.enqueue(now()).await, bench.enqueue(now()).await];
    let killed = Counting::stuck(bench.store());
    let running = start(queue(bench.store()), killed.clone());
    bench.until(TaskState::Running, 2).await;
    running.abort();
    assert!(running.await.is_err_and(|end| end.is_cancelled()));
    assert_eq!(killed.ran(), 2);

    let hasty = Arc::new(Hasty { store: bench.store() });
    let runner = Counting::new(bench.store());
    let running = start(queue(hasty), runner.clone());
    bench.until(TaskState::Done, 2).await;
    for task in tasks {
        assert_eq!(runner.runs(task), 1);
    }
    running.abort();
}

pub(super) async fn two_nodes_share_the_work(bench: &Bench, queue: impl Fn(Arc<dyn TaskStore>) -> Arc<dyn TaskQueue>) {
    let runners = [Counting::new(bench.store()), Counting::new(bench.store())];
    let running = runners.clone().map(|runner| start(queue(bench.store()), runner));
    let tasks = futures_util::future::join_all((0..60).map(|_| bench.enqueue(now()))).await;
    bench.until(TaskState::Done, 60).await;
    for task in tasks {
        assert_eq!(runners[0].runs(task) + runners[1].runs(task), 1);
    }
    for node in running {
        node.abort();
    }
}

/// The store as seen two minutes later, when every lease has ended.
struct Hasty {
    store: Arc<dyn TaskStore>,
}

fn later(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + 120_000)
}

#[async_trait]
impl TaskStore for Hasty {
    async fn enqueue_task(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<TaskId> {
        self.store.enqueue_task(job, run_at, now).await
    }

    async fn ensure_recurring(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<()> {
        self.store.ensure_recurring(job, run_at, now).await
    }

    async fn claim_tasks(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Claim>> {
        self.store.claim_tasks(later(now), later(until), limit).await
    }

    async fn hand_over_tasks(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<studyhall_domain::ports::Task>> {
        self.store.hand_over_tasks(later(now), later(until), limit).await
    }

    async fn take_back_tasks(&self, ids: &[TaskId]) -> Result<()> {
        self.store.take_back_tasks(ids).await
    }

    async fn begin_task(&self, id: TaskId, now: Timestamp, until: Timestamp) -> Result<Option<Claim>> {
        self.store.begin_task(id, later(now), later(until)).await
    }

    async fn extend_task(&self, claim: &Claim, until: Timestamp) -> Result<bool> {
        self.store.extend_task(claim, later(until)).await
    }

    async fn finish_task(&self, claim: &Claim, ending: Ending, now: Timestamp) -> Result<bool> {
        self.store.finish_task(claim, ending, now).await
    }

    async fn tasks(
        &self,
        state: Option<TaskState>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<studyhall_domain::ports::Task>> {
        self.store.tasks(state, before, limit).await
    }

    async fn retry_task(&self, id: TaskId, act: &Act, now: Timestamp) -> Result<studyhall_domain::ports::Task> {
        self.store.retry_task(id, act, now).await
    }

    async fn prune_tasks(&self, before: Timestamp) -> Result<()> {
        self.store.prune_tasks(before).await
    }
}
