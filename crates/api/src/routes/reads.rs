//! What one has read, what one is told of, and the streams behind it.

use actix_web::{Responder, web::Data};
use serde::Deserialize;
use studyhall_domain::member::CanRead;
use studyhall_wire::{AdvanceRead, ConversationId, Digest, EventPage, Seq, SetNotify};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, In, Json, Limit, Query},
    respond::{self, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/conversations/{id}/read").put(advance),
        Endpoint::at("/conversations/{id}/notify").put(set_notify),
        Endpoint::at("/conversations/{id}/events").get(events),
        Endpoint::at("/conversations/{id}/digest").get(digest),
        Endpoint::at("/inbox/events").get(inbox),
    ]
}

/// Moves one's read cursor; it only goes forward, and past the head it stops there.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/read", tag = "conversations", params(("id" = ConversationId, Path)),
    request_body = AdvanceRead, responses((status = 204), (status = 404))
)]
pub async fn advance(In(member): In<CanRead>, api: Data<Api>, Json(form): Json<AdvanceRead>) -> Result<impl Responder> {
    api.app.conversations.advance_read(&member, form.seq).await?;
    Ok(NoContent)
}

/// Sets what of a conversation one wants to be told about.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/notify", tag = "conversations", params(("id" = ConversationId, Path)),
    request_body = SetNotify, responses((status = 204), (status = 404))
)]
pub async fn set_notify(
    In(member): In<CanRead>,
    api: Data<Api>,
    Json(form): Json<SetNotify>,
) -> Result<impl Responder> {
    api.app.conversations.set_notify(&member, form.level).await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadEvents {
    /// The last seq that one has; 0 for the beginning.
    #[serde(default)]
    after: Seq,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Events of a conversation after `after`, gapless and ascending.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/events", tag = "conversations",
    params(("id" = ConversationId, Path), ReadEvents), responses((status = 200, body = EventPage), (status = 404))
)]
pub async fn events(
    In(member): In<CanRead>,
    api: Data<Api>,
    Query(query): Query<ReadEvents>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(respond::Json(api.app.messages.events(&member, query.after, limit).await?))
}

/// Events of one's own inbox after `after`, gapless and ascending.
#[utoipa::path(
    get, path = "/api/v1/inbox/events", tag = "conversations", params(ReadEvents),
    responses((status = 200, body = EventPage))
)]
pub async fn inbox(Caller(actor): Caller, api: Data<Api>, Query(query): Query<ReadEvents>) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(respond::Json(api.app.messages.inbox_events(actor.user, query.after, limit).await?))
}

/// The visible state of a conversation in one hash, for a client to prove that it agrees.
///
/// SHA-256 over the UTF-8 of one line per message, ascending by seq, each ended by `\n`: the JSON array, without
/// spaces, `[seq,author_id,text,edited,deleted,pinned,[[emoji,user_id],…sorted by bytes]]`, non-ASCII text unescaped;
/// a deleted message is `[seq,author_id,"",false,true,false,[]]`.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/digest", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Digest), (status = 404))
)]
pub async fn digest(In(member): In<CanRead>, api: Data<Api>) -> Result<impl Responder> {
    Ok(respond::Json(api.app.messages.digest(&member).await?))
}
