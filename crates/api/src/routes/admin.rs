//! Administration: accounts, the audit log, figures.

use actix_web::{HttpRequest, Responder, http::StatusCode, web::Data};
use serde::Deserialize;
use studyhall_domain::{
    admin::{ManagesUsers, ReadsAudit, ReadsStats, UserQuery},
    ports::AuditFilter,
};
use studyhall_wire::{AdminUser, AuditEntry, Page, ResetLink, Role, Stats, UpdateUser, UserId};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{By, Caller, Json, Limit, Path, Query, base_url},
    respond::{self, json},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/admin/users").get(users),
        Endpoint::at("/admin/users/{id}").patch(update_user),
        Endpoint::at("/admin/users/{id}/reset-link").post(reset_link),
        Endpoint::at("/admin/audit").get(audit),
        Endpoint::at("/admin/stats").get(stats),
    ]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUsers {
    /// What a username, or a word of a display name, begins with; everybody, where it is empty.
    #[serde(default)]
    query: String,
    role: Option<Role>,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Accounts, ascending by username; suspended ones, too.
#[utoipa::path(
    get, path = "/api/v1/admin/users", tag = "admin", params(ListUsers),
    responses((status = 200, body = Page<AdminUser>), (status = 403, description = "For admins and above"))
)]
pub async fn users(
    By(staff): By<ManagesUsers>,
    api: Data<Api>,
    Query(query): Query<ListUsers>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    let query = UserQuery { text: query.query, role: query.role, cursor: query.cursor, limit };
    Ok(respond::Json(api.app.admin.users(&staff, query).await?))
}

/// Changes somebody's role, or suspends their account and lifts that again. Suspending ends every session at once.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", tag = "admin", params(("id" = UserId, Path)), request_body = UpdateUser,
    responses(
        (status = 200, body = AdminUser),
        (status = 403, description = "By the rules of rank"),
        (status = 404),
        (status = 409, description = "`last_superuser`")
    )
)]
pub async fn update_user(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<UserId>,
    Json(form): Json<UpdateUser>,
) -> Result<impl Responder> {
    Ok(respond::Json(api.app.admin.update_user(&actor, id, form).await?))
}

/// Makes a link by which the account's owner sets a new password, once and within a day.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{id}/reset-link", tag = "admin", params(("id" = UserId, Path)),
    responses(
        (status = 201, body = ResetLink), (status = 403, description = "By the rules of rank"), (status = 404)
    )
)]
pub async fn reset_link(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<UserId>,
) -> Result<impl Responder> {
    let made = api.app.admin.reset_link(&actor, id).await?;
    let url = format!("{}/reset/{}", base_url(&api, &request), made.token);
    Ok(json(StatusCode::CREATED, &ResetLink { url, expires_at: made.expires_at }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAudit {
    /// What this user did, or was denied.
    actor: Option<UserId>,
    /// A word such as `user.set_role`.
    action: Option<String>,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// The audit log, the newest entry first, denials included.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", tag = "admin", params(ListAudit),
    responses((status = 200, body = Page<AuditEntry>), (status = 403, description = "For admins and above"))
)]
pub async fn audit(
    By(staff): By<ReadsAudit>,
    api: Data<Api>,
    Query(query): Query<ListAudit>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    let filter = AuditFilter { actor: query.actor, action: query.action, before: None };
    Ok(respond::Json(api.app.admin.audit(&staff, filter, query.cursor.as_deref(), limit).await?))
}

/// Figures of this instance.
#[utoipa::path(
    get, path = "/api/v1/admin/stats", tag = "admin",
    responses((status = 200, body = Stats), (status = 403, description = "For admins and above"))
)]
pub async fn stats(By(staff): By<ReadsStats>, api: Data<Api>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.admin.stats(&staff).await?))
}
