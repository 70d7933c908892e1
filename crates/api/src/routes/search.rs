//! Finding messages.

use actix_web::{Responder, web::Data};
use serde::Deserialize;
use studyhall_domain::{Error, search::Terms};
use studyhall_wire::{ConversationId, Page, SearchHit, UserId};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Limit, Query},
    respond::Json,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/search/messages").get(messages)]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchMessages {
    /// Words, of which all must occur, in part or in whole.
    #[serde(default)]
    q: String,
    /// In this conversation alone.
    conversation_id: Option<ConversationId>,
    /// By this author alone.
    author_id: Option<UserId>,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl SearchMessages {
    fn terms(self) -> Result<Terms> {
        let limit = self.limit.get()?;
        let cursor = self.cursor.map(|cursor| cursor.parse()).transpose();
        let cursor =
            cursor.map_err(|_| Error::invalid("cursor", "invalid", "Use the next_cursor of the page before."))?;
        Ok(Terms { text: self.q, conversation: self.conversation_id, author: self.author_id, cursor, limit })
    }
}

/// Messages that one may read now, the newest first; the index is at most 2 s behind.
#[utoipa::path(
    get, path = "/api/v1/search/messages", tag = "messages", params(SearchMessages),
    responses((status = 200, body = Page<SearchHit>), (status = 404, description = "No such conversation"))
)]
pub async fn messages(
    Caller(actor): Caller,
    api: Data<Api>,
    Query(query): Query<SearchMessages>,
) -> Result<impl Responder> {
    Ok(Json(api.app.search.messages(&actor, query.terms()?).await?))
}
