//! Pictures of people.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header,
    web::{self, Data},
};
use bytes::Bytes;
use serde::Deserialize;
use studyhall_domain::{
    Error,
    ports::{BlobId, Limit},
};
use studyhall_wire::{UserId, limits};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, MediaCaller, Path, Query, read_body},
    picture,
    respond::NoContent,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/users/me/avatar").put(set).delete(clear), Endpoint::at("/users/{id}/avatar").get(get)]
}

/// Sets one's picture: JPEG, PNG, GIF or WebP, told by its content. It is turned upright, cropped to a square and
/// scaled to 256 × 256 pixels.
#[utoipa::path(
    put, path = "/api/v1/users/me/avatar", tag = "users", request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 204),
        (status = 413, description = "More than 8 MiB"),
        (status = 415, description = "No picture of these kinds")
    )
)]
pub async fn set(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    payload: web::Payload,
) -> Result<impl Responder> {
    api.app.ports.limiter.take(Limit::Upload, &actor.user.to_string()).await?;
    let upload = read_body(&request, payload.into_inner(), limits::AVATAR_BYTES).await?;
    let picture = api.pictures.avatar(upload).await?;
    api.app.accounts.set_avatar(&actor, picture).await?;
    Ok(NoContent)
}

/// Takes one's picture away.
#[utoipa::path(delete, path = "/api/v1/users/me/avatar", tag = "users", responses((status = 204)))]
pub async fn clear(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    api.app.accounts.clear_avatar(&actor).await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetAvatar {
    /// The version, as in `avatar_url`; with it the answer may be kept for ever.
    v: Option<String>,
}

/// Somebody's picture. The browser client's picture cookie is taken here, too.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/avatar", tag = "users", params(("id" = UserId, Path), GetAvatar),
    security(("bearer" = []), ("media_cookie" = [])),
    responses(
        (status = 200, content_type = "image/*", body = Vec<u8>),
        (status = 304, description = "`If-None-Match` names the picture"),
        (status = 404, description = "No such person, or no picture")
    )
)]
pub async fn get(
    _: MediaCaller,
    request: HttpRequest,
    api: Data<Api>,
    Path(id): Path<UserId>,
    Query(query): Query<GetAvatar>,
) -> Result<HttpResponse> {
    let picture = api.app.accounts.avatar(id).await?.ok_or(Error::NotFound("picture"))?;
    Ok(serve_picture(&request, &query, picture))
}

/// A picture, which may be kept for ever where the query names its version.
pub(super) fn serve_picture(request: &HttpRequest, query: &GetAvatar, (blob, bytes): (BlobId, Bytes)) -> HttpResponse {
    let kept = query.v.as_ref().is_some_and(|version| !version.is_empty() && blob.0.starts_with(version));
    let caching = if kept { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    let tag = format!("\"{}\"", blob.0);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, tag.as_str())).insert_header((header::CACHE_CONTROL, caching));
    if picture::is_current(request, &tag) {
        return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
    }
    response.insert_header((header::CONTENT_ENCODING, "identity"));
    response.content_type(picture::media_type(&bytes)).body(bytes)
}
