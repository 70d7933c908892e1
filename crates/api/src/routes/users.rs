//! One's own account, and other people.

use actix_web::{HttpRequest, HttpResponse, Responder, web::Data};
use serde::Deserialize;
use studyhall_wire::{DeleteAccount, Me, Page, UpdateProfile, User, UserId};
use utoipa::IntoParams;

use crate::{
    Api, Result, cookies,
    endpoint::Endpoint,
    extract::{Caller, Json, Limit, Path, Query},
    respond,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/users").get(search),
        Endpoint::at("/users/me").get(me).patch(update).delete(delete),
        Endpoint::at("/users/{id}").get(user),
    ]
}

/// One's own account.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "users", responses((status = 200, body = Me)))]
pub async fn me(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.accounts.me(&actor).await?))
}

/// Changes what is given of one's profile.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", request_body = UpdateProfile,
    responses((status = 200, body = Me), (status = 403, description = "`wrong_password`"))
)]
pub async fn update(Caller(actor): Caller, api: Data<Api>, Json(form): Json<UpdateProfile>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.accounts.update_profile(&actor, form).await?))
}

/// Deactivates one's account and erases its personal data; its messages stay, as a deleted user's.
#[utoipa::path(
    delete, path = "/api/v1/users/me", tag = "users", request_body = DeleteAccount,
    responses(
        (status = 204),
        (status = 403, description = "`wrong_password`"),
        (status = 409, description = "`last_superuser`")
    )
)]
pub async fn delete(
    Caller(actor): Caller,
    request: HttpRequest,
    api: Data<Api>,
    Json(form): Json<DeleteAccount>,
) -> Result<impl Responder> {
    api.app.accounts.delete(&actor, &form.password).await?;
    let mut response = HttpResponse::NoContent();
    cookies::clear(&mut response, &request, &api);
    Ok(response.finish())
}

/// One person. A deleted one has `"deleted": true` and no name.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = User), (status = 404))
)]
pub async fn user(Caller(actor): Caller, api: Data<Api>, Path(id): Path<UserId>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.people.user(actor.user, id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchPeople {
    /// What a username, or a word of a display name, begins with: two characters or more.
    #[serde(default)]
    query: String,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// People whose username, or a word of whose display name, begins with `query`.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", params(SearchPeople),
    responses((status = 200, body = Page<User>), (status = 403, description = "Guests do not search"))
)]
pub async fn search(
    Caller(actor): Caller,
    api: Data<Api>,
    Query(query): Query<SearchPeople>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(respond::Json(api.app.people.search(&actor, &query.query, query.cursor.as_deref(), limit).await?))
}
