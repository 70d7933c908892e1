//! Friends, requests for friendship, and blocks.

use actix_web::{HttpResponse, Responder, http::StatusCode, web::Data};
use serde::Deserialize;
use studyhall_wire::{FriendRequests, Friendship, FriendshipState, Page, RequestFriendship, User, UserId};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Json, Limit, Path, Query},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/friends").get(list),
        Endpoint::at("/friends/requests").get(requests).post(request),
        Endpoint::at("/friends/requests/{user_id}/accept").post(accept),
        Endpoint::at("/friends/requests/{user_id}/reject").post(reject),
        Endpoint::at("/friends/requests/{user_id}").delete(take_back),
        Endpoint::at("/friends/{user_id}").delete(remove),
        Endpoint::at("/blocks").get(blocks),
        Endpoint::at("/blocks/{user_id}").put(block).delete(unblock),
    ]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPeople {
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl ListPeople {
    /// The cursor and the limit, or 422.
    pub fn parts(self) -> Result<(Option<String>, u32)> {
        let limit = self.limit.get()?;
        Ok((self.cursor, limit))
    }
}

/// One's friends, ascending by username.
#[utoipa::path(
    get, path = "/api/v1/friends", tag = "friends", params(ListPeople), responses((status = 200, body = Page<User>))
)]
pub async fn list(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ListPeople>) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    Ok(respond::Json(api.app.friends.list(&actor, cursor.as_deref(), limit).await?))
}

/// What waits for an answer, the newest first, at most 200 in either direction.
#[utoipa::path(
    get, path = "/api/v1/friends/requests", tag = "friends", responses((status = 200, body = FriendRequests))
)]
pub async fn requests(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.friends.requests(&actor).await?))
}

/// Asks somebody for friendship: 201, or 200 where that person had asked already, and the two are friends now.
#[utoipa::path(
    post, path = "/api/v1/friends/requests", tag = "friends", request_body = RequestFriendship,
    responses(
        (status = 201, body = Friendship),
        (status = 200, body = Friendship),
        (status = 403, description = "`blocked`; guests do not ask"),
        (status = 404, description = "No such person"),
        (status = 409, description = "`already_friends`, `already_requested`, `too_many_requests`")
    )
)]
pub async fn request(
    Caller(actor): Caller,
    api: Data<Api>,
    Json(form): Json<RequestFriendship>,
) -> Result<HttpResponse> {
    let state = api.app.friends.request(&actor, form.user_id).await?;
    let status = match state {
        FriendshipState::Pending => StatusCode::CREATED,
        FriendshipState::Friends => StatusCode::OK,
    };
    Ok(respond::json(status, &Friendship { state }))
}

/// Accepts somebody's request.
#[utoipa::path(
    post, path = "/api/v1/friends/requests/{user_id}/accept", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, description = "No such request"))
)]
pub async fn accept(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.accept(&actor, user).await?;
    Ok(NoContent)
}

/// Declines somebody's request.
#[utoipa::path(
    post, path = "/api/v1/friends/requests/{user_id}/reject", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, description = "No such request"))
)]
pub async fn reject(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.reject(&actor, user).await?;
    Ok(NoContent)
}

/// Takes one's own request back.
#[utoipa::path(
    delete, path = "/api/v1/friends/requests/{user_id}", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, description = "No such request"))
)]
pub async fn take_back(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.take_back(&actor, user).await?;
    Ok(NoContent)
}

/// Ends a friendship.
#[utoipa::path(
    delete, path = "/api/v1/friends/{user_id}", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, description = "No such friend"))
)]
pub async fn remove(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.remove(&actor, user).await?;
    Ok(NoContent)
}

/// Whom one has blocked, ascending by username.
#[utoipa::path(
    get, path = "/api/v1/blocks", tag = "friends", params(ListPeople), responses((status = 200, body = Page<User>))
)]
pub async fn blocks(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ListPeople>) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    Ok(respond::Json(api.app.friends.blocks(&actor, cursor.as_deref(), limit).await?))
}

/// Blocks somebody: ends friendship and requests, stops direct messages both ways, hides presence.
#[utoipa::path(
    put, path = "/api/v1/blocks/{user_id}", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, description = "No such person"))
)]
pub async fn block(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.block(&actor, user).await?;
    Ok(NoContent)
}

/// Takes a block away; nothing happens where there is none.
#[utoipa::path(
    delete, path = "/api/v1/blocks/{user_id}", tag = "friends", params(("user_id" = UserId, Path)),
    responses((status = 204))
)]
pub async fn unblock(Caller(actor): Caller, api: Data<Api>, Path(user): Path<UserId>) -> Result<impl Responder> {
    api.app.friends.unblock(&actor, user).await?;
    Ok(NoContent)
}
