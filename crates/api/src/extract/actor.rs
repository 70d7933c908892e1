//! Who is asking.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};
use studyhall_domain::{Error, auth::Actor, ports::Limit};
use studyhall_wire::ErrorCode;

use super::{api, client::address};
use crate::{Api, ApiError, Result, cookies};

/// A signed-in user, by `Authorization: Bearer`. Counts against the user's rate limit, or against the address's where
/// the token does not count.
#[derive(Clone, Copy, Debug)]
pub struct Caller(pub Actor);

/// Like [`Caller`], or by the cookie that loads pictures: for GET and HEAD of bytes alone.
#[derive(Clone, Copy, Debug)]
pub struct MediaCaller(pub Actor);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let token = bearer(&request);
            caller(&request, token.map(Token::Access)).await.map(Self)
        })
    }
}

impl FromRequest for MediaCaller {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let token = bearer(&request).map(Token::Access);
            let token = token.or_else(|| cookies::media_token(&request).map(Token::Media));
            caller(&request, token).await.map(Self)
        })
    }
}

enum Token {
    Access(String),
    Media(String),
}

pub(super) async fn caller_by_header(request: &HttpRequest) -> Result<Actor> {
    caller(request, bearer(request).map(Token::Access)).await
}

async fn caller(request: &HttpRequest, token: Option<Token>) -> Result<Actor> {
    let api = api(request)?;
    match authenticate(&api, token).await {
        Ok(actor) => {
            tracing::Span::current().record("user.id", tracing::field::display(actor.user));
            let mut buffer = uuid::Uuid::encode_buffer();
            let key: &str = actor.user.0.simple().encode_lower(&mut buffer);
            api.app.ports.limiter.take(Limit::Request, key).await?;
            Ok(actor)
        }
        Err(error) => {
            api.app.ports.limiter.take(Limit::Anonymous, &address(&api, request)).await?;
            Err(error.into())
        }
    }
}

async fn authenticate(api: &Data<Api>, token: Option<Token>) -> Result<Actor, Error> {
    match token {
        Some(Token::Access(token)) => api.app.sessions.authenticate(&token).await,
        Some(Token::Media(token)) => api.app.sessions.authenticate_media(&token).await,
        None => Err(Error::Unauthorized(ErrorCode::Unauthenticated)),
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1); the scheme's case does not matter.
fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
