//! The browser client's cookies: its refresh token, out of reach of scripts, and a token that loads pictures.
//!
//! `SameSite=Strict` and a header that a form cannot send stand against requests that other sites make in the
//! user's name.

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    cookie::{Cookie, SameSite, time::Duration},
};

use crate::Api;

const REFRESH: &str = "studyhall_refresh";
const MEDIA: &str = "studyhall_media";
/// The header by which a browser client says that it is one; a cross-site form cannot send it.
const CLIENT_HEADER: &str = "x-studyhall-client";
/// A session unused for this long has ended.
const DAYS: i64 = 30;

/// Whether the request says that it comes from the browser client.
pub fn is_web_client(request: &HttpRequest) -> bool {
    request.headers().get(CLIENT_HEADER).is_some_and(|value| value.as_bytes() == b"web")
}

pub fn refresh_token(request: &HttpRequest) -> Option<String> {
    request.cookie(REFRESH).map(|cookie| cookie.value().to_owned())
}

pub fn media_token(request: &HttpRequest) -> Option<String> {
    request.cookie(MEDIA).map(|cookie| cookie.value().to_owned())
}

/// Gives the browser both cookies.
pub fn set(response: &mut HttpResponseBuilder, request: &HttpRequest, api: &Api, refresh: String, media: String) {
    let secure = is_secure(request, api);
    for (name, path, value) in [(REFRESH, "/api/v1/auth", refresh), (MEDIA, "/api/v1", media)] {
        response.cookie(cookie(name, path, value, secure, Duration::days(DAYS)));
    }
}

/// Takes both away.
pub fn clear(response: &mut HttpResponseBuilder, request: &HttpRequest, api: &Api) {
    let secure = is_secure(request, api);
    for (name, path) in [(REFRESH, "/api/v1/auth"), (MEDIA, "/api/v1")] {
        response.cookie(cookie(name, path, String::new(), secure, Duration::ZERO));
    }
}

fn cookie(name: &'static str, path: &'static str, value: String, secure: bool, age: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(age)
        .finish()
}

fn is_secure(request: &HttpRequest, api: &Api) -> bool {
    api.settings.is_https(request.peer_addr().map(|peer| peer.ip()), request.headers())
}
