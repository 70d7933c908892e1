//! Signing up, in and out.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder, http::StatusCode, web::Data};
use studyhall_domain::{Error, sessions::SignedIn};
use studyhall_wire::{ChangePassword, ConfirmReset, ErrorCode, Login, Refresh, Register, Session};

use crate::{
    Api, Result, cookies,
    endpoint::Endpoint,
    extract::{Caller, Client, Json, OptionalJson},
    respond::NoContent,
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/auth/register").post(register),
        Endpoint::at("/auth/login").post(login),
        Endpoint::at("/auth/refresh").post(refresh),
        Endpoint::at("/auth/logout").post(logout),
        Endpoint::at("/auth/password").post(change_password),
        Endpoint::at("/auth/password-reset/confirm").post(confirm_reset),
    ]
}

/// Makes an account with the role `user` and signs it in.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth", security(()), request_body = Register,
    params(("X-Studyhall-Client" = Option<String>, Header, description = "`web`: the refresh token comes as a cookie")),
    responses(
        (status = 201, body = Session),
        (status = 403, description = "`registration_closed`"),
        (status = 409, description = "`username_taken`")
    )
)]
pub async fn register(
    client: Client,
    request: HttpRequest,
    api: Data<Api>,
    Json(form): Json<Register>,
) -> Result<impl Responder> {
    let signed_in = api.app.sessions.register(form, &client.0).await?;
    Ok(session(StatusCode::CREATED, &request, &api, signed_in))
}

/// Signs in by username or verified e-mail address.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", security(()), request_body = Login,
    params(("X-Studyhall-Client" = Option<String>, Header, description = "`web`: the refresh token comes as a cookie")),
    responses(
        (status = 200, body = Session),
        (status = 401, description = "`invalid_credentials`"),
        (status = 403, description = "`account_suspended`")
    )
)]
pub async fn login(
    client: Client,
    request: HttpRequest,
    api: Data<Api>,
    Json(form): Json<Login>,
) -> Result<impl Responder> {
    let signed_in = api.app.sessions.login(form, &client.0).await?;
    Ok(session(StatusCode::OK, &request, &api, signed_in))
}

/// Spends a refresh token for the next one, with a fresh access token. A browser client sends its cookie, and the
/// header `X-Studyhall-Client: web` with it.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth", security(()), request_body = Option<Refresh>,
    params(("X-Studyhall-Client" = Option<String>, Header, description = "`web`: the refresh token is in the cookie")),
    responses(
        (status = 200, body = Session),
        (status = 401, description = "`token_invalid`; `token_reused`: it was spent before, its session has ended")
    )
)]
pub async fn refresh(
    _: Client,
    request: HttpRequest,
    api: Data<Api>,
    OptionalJson(form): OptionalJson<Refresh>,
) -> Result<impl Responder> {
    let token = form.refresh_token.map_or_else(|| cookie_token(&request), Ok)?;
    let signed_in = api.app.sessions.refresh(&token).await?;
    Ok(session(StatusCode::OK, &request, &api, signed_in))
}

/// Ends the session that asks; its sockets close with 4403.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", responses((status = 204)))]
pub async fn logout(Caller(actor): Caller, request: HttpRequest, api: Data<Api>) -> Result<impl Responder> {
    api.app.sessions.logout(&actor).await?;
    let mut response = HttpResponse::NoContent();
    cookies::clear(&mut response, &request, &api);
    Ok(response.finish())
}

/// Sets another password; every other session ends.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "auth", request_body = ChangePassword,
    responses((status = 204), (status = 403, description = "`wrong_password`"))
)]
pub async fn change_password(
    Caller(actor): Caller,
    api: Data<Api>,
    Json(form): Json<ChangePassword>,
) -> Result<impl Responder> {
    api.app.sessions.change_password(&actor, form).await?;
    Ok(NoContent)
}

/// Sets a new password by a link that an administrator made; every session ends.
#[utoipa::path(
    post, path = "/api/v1/auth/password-reset/confirm", tag = "auth", security(()), request_body = ConfirmReset,
    responses((status = 204), (status = 404, description = "`reset_invalid`"))
)]
pub async fn confirm_reset(_: Client, api: Data<Api>, Json(form): Json<ConfirmReset>) -> Result<impl Responder> {
    api.app.accounts.confirm_reset(form).await?;
    Ok(NoContent)
}

/// The refresh token of the cookie, which counts only with the header that another site's form cannot send.
fn cookie_token(request: &HttpRequest) -> Result<String, Error> {
    match cookies::refresh_token(request) {
        Some(token) if cookies::is_web_client(request) => Ok(token),
        Some(_) => Err(Error::Forbidden(ErrorCode::Forbidden)),
        None => Err(Error::Unauthorized(ErrorCode::Unauthenticated)),
    }
}

/// The answer to whoever signed in: the browser client gets its refresh token as a cookie.
fn session(status: StatusCode, request: &HttpRequest, api: &Api, signed_in: SignedIn) -> HttpResponse {
    let SignedIn { access_token, expires_in_s, refresh_token, media_token, user, .. } = signed_in;
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header(("Content-Encoding", "identity"));
    let refresh_token = if cookies::is_web_client(request) {
        cookies::set(&mut response, request, api, refresh_token, media_token);
        None
    } else {
        Some(refresh_token)
    };
    let token_type = "Bearer".to_owned();
    response.json(Session { access_token, token_type, expires_in: expires_in_s, refresh_token, user })
}
