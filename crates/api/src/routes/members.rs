//! Who is in a group, who wants to be, and who may not.

use actix_web::{HttpResponse, Responder, http::StatusCode, web::Data};
use studyhall_wire::{Ban, BanMember, GroupId, GroupMember, JoinRequest, Page, SetMember, TransferGroup, UserId};

use super::{friends::ListPeople, groups::id_cursor};
use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Json, OptionalJson, Path, Query},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/groups/{id}/members").get(list),
        Endpoint::at("/groups/{id}/members/{user_id}").put(place).delete(remove),
        Endpoint::at("/groups/{id}/owner").post(transfer),
        Endpoint::at("/groups/{id}/join").post(join),
        Endpoint::at("/groups/{id}/join-requests").get(requests),
        Endpoint::at("/groups/{id}/join-requests/{user_id}/approve").post(approve),
        Endpoint::at("/groups/{id}/join-requests/{user_id}/deny").post(deny),
        Endpoint::at("/groups/{id}/bans").get(bans),
        Endpoint::at("/groups/{id}/bans/{user_id}").put(ban).delete(unban),
    ]
}

/// Members by role, the highest first.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/members", tag = "groups", params(("id" = GroupId, Path), ListPeople),
    responses((status = 200, body = Page<GroupMember>), (status = 404))
)]
pub async fn list(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Query(query): Query<ListPeople>,
) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    Ok(respond::Json(api.app.groups.members(&actor, id, cursor.as_deref(), limit).await?))
}

/// Adds a member, or changes a role. Whose `dm_policy` shuts the caller out gets an invitation instead: 202, and a
/// notification `group_invite` with its code.
#[utoipa::path(
    put, path = "/api/v1/groups/{id}/members/{user_id}", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)), request_body = SetMember,
    responses(
        (status = 204, description = "A member with this role"),
        (status = 202, description = "Invited instead"),
        (status = 403, description = "Not by this role, or not to this one; `banned`, `blocked`"),
        (status = 404)
    )
)]
pub async fn place(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
    Json(form): Json<SetMember>,
) -> Result<HttpResponse> {
    let invited = api.app.groups.place(&actor, id, user, form).await?;
    Ok(HttpResponse::new(if invited { StatusCode::ACCEPTED } else { StatusCode::NO_CONTENT }))
}

/// Removes a member; oneself leaves. Once it is answered, nothing more of the group reaches who is out.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}/members/{user_id}", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)),
    responses(
        (status = 204),
        (status = 403, description = "Nobody removes a member of an equal or higher role"),
        (status = 404),
        (status = 409, description = "`owner_must_transfer`")
    )
)]
pub async fn remove(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<impl Responder> {
    api.app.groups.remove(&actor, id, user).await?;
    Ok(NoContent)
}

/// Gives the group to a member; the old owner becomes an admin.
#[utoipa::path(
    post, path = "/api/v1/groups/{id}/owner", tag = "groups", params(("id" = GroupId, Path)),
    request_body = TransferGroup,
    responses((status = 204), (status = 403, description = "For the owner"), (status = 404, description = "No such member"))
)]
pub async fn transfer(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Json(form): Json<TransferGroup>,
) -> Result<impl Responder> {
    api.app.groups.transfer(&actor, id, form.user_id).await?;
    Ok(NoContent)
}

/// Joins a group, or asks to.
#[utoipa::path(
    post, path = "/api/v1/groups/{id}/join", tag = "groups", params(("id" = GroupId, Path)),
    responses(
        (status = 204, description = "A member"),
        (status = 202, description = "Awaiting approval"),
        (status = 403, description = "`invite_only`, `banned`"),
        (status = 404)
    )
)]
pub async fn join(Caller(actor): Caller, api: Data<Api>, Path(id): Path<GroupId>) -> Result<HttpResponse> {
    let joined = api.app.groups.join(&actor, id).await?;
    Ok(HttpResponse::new(if joined { StatusCode::NO_CONTENT } else { StatusCode::ACCEPTED }))
}

/// Who waits for an answer.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/join-requests", tag = "groups", params(("id" = GroupId, Path), ListPeople),
    responses(
        (status = 200, body = Page<JoinRequest>),
        (status = 403, description = "For moderators and above"),
        (status = 404)
    )
)]
pub async fn requests(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Query(query): Query<ListPeople>,
) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    Ok(respond::Json(api.app.groups.requests(&actor, id, id_cursor(cursor)?, limit).await?))
}

/// Lets somebody in who asked.
#[utoipa::path(
    post, path = "/api/v1/groups/{id}/join-requests/{user_id}/approve", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)),
    responses((status = 204), (status = 403, description = "For moderators and above"), (status = 404))
)]
pub async fn approve(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<impl Responder> {
    api.app.groups.answer(&actor, id, user, true).await?;
    Ok(NoContent)
}

/// Does not let somebody in who asked.
#[utoipa::path(
    post, path = "/api/v1/groups/{id}/join-requests/{user_id}/deny", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)),
    responses((status = 204), (status = 403, description = "For moderators and above"), (status = 404))
)]
pub async fn deny(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<impl Responder> {
    api.app.groups.answer(&actor, id, user, false).await?;
    Ok(NoContent)
}

/// Who is banned.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/bans", tag = "groups", params(("id" = GroupId, Path), ListPeople),
    responses((status = 200, body = Page<Ban>), (status = 403, description = "For moderators and above"), (status = 404))
)]
pub async fn bans(
    Caller(actor): Caller,
    api: Data<Api>,
    Path(id): Path<GroupId>,
    Query(query): Query<ListPeople>,
) -> Result<impl Responder> {
    let (cursor, limit) = query.parts()?;
    Ok(respond::Json(api.app.groups.bans(&actor, id, id_cursor(cursor)?, limit).await?))
}

/// Puts a member out for good, or keeps somebody out.
#[utoipa::path(
    put, path = "/api/v1/groups/{id}/bans/{user_id}", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)), request_body = BanMember,
    responses(
        (status = 204),
        (status = 403, description = "Nobody bans a member of an equal or higher role"),
        (status = 404)
    )
)]
pub async fn ban(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
    OptionalJson(form): OptionalJson<BanMember>,
) -> Result<impl Responder> {
    api.app.groups.ban(&actor, id, user, form).await?;
    Ok(NoContent)
}

/// Takes a ban away. It lets nobody in by itself.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}/bans/{user_id}", tag = "groups",
    params(("id" = GroupId, Path), ("user_id" = UserId, Path)),
    responses((status = 204), (status = 403, description = "For admins and the owner"), (status = 404))
)]
pub async fn unban(
    Caller(actor): Caller,
    api: Data<Api>,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<impl Responder> {
    api.app.groups.unban(&actor, id, user).await?;
    Ok(NoContent)
}
