//! Conversations.

use actix_web::{HttpResponse, Responder, http::StatusCode, web::Data};
use serde::Deserialize;
use studyhall_domain::member::CanRead;
use studyhall_wire::{Conversation, ConversationId, OpenConversation, Page};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, In, Json, Limit, Query},
    respond,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/conversations").get(list).post(open), Endpoint::at("/conversations/{id}").get(get)]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListConversations {
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// One's conversations, the last active first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(ListConversations),
    responses((status = 200, body = Page<Conversation>))
)]
pub async fn list(
    Caller(actor): Caller,
    api: Data<Api>,
    Query(query): Query<ListConversations>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    let cursor = query.cursor.map(|cursor| cursor.parse()).transpose()?;
    Ok(respond::Json(api.app.conversations.list(&actor, cursor, limit).await?))
}

/// Opens the direct conversation with somebody: 201 where it is new, 200 where it was there.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", request_body = OpenConversation,
    responses(
        (status = 201, body = Conversation),
        (status = 200, body = Conversation),
        (status = 403, description = "`dm_not_allowed`"),
        (status = 404, description = "No such person")
    )
)]
pub async fn open(Caller(actor): Caller, api: Data<Api>, Json(form): Json<OpenConversation>) -> Result<HttpResponse> {
    let (conversation, new) = api.app.conversations.open_direct(&actor, form.user_id).await?;
    Ok(respond::json(if new { StatusCode::CREATED } else { StatusCode::OK }, &conversation))
}

/// One of one's conversations.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 404))
)]
pub async fn get(In(member): In<CanRead>, api: Data<Api>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.conversations.get(&member).await?))
}
