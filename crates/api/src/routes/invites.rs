//! Invitations to groups.

use actix_web::{HttpRequest, HttpResponse, Responder, http::StatusCode, web::Data};
use studyhall_domain::ports::InviteRecord;
use studyhall_wire::{CreateInvite, Group, GroupId, Invite, InvitePreview, Page};

use super::friends::ListPeople;
use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Client, OptionalJson, Path, Query},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/groups/{id}/invites").get(list).post(create),
        Endpoint::at("/groups/{id}/invites/{code}").delete(withdraw),
        Endpoint::at("/invites/{code}").get(preview),
        Endpoint::at("/invites/{code}/accept").post(accept),
    ]
}

/// A new invitation for whoever has its link.
#[utoipa::path(
    post, path = "/api/v1/groups/{id}/invites", tag = "groups", params(("id" = GroupId, Path)),
    request_body = CreateInvite,
    responses((status = 201, body = Invite), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn create(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    OptionalJson(form): OptionalJson<CreateInvite>,
) -> Result<HttpResponse> {
    let invite = api.app.groups.invite(&actor, id, form).await?;
    Ok(respond::json(StatusCode::CREATED, &shown(&api, &request, invite)))
}

/// Invitations that still let somebody in.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/invites", tag = "groups", params(("id" = GroupId, Path), ListPeople),
    responses((status = 200, body = Page<Invite>), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn list(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Query(query): Query<ListPeople>,
) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    let Page { items, next_cursor } = api.app.groups.invites(&actor, id, cursor.as_deref(), limit).await?;
    let items = items.into_iter().map(|invite| shown(&api, &request, invite)).collect();
    Ok(respond::Json(Page::<Invite> { items, next_cursor }))
}

/// Withdraws an invitation.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}/invites/{code}", tag = "groups",
    params(("id" = GroupId, Path), ("code" = String, Path)),
    responses((status = 204), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn withdraw(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, code)): Path<(GroupId, String)>,
) -> Result<impl Responder> {
    api.app.groups.withdraw(&actor, id, &code).await?;
    Ok(NoContent)
}

/// What an invitation leads to, for whoever has its link.
#[utoipa::path(
    get, path = "/api/v1/invites/{code}", tag = "groups", params(("code" = String, Path)), security(()),
    responses((status = 200, body = InvitePreview), (status = 404, description = "`invite_invalid`"))
)]
pub async fn preview(_: Client, api: Data<Api>, Path(code): Path<String>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.groups.preview(&code).await?))
}

/// Comes in by an invitation.
#[utoipa::path(
    post, path = "/api/v1/invites/{code}/accept", tag = "groups", params(("code" = String, Path)),
    responses(
        (status = 200, body = Group),
        (status = 403, description = "`banned`"),
        (status = 404, description = "`invite_invalid`")
    )
)]
pub async fn accept(Caller(actor): Caller, api: Data<Api>, Path(code): Path<String>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.groups.accept(&actor, &code).await?))
}

fn shown(api: &Api, request: &HttpRequest, invite: InviteRecord) -> Invite {
    let InviteRecord { code, max_uses, uses, expires_at, created_at: _ } = invite;
    let url = format!("{}/invite/{code}", api.settings.base_url(request));
    Invite { code, url, max_uses, uses, expires_at }
}
