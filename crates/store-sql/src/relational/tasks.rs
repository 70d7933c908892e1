//! Work that is owed: rows that changes write in their own transactions, and the leases under which they are run.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    audit::Act,
    ports::{Claim, Ending, Job, Task, TaskStore},
};
use studyhall_wire::{ErrorCode, TaskId, TaskState, Timestamp};
use uuid::Uuid;

use super::{
    SqlStore,
    audit::AuditSteps as _,
    failure::{Failure, Outcome},
    transaction::{steps, with_conn},
    types::{Bind, Json},
};
use crate::schema::tasks;

/// Characters that are kept of an error.
const ERROR_CHARS: usize = 500;

#[derive(Queryable, Selectable)]
#[diesel(table_name = tasks)]
struct TaskRow {
    id: TaskId,
    kind: String,
    payload: Json<serde_json::Value>,
    state: TaskState,
    run_at: Timestamp,
    attempts: i32,
    error: Option<String>,
    recurring_kind: Option<String>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            payload: row.payload.0,
            state: row.state,
            run_at: row.run_at,
            attempts: row.attempts.unsigned_abs(),
            error: row.error,
            recurring: row.recurring_kind.is_some(),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// Unfinished, its time has come, and nobody has a lease on it.
macro_rules! is_due {
    ($now:expr) => {
        tasks::finished_at
            .is_null()
            .and(tasks::run_at.le(Bind($now)))
            .and(tasks::lease_until.is_null().or(tasks::lease_until.le(Some(Bind($now)))))
    };
}

/// The row of a claim that is not void.
macro_rules! claimed {
    ($claim:expr) => {
        tasks::table.find(Bind($claim.task.id)).filter(tasks::lease.eq(Some(Bind($claim.lease))))
    };
}

steps! {
    /// What use cases of other aggregates do with tasks, too.
    pub(super) trait TaskSteps {
        /// Owes `job`, not before `run_at`: part of the change that causes it.
        async fn enqueue(conn, job: Job, run_at: Timestamp, now: Timestamp) -> Outcome<TaskId> {
            conn.insert_task(&job, None, run_at, now).await
        }

        async fn insert_task(
            conn,
            job: &Job,
            recurring_kind: Option<&str>,
            run_at: Timestamp,
            now: Timestamp,
        ) -> Outcome<TaskId> {
            let id = TaskId::new();
            diesel::insert_into(tasks::table)
                .values((
                    tasks::id.eq(Bind(id)),
                    tasks::kind.eq(job.kind()),
                    tasks::payload.eq(Bind(Json(job.payload()?))),
                    tasks::state.eq(Bind(TaskState::Queued)),
                    tasks::run_at.eq(Bind(run_at)),
                    tasks::attempts.eq(0),
                    tasks::recurring_kind.eq(recurring_kind),
                    tasks::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            Ok(id)
        }

        /// Makes a task somebody's to run.
        async fn lease_task(conn, id: TaskId, until: Timestamp) -> Outcome<Claim> {
            let lease = Uuid::now_v7();
            let row: TaskRow = diesel::update(tasks::table.find(Bind(id)))
                .set((
                    tasks::state.eq(Bind(TaskState::Running)),
                    tasks::attempts.eq(tasks::attempts + 1),
                    tasks::lease.eq(Some(Bind(lease))),
                    tasks::lease_until.eq(Some(Bind(until))),
                ))
                .returning(TaskRow::as_returning())
                .get_result(conn)
                .await?;
            Ok(Claim { task: row.into(), lease })
        }
    }
}

impl SqlStore {
    /// Due tasks, the longest due first. A query in a snapshot: whoever takes them looks again.
    async fn due_tasks(&self, now: Timestamp, limit: u32) -> Result<Vec<TaskId>> {
        with_conn!(self, Read, |conn| {
            Ok(tasks::table
                .filter(is_due!(now))
                .order((tasks::run_at, tasks::id))
                .limit(i64::from(limit))
                .select(tasks::id)
                .load(conn)
                .await?)
        })
    }
}

#[async_trait]
impl TaskStore for SqlStore {
    async fn enqueue_task(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<TaskId> {
        with_conn!(self, Write, |conn| { conn.enqueue(job.clone(), run_at, now).await })
    }

    async fn ensure_recurring(&self, job: Job, run_at: Timestamp, now: Timestamp) -> Result<()> {
        let kind = job.kind();
        let is_there = with_conn!(self, Read, |conn| {
            let rows: i64 = tasks::table.filter(tasks::recurring_kind.eq(kind)).count().get_result(conn).await?;
            Ok(rows > 0)
        })?;
        if is_there {
            return Ok(());
        }
        with_conn!(self, Write, |conn| {
            let rows: i64 = tasks::table.filter(tasks::recurring_kind.eq(kind)).count().get_result(conn).await?;
            if rows == 0 {
                conn.insert_task(&job, Some(kind), run_at, now).await?;
            }
            Ok(())
        })
    }

    async fn claim_tasks(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Claim>> {
        let due = self.due_tasks(now, limit).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        with_conn!(self, Write, |conn| {
            let mut claims = Vec::with_capacity(due.len());
            for id in &due {
                let still: Option<TaskId> =
                    tasks::table.find(Bind(*id)).filter(is_due!(now)).select(tasks::id).first(conn).await.optional()?;
                if let Some(id) = still {
                    claims.push(conn.lease_task(id, until).await?);
                }
            }
            Ok(claims)
        })
    }

    async fn hand_over_tasks(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Task>> {
        let due = self.due_tasks(now, limit).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        with_conn!(self, Write, |conn| {
            let mut handed = Vec::with_capacity(due.len());
            for id in &due {
                let row: Option<TaskRow> = diesel::update(tasks::table.find(Bind(*id)).filter(is_due!(now)))
                    .set((
                        tasks::state.eq(Bind(TaskState::Queued)),
                        tasks::lease.eq(None::<Bind<Uuid>>),
                        tasks::lease_until.eq(Some(Bind(until))),
                    ))
                    .returning(TaskRow::as_returning())
                    .get_result(conn)
                    .await
                    .optional()?;
                handed.extend(row.map(Task::from));
            }
            Ok(handed)
        })
    }

    async fn take_back_tasks(&self, ids: &[TaskId]) -> Result<()> {
        let ids = ids.to_vec();
        with_conn!(self, Write, |conn| {
            for id in &ids {
                diesel::update(
                    tasks::table
                        .find(Bind(*id))
                        .filter(tasks::state.eq(Bind(TaskState::Queued)))
                        .filter(tasks::lease.is_null()),
                )
                .set(tasks::lease_until.eq(None::<Bind<Timestamp>>))
                .execute(conn)
                .await?;
            }
            Ok(())
        })
    }

    async fn begin_task(&self, id: TaskId, now: Timestamp, until: Timestamp) -> Result<Option<Claim>> {
        with_conn!(self, Write, |conn| {
            let handed_over = tasks::state.eq(Bind(TaskState::Queued)).and(tasks::lease_until.is_not_null());
            let abandoned = tasks::state.eq(Bind(TaskState::Running)).and(tasks::lease_until.le(Some(Bind(now))));
            let free: Option<TaskId> = tasks::table
                .find(Bind(id))
                .filter(handed_over.or(abandoned))
                .select(tasks::id)
                .first(conn)
                .await
                .optional()?;
            match free {
                Some(id) => Ok(Some(conn.lease_task(id, until).await?)),
                None => Ok(None),
            }
        })
    }

    async fn extend_task(&self, claim: &Claim, until: Timestamp) -> Result<bool> {
        let claim = claim.clone();
        with_conn!(self, Write, |conn| {
            let extended =
                diesel::update(claimed!(claim)).set(tasks::lease_until.eq(Some(Bind(until)))).execute(conn).await?;
            Ok(extended == 1)
        })
    }

    async fn finish_task(&self, claim: &Claim, ending: Ending, now: Timestamp) -> Result<bool> {
        let claim = claim.clone();
        let attempts = i32::try_from(claim.task.attempts).unwrap_or(i32::MAX);
        let (state, run_at, attempts, error, finished_at) = match ending {
            Ending::Done => (TaskState::Done, claim.task.run_at, attempts, None, Some(now)),
            Ending::Again { at, error: None } => (TaskState::Queued, at, 0, None, None),
            Ending::Again { at, error } => (TaskState::Queued, at, attempts, error, None),
            Ending::Dead { error } => (TaskState::Dead, claim.task.run_at, attempts, Some(error), Some(now)),
        };
        let error: Option<String> = error.map(|error| error.chars().filter(|c| *c != '\0').take(ERROR_CHARS).collect());
        with_conn!(self, Write, |conn| {
            let finished = diesel::update(claimed!(claim))
                .set((
                    tasks::state.eq(Bind(state)),
                    tasks::run_at.eq(Bind(run_at)),
                    tasks::attempts.eq(attempts),
                    tasks::error.eq(error.as_deref()),
                    tasks::lease.eq(None::<Bind<Uuid>>),
                    tasks::lease_until.eq(None::<Bind<Timestamp>>),
                    tasks::finished_at.eq(finished_at.map(Bind)),
                ))
                .execute(conn)
                .await?;
            Ok(finished == 1)
        })
    }

    async fn tasks(&self, state: Option<TaskState>, before: Option<TaskId>, limit: u32) -> Result<Vec<Task>> {
        with_conn!(self, Read, |conn| {
            let mut wanted =
                tasks::table.order(tasks::id.desc()).limit(i64::from(limit)).select(TaskRow::as_select()).into_boxed();
            if let Some(state) = state {
                wanted = wanted.filter(tasks::state.eq(Bind(state)));
            }
            if let Some(before) = before {
                wanted = wanted.filter(tasks::id.lt(Bind(before)));
            }
            let rows: Vec<TaskRow> = wanted.load(conn).await?;
            Ok(rows.into_iter().map(Task::from).collect())
        })
    }

    async fn retry_task(&self, id: TaskId, act: &Act, now: Timestamp) -> Result<Task> {
        let act = act.clone();
        with_conn!(self, Write, |conn| {
            let row: Option<TaskRow> =
                tasks::table.find(Bind(id)).select(TaskRow::as_select()).first(conn).await.optional()?;
            let row = row.ok_or(Failure::Rule(Error::NotFound("task")))?;
            let retryable = row.state == TaskState::Dead || (row.state == TaskState::Queued && row.attempts > 0);
            if !retryable {
                return Err(Error::Conflict(ErrorCode::TaskNotRetryable).into());
            }
            let row: TaskRow = diesel::update(tasks::table.find(Bind(id)))
                .set((
                    tasks::state.eq(Bind(TaskState::Queued)),
                    tasks::run_at.eq(Bind(now)),
                    tasks::attempts.eq(0),
                    tasks::lease_until.eq(None::<Bind<Timestamp>>),
                    tasks::finished_at.eq(None::<Bind<Timestamp>>),
                ))
                .returning(TaskRow::as_returning())
                .get_result(conn)
                .await?;
            conn.audit(&act, now).await?;
            Ok(row.into())
        })
    }

    async fn prune_tasks(&self, before: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            diesel::delete(
                tasks::table
                    .filter(tasks::state.eq(Bind(TaskState::Done)))
                    .filter(tasks::finished_at.lt(Some(Bind(before)))),
            )
            .execute(conn)
            .await?;
            Ok(())
        })
    }
}
