//! Groups: made, found, changed and deleted, with their pictures.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::StatusCode,
    web::{self, Data},
};
use serde::Deserialize;
use studyhall_domain::{Error, ports};
use studyhall_wire::{CreateGroup, Group, GroupId, Page, UpdateGroup, limits};
use utoipa::IntoParams;

use super::avatars::{GetAvatar, serve_picture};
use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Json, Limit, MediaCaller, Path, Query, read_body},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/groups").get(list).post(create),
        Endpoint::at("/groups/discover").get(discover),
        Endpoint::at("/groups/{id}").get(get).patch(update).delete(delete),
        Endpoint::at("/groups/{id}/avatar").get(avatar).put(set_avatar).delete(clear_avatar),
    ]
}

/// A new group, which one owns. It is private and takes people by invitation, unless the body says otherwise.
#[utoipa::path(
    post, path = "/api/v1/groups", tag = "groups", request_body = CreateGroup,
    responses((status = 201, body = Group), (status = 403, description = "Guests make no groups"))
)]
pub async fn create(Caller(actor): Caller, api: Data<Api>, Json(form): Json<CreateGroup>) -> Result<HttpResponse> {
    Ok(respond::json(StatusCode::CREATED, &api.app.groups.create(&actor, form).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroups {
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// The groups that one is in, the newest first.
#[utoipa::path(
    get, path = "/api/v1/groups", tag = "groups", params(ListGroups), responses((status = 200, body = Page<Group>))
)]
pub async fn list(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ListGroups>) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(respond::Json(api.app.groups.list(&actor, id_cursor(query.cursor)?, limit).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Discover {
    /// What a word of the name begins with; without one, all public groups.
    #[serde(default)]
    query: String,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Public groups, the newest first.
#[utoipa::path(
    get, path = "/api/v1/groups/discover", tag = "groups", params(Discover),
    responses((status = 200, body = Page<Group>), (status = 403, description = "Guests discover nothing"))
)]
pub async fn discover(Caller(actor): Caller, api: Data<Api>, Query(query): Query<Discover>) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    let cursor = id_cursor(query.cursor)?;
    Ok(respond::Json(api.app.groups.discover(&actor, &query.query, cursor, limit).await?))
}

/// One group: one's own, or a public one.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)),
    responses((status = 200, body = Group), (status = 404))
)]
pub async fn get(Caller(actor): Caller, api: Data<Api>, Path(id): Path<GroupId>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.groups.get(&actor, id).await?))
}

/// Changes what is given. In an archived group nobody writes.
#[utoipa::path(
    patch, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)), request_body = UpdateGroup,
    responses((status = 200, body = Group), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn update(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Json(form): Json<UpdateGroup>,
) -> Result<impl Responder> {
    Ok(respond::Json(api.app.groups.update(&actor, id, form).await?))
}

/// Removes the group and its conversation for everybody. The history is erased after 30 days.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)),
    responses((status = 204), (status = 403, description = "For the owner"), (status = 404))
)]
pub async fn delete(Caller(actor): Caller, api: Data<Api>, Path(id): Path<GroupId>) -> Result<impl Responder> {
    api.app.groups.delete(&actor, id).await?;
    Ok(NoContent)
}

/// Sets the group's picture, as one's own is set.
#[utoipa::path(
    put, path = "/api/v1/groups/{id}/avatar", tag = "groups", params(("id" = GroupId, Path)),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 204),
        (status = 403, description = "For admins and the owner"),
        (status = 404),
        (status = 413, description = "More than 8 MiB"),
        (status = 415, description = "No picture of these kinds")
    )
)]
pub async fn set_avatar(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    payload: web::Payload,
) -> Result<impl Responder> {
    api.app.ports.limiter.take(ports::Limit::Upload, &actor.user.to_string()).await?;
    let upload = read_body(&request, payload.into_inner(), limits::AVATAR_BYTES).await?;
    let picture = api.pictures.avatar(upload).await?;
    api.app.groups.set_avatar(&actor, id, picture).await?;
    Ok(NoContent)
}

/// Takes the group's picture away.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}/avatar", tag = "groups", params(("id" = GroupId, Path)),
    responses((status = 204), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn clear_avatar(Caller(actor): Caller, api: Data<Api>, Path(id): Path<GroupId>) -> Result<impl Responder> {
    api.app.groups.clear_avatar(&actor, id).await?;
    Ok(NoContent)
}

/// The group's picture. The browser client's picture cookie is taken here, too.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/avatar", tag = "groups", params(("id" = GroupId, Path), GetAvatar),
    security(("bearer" = []), ("media_cookie" = [])),
    responses(
        (status = 200, content_type = "image/*", body = Vec<u8>),
        (status = 304, description = "`If-None-Match` names the picture"),
        (status = 404, description = "No such group, or no picture")
    )
)]
pub async fn avatar(
    MediaCaller(actor): MediaCaller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Query(query): Query<GetAvatar>,
) -> Result<HttpResponse> {
    let picture = api.app.groups.avatar(&actor, id).await?.ok_or(Error::NotFound("picture"))?;
    Ok(serve_picture(&request, &query, picture))
}

/// A cursor that is an id.
pub(super) fn id_cursor<T: std::str::FromStr>(cursor: Option<String>) -> Result<Option<T>> {
    let parsed = cursor.map(|cursor| cursor.parse::<T>()).transpose();
    parsed.map_err(|_| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before.").into())
}
