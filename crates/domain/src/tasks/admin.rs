//! Tasks as administrators see them.

use studyhall_wire::{Page, Task, TaskId, TaskState};

use super::Tasks;
use crate::{
    Result,
    audit::{Act, Action},
    auth::Actor,
    now,
    permissions::{self, GlobalAction},
    ports,
};

impl Tasks {
    /// The newest first, those with a lower id than `before`. Admin and above.
    pub async fn list(
        &self,
        actor: &Actor,
        state: Option<TaskState>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Page<Task>> {
        self.require(actor, Action::ListTasks).await?;
        let mut tasks = self.0.store.tasks(state, before, limit.saturating_add(1)).await?;
        let more = tasks.len() > limit as usize;
        tasks.truncate(limit as usize);
        let next_cursor = tasks.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(Page { items: tasks.into_iter().map(Task::from).collect(), next_cursor })
    }

    /// Gives a task that failed another try, now. Admin and above; 409 `task_not_retryable` where it runs, is done, or
    /// has not had its first.
    pub async fn retry(&self, actor: &Actor, id: TaskId) -> Result<()> {
        self.require(actor, Action::RetryTask).await?;
        let act = Act::done(Some(actor.user), Action::RetryTask, id);
        let task = self.0.store.retry_task(id, &act, now()).await?;
        tracing::info!(task.id = %id, task.kind, user.id = %actor.user, "a task is tried again");
        self.wake();
        Ok(())
    }

    /// A refusal is recorded.
    async fn require(&self, actor: &Actor, action: Action) -> Result<()> {
        let allowed = permissions::require(actor.role, GlobalAction::ManageTasks);
        if allowed.is_err() {
            self.0.audit.record(&Act::refused(actor.user, action), now()).await?;
        }
        allowed
    }
}

impl From<ports::Task> for Task {
    fn from(task: ports::Task) -> Self {
        Self {
            id: task.id,
            kind: task.kind,
            payload: task.payload,
            state: task.state,
            run_at: task.run_at,
            attempts: task.attempts,
            error: task.error,
            recurring: task.recurring,
            created_at: task.created_at,
            finished_at: task.finished_at,
        }
    }
}
