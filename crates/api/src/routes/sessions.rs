//! One's own sign-ins.

use actix_web::{Responder, web::Data};
use serde::Deserialize;
use studyhall_wire::{Page, SessionId, SessionInfo};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Limit, Path, Query},
    respond::{Json, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/auth/sessions").get(list).delete(end_others), Endpoint::at("/auth/sessions/{id}").delete(end)]
}

/// The list fits on one page; the parameters of lists are taken all the same.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSessions {
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

/// One's sessions, the last used first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "auth", params(ListSessions),
    responses((status = 200, body = Page<SessionInfo>))
)]
pub async fn list(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ListSessions>) -> Result<impl Responder> {
    query.limit.get()?;
    Ok(Json(Page::whole(api.app.sessions.list(&actor).await?)))
}

/// Ends one of one's sessions.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "auth", params(("id" = SessionId, Path)),
    responses((status = 204), (status = 404, description = "It is nobody's, or somebody else's"))
)]
pub async fn end(Caller(actor): Caller, api: Data<Api>, Path(id): Path<SessionId>) -> Result<impl Responder> {
    api.app.sessions.end(&actor, id).await?;
    Ok(NoContent)
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/api/v1/auth/sessions", tag = "auth", responses((status = 204)))]
pub async fn end_others(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    api.app.sessions.end_others(&actor).await?;
    Ok(NoContent)
}
