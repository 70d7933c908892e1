//! The task table as its own queue: workers in this process claim what is due.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use studyhall_domain::{
    now,
    ports::{Claim, TaskQueue, TaskRunner, TaskStore},
    tasks::{LEASE, in_future},
};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::timeout,
};

/// Tasks that run at once.
const WORKERS: usize = 4;
/// How often the table is looked at without having been told to: a query of one index.
const LOOK: Duration = Duration::from_secs(1);

/// Claims due tasks from the store and runs them here.
pub struct LocalQueue {
    store: Arc<dyn TaskStore>,
    due: Notify,
    workers: Arc<Semaphore>,
}

impl LocalQueue {
    #[must_use]
    pub fn new(store: Arc<dyn TaskStore>) -> Self {
        Self { store, due: Notify::new(), workers: Arc::new(Semaphore::new(WORKERS)) }
    }

    /// Due tasks, no more than there are idle workers.
    async fn claim(&self) -> Vec<Claim> {
        let idle = u32::try_from(self.workers.available_permits()).unwrap_or(u32::MAX);
        if idle == 0 {
            return Vec::new();
        }
        self.store.claim_tasks(now(), in_future(LEASE), idle).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no tasks could be claimed");
            Vec::new()
        })
    }
}

#[async_trait]
impl TaskQueue for LocalQueue {
    async fn run(&self, runner: Arc<dyn TaskRunner>) {
        let mut running = JoinSet::new();
        loop {
            for claim in self.claim().await {
                let (runner, workers) = (Arc::clone(&runner), Arc::clone(&self.workers));
                // There is one for each claim: nobody else takes permits.
                let Ok(worker) = workers.try_acquire_owned() else { break };
                running.spawn(async move {
                    let _worker = worker;
                    if let Err(error) = runner.run(claim).await {
                        tracing::warn!(%error, "a task will be due again");
                    }
                });
            }
            tokio::select! {
                // A worker that is done may take another.
                Some(_) = running.join_next() => {}
                _ = timeout(LOOK, self.due.notified()) => {}
            }
        }
    }

    fn wake(&self) {
        self.due.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::contract;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn runs_what_is_due() {
        let bench = contract::Bench::new().await;
        contract::runs_what_is_due(&bench, Arc::new(LocalQueue::new(bench.store()))).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_killed_worker_loses_nothing() {
        let bench = contract::Bench::new().await;
        contract::a_killed_worker_loses_nothing(&bench, |store| Arc::new(LocalQueue::new(store))).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bad_task_holds_up_nobody() {
        let bench = contract::Bench::new().await;
        contract::a_bad_task_holds_up_nobody(&bench, Arc::new(LocalQueue::new(bench.store()))).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_nodes_share_the_work() {
        let bench = contract::Bench::new().await;
        contract::two_nodes_share_the_work(&bench, |store| Arc::new(LocalQueue::new(store))).await;
    }
}
