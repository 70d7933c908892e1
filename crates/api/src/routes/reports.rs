//! Reports of messages.

use actix_web::{Responder, http::StatusCode, web::Data};
use serde::Deserialize;
use studyhall_domain::{Error, admin::HandlesReports};
use studyhall_wire::{CreateReport, Page, Report, ReportId, ReportState, ResolveReport};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{By, Caller, Json, Limit, Path, Query},
    respond::{self, NoContent, json},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/reports").post(create),
        Endpoint::at("/admin/reports").get(list),
        Endpoint::at("/admin/reports/{id}/resolve").post(resolve),
    ]
}

/// Reports a message that one can read.
#[utoipa::path(
    post, path = "/api/v1/reports", tag = "admin", request_body = CreateReport,
    responses(
        (status = 201, body = Report),
        (status = 200, body = Report, description = "One has reported it already, and nobody has looked at it yet"),
        (status = 404, description = "No such message, or not visible to the caller"),
        (status = 409, description = "`message_deleted`")
    )
)]
pub async fn create(Caller(actor): Caller, api: Data<Api>, Json(form): Json<CreateReport>) -> Result<impl Responder> {
    let member = api.app.conversations.member(&actor, form.conversation_id).await?;
    let (report, new) = api.app.reports.create(&actor, &member, form).await?;
    Ok(json(if new { StatusCode::CREATED } else { StatusCode::OK }, &report))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReports {
    state: Option<ReportState>,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl ListReports {
    fn before(&self) -> Result<Option<ReportId>> {
        let before = self.cursor.as_deref().map(str::parse).transpose();
        let wrong = || Error::invalid("cursor", "invalid", "Use the next_cursor of the page before.");
        before.map_err(|_| wrong().into())
    }
}

/// Reports, the newest first, each with its message as it stands now.
#[utoipa::path(
    get, path = "/api/v1/admin/reports", tag = "admin", params(ListReports),
    responses((status = 200, body = Page<Report>), (status = 403, description = "For moderators and above"))
)]
pub async fn list(
    By(staff): By<HandlesReports>,
    api: Data<Api>,
    Query(query): Query<ListReports>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(respond::Json(api.app.reports.list(&staff, query.state, query.before()?, limit).await?))
}

/// Resolves an open report; the reporter hears what came of it. `suspend_user` is for admins and above, by rank.
#[utoipa::path(
    post, path = "/api/v1/admin/reports/{id}/resolve", tag = "admin", params(("id" = ReportId, Path)),
    request_body = ResolveReport,
    responses((status = 204), (status = 403), (status = 404), (status = 409, description = "`report_resolved`"))
)]
pub async fn resolve(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<ReportId>,
    Json(form): Json<ResolveReport>,
) -> Result<impl Responder> {
    api.app.reports.resolve(&actor, id, form).await?;
    Ok(NoContent)
}
