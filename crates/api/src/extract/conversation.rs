//! A conversation, and the caller's authority in it.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use studyhall_domain::{
    Error,
    member::{Capability, Member},
};
use studyhall_wire::ConversationId;

use super::{actor::caller_by_header, api};
use crate::{ApiError, Result};

/// The caller as a member, with the capability `C`, of the conversation whose `{id}` is in the path. To who is no
/// member there is no such conversation.
#[derive(Clone, Debug)]
pub struct In<C: Capability>(pub Member<C>);

impl<C: Capability + 'static> FromRequest for In<C> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let actor = caller_by_header(&request).await?;
            let id = request.match_info().get("id").and_then(|id| id.parse::<ConversationId>().ok());
            let id = id.ok_or(Error::NotFound("conversation"))?;
            Ok(Self(api(&request)?.app.conversations.member(&actor, id).await?))
        })
    }
}
