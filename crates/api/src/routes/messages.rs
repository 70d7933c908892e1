//! Messages and what is done to them.

use actix_web::{HttpResponse, Responder, http::StatusCode, web::Data};
use serde::Deserialize;
use studyhall_domain::{
    Error,
    member::{CanPin, CanRead, CanWrite},
    ports::{Anchor, HistoryQuery},
};
use studyhall_wire::{ConversationId, EditMessage, Message, MessagePage, PostMessage, Seq};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{In, Json, Limit, Path, Query},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/conversations/{id}/messages").get(history).post(post),
        Endpoint::at("/conversations/{id}/messages/{seq}").patch(edit).delete(delete),
        Endpoint::at("/conversations/{id}/messages/{seq}/reactions/{emoji}").put(react).delete(unreact),
        Endpoint::at("/conversations/{id}/messages/{seq}/pin").put(pin).delete(unpin),
    ]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct History {
    /// Messages before this seq.
    before: Option<Seq>,
    /// Messages after this seq.
    after: Option<Seq>,
    /// Messages around this seq, itself included.
    around: Option<Seq>,
    /// Pinned ones alone.
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl History {
    fn anchor(&self) -> Result<Anchor, Error> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(Anchor::Newest),
            (Some(seq), None, None) => Ok(Anchor::Before(seq)),
            (None, Some(seq), None) => Ok(Anchor::After(seq)),
            (None, None, Some(seq)) => Ok(Anchor::Around(seq)),
            _ => {
                let field = if self.before.is_some() && self.after.is_some() { "after" } else { "around" };
                Err(Error::invalid(field, "exclusive", "Only one of before, after and around."))
            }
        }
    }
}

/// A page of history, ascending; with none of `before`, `after` and `around`, the newest.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path), History), responses((status = 200, body = MessagePage), (status = 404))
)]
pub async fn history(In(member): In<CanRead>, api: Data<Api>, Query(query): Query<History>) -> Result<impl Responder> {
    let query = HistoryQuery { anchor: query.anchor()?, pinned: query.pinned, limit: query.limit.get()? };
    Ok(respond::Json(api.app.messages.history(&member, query).await?))
}

/// Posts a message: 201 once it is durable, 200 with the original where this `client_id` was posted before.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "messages", params(("id" = ConversationId, Path)),
    request_body = PostMessage,
    responses(
        (status = 201, body = Message),
        (status = 200, body = Message),
        (status = 404),
        (status = 409, description = "`client_id_reused`")
    )
)]
pub async fn post(In(member): In<CanWrite>, api: Data<Api>, Json(form): Json<PostMessage>) -> Result<HttpResponse> {
    let posted = api.app.messages.post(&member, form).await?;
    Ok(respond::json(if posted.new { StatusCode::CREATED } else { StatusCode::OK }, &posted.message))
}

/// Changes the text of one's own message.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/messages/{seq}", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path)), request_body = EditMessage,
    responses(
        (status = 200, body = Message),
        (status = 403, description = "Somebody else's"),
        (status = 404),
        (status = 409, description = "`message_deleted`")
    )
)]
pub async fn edit(
    In(member): In<CanWrite>,
    api: Data<Api>,
    Path((_, seq)): Path<(ConversationId, Seq)>,
    Json(form): Json<EditMessage>,
) -> Result<impl Responder> {
    Ok(respond::Json(api.app.messages.edit(&member, seq, form.text).await?))
}

/// Deletes one's own message, or in a group that of somebody below oneself; it keeps its place without its text.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/messages/{seq}", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path)),
    responses((status = 204), (status = 403, description = "Somebody else's"), (status = 404))
)]
pub async fn delete(
    In(member): In<CanRead>,
    api: Data<Api>,
    Path((_, seq)): Path<(ConversationId, Seq)>,
) -> Result<impl Responder> {
    api.app.messages.delete(&member, seq).await?;
    Ok(NoContent)
}

/// Adds one's reaction.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/messages/{seq}/reactions/{emoji}", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path), ("emoji" = String, Path)),
    responses((status = 204), (status = 404), (status = 409, description = "`message_deleted`"))
)]
pub async fn react(
    In(member): In<CanWrite>,
    api: Data<Api>,
    Path((_, seq, emoji)): Path<(ConversationId, Seq, String)>,
) -> Result<impl Responder> {
    api.app.messages.react(&member, seq, emoji).await?;
    Ok(NoContent)
}

/// Takes one's reaction back.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/messages/{seq}/reactions/{emoji}", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path), ("emoji" = String, Path)),
    responses((status = 204), (status = 404))
)]
pub async fn unreact(
    In(member): In<CanWrite>,
    api: Data<Api>,
    Path((_, seq, emoji)): Path<(ConversationId, Seq, String)>,
) -> Result<impl Responder> {
    api.app.messages.unreact(&member, seq, emoji).await?;
    Ok(NoContent)
}

/// Pins a message.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/messages/{seq}/pin", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path)),
    responses((status = 204), (status = 404), (status = 409, description = "`message_deleted`"))
)]
pub async fn pin(
    In(member): In<CanPin>,
    api: Data<Api>,
    Path((_, seq)): Path<(ConversationId, Seq)>,
) -> Result<impl Responder> {
    api.app.messages.set_pinned(&member, seq, true).await?;
    Ok(NoContent)
}

/// Unpins a message.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/messages/{seq}/pin", tag = "messages",
    params(("id" = ConversationId, Path), ("seq" = Seq, Path)), responses((status = 204), (status = 404))
)]
pub async fn unpin(
    In(member): In<CanPin>,
    api: Data<Api>,
    Path((_, seq)): Path<(ConversationId, Seq)>,
) -> Result<impl Responder> {
    api.app.messages.set_pinned(&member, seq, false).await?;
    Ok(NoContent)
}
