//! Where a request comes from.

use std::{future::Future, net::IpAddr, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{header, uri::Authority},
};
use studyhall_domain::{Error, ports::Limit, sessions};
use studyhall_wire::ErrorCode;

use super::api;
use crate::{Api, ApiError, Result};

/// The client of a call that needs no sign-in. Counts against its address's rate limit.
#[derive(Clone, Debug)]
pub struct Client(pub sessions::Client);

impl FromRequest for Client {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let api = api(&request)?;
            api.app.ports.limiter.take(Limit::Anonymous, &address(&api, &request)).await?;
            let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
            let ip = client_address(&api, &request).map(|ip| ip.to_string());
            Ok(Self(sessions::Client { ip, user_agent: agent.map(str::to_owned) }))
        })
    }
}

/// The address as limits count it: an IPv6 site is one address (RFC 6177: at least a /64 each).
pub(super) fn address(api: &Api, request: &HttpRequest) -> String {
    match client_address(api, request) {
        Some(IpAddr::V6(ip)) => format!("{:x}/64", ip.to_bits() >> 64),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        None => "-".to_owned(),
    }
}

fn client_address(api: &Api, request: &HttpRequest) -> Option<IpAddr> {
    api.settings.client_address(request.peer_addr().map(|peer| peer.ip()), request.headers())
}

/// How this instance is reached, without a slash at the end: as it was configured, else as this request names it.
pub fn base_url(api: &Api, request: &HttpRequest) -> String {
    if let Some(url) = &api.settings.public_url {
        return url.clone();
    }
    let https = api.settings.is_https(request.peer_addr().map(|peer| peer.ip()), request.headers());
    format!("{}://{}", if https { "https" } else { "http" }, host(request).unwrap_or("localhost"))
}

/// The host that a request is for: HTTP/2 has it in its pseudo-header.
fn host(request: &HttpRequest) -> Option<&str> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    host.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// Proof that a request was not sent by another site's page. A browser names the page's origin in `Origin` where it
/// opens a socket, whatever the site (RFC 6455, section 10.2); who is no browser sends none.
#[derive(Clone, Copy, Debug)]
pub struct SameOrigin;

impl FromRequest for SameOrigin {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(api(request).and_then(|api| same_origin(&api, request)))
    }
}

fn same_origin(api: &Api, request: &HttpRequest) -> Result<SameOrigin> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(SameOrigin) };
    let origin = origin.to_str().unwrap_or_default();
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    let ours = host(request).is_some_and(|host| host.eq_ignore_ascii_case(authority))
        || api.settings.public_url.as_deref().is_some_and(|url| url.eq_ignore_ascii_case(origin));
    if ours { Ok(SameOrigin) } else { Err(Error::Forbidden(ErrorCode::Forbidden).into()) }
}
