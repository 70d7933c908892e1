//! What the server owes, for administrators.

use actix_web::{HttpResponse, Responder, web::Data};
use serde::Deserialize;
use studyhall_domain::Error;
use studyhall_wire::{Page, Task, TaskId, TaskState};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Limit, Path, Query},
    respond::Json,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/admin/tasks").get(list), Endpoint::at("/admin/tasks/{id}/retry").post(retry)]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTasks {
    /// Those in this state alone.
    state: Option<TaskState>,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Tasks, the newest first. Admin and above.
#[utoipa::path(
    get, path = "/api/v1/admin/tasks", tag = "administration", params(ListTasks),
    responses((status = 200, body = Page<Task>), (status = 403, description = "Not an admin"))
)]
pub async fn list(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ListTasks>) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    let before = query.cursor.map(|cursor| cursor.parse()).transpose();
    let before = before.map_err(|_| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))?;
    Ok(Json(api.app.tasks.list(&actor, query.state, before, limit).await?))
}

/// Gives a task that failed another try, now. Admin and above.
#[utoipa::path(
    post, path = "/api/v1/admin/tasks/{id}/retry", tag = "administration", params(("id" = TaskId, Path)),
    responses(
        (status = 204),
        (status = 403, description = "Not an admin"),
        (status = 404),
        (status = 409, description = "`task_not_retryable`: it runs, is done, or has not had its first try")
    )
)]
pub async fn retry(Caller(actor): Caller, api: Data<Api>, Path(id): Path<TaskId>) -> Result<impl Responder> {
    api.app.tasks.retry(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
