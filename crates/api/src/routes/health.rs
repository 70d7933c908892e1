//! What watches the service: whether it lives, whether it is ready, and its figures.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{StatusCode, header},
    web::Data,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use studyhall_domain::{Error, ports::Health};
use studyhall_wire::ErrorCode;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::{Api, Result, endpoint::Endpoint, middleware::AsIs, respond};

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Headers that only a proxy adds: what carries one does not come from this machine.
const FORWARDING: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/healthz").get(healthz),
        Endpoint::at("/readyz").get(readyz),
        Endpoint::at("/metrics").get(metrics),
    ]
}

/// The process lives.
#[utoipa::path(
    get, path = "/healthz", tag = "service", security(()),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn healthz() -> impl Responder {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).content_type("text/plain").body("ok\n")
}

/// Each dependency by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    pub ready: bool,
    pub dependencies: BTreeMap<&'static str, State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Up,
    Down,
}

/// Whether every dependency answers.
#[utoipa::path(
    get, path = "/readyz", tag = "service", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "One of them is down"))
)]
pub async fn readyz(api: Data<Api>) -> impl Responder {
    let checks = api.app.ports.health.iter().map(|health| check(health.as_ref()));
    let dependencies: BTreeMap<_, _> = futures_util::future::join_all(checks).await.into_iter().collect();
    let ready = dependencies.values().all(|state| *state == State::Up);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = respond::json(status, &Readiness { ready, dependencies });
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if !ready {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
        response.extensions_mut().insert(AsIs);
    }
    response
}

async fn check(health: &dyn Health) -> (&'static str, State) {
    let name = health.name();
    match tokio::time::timeout(PATIENCE, health.check()).await {
        Ok(Ok(())) => (name, State::Up),
        Ok(Err(error)) => {
            tracing::warn!(dependency = name, %error, "not ready");
            (name, State::Down)
        }
        Err(_) => {
            tracing::warn!(dependency = name, "not ready: no answer in time");
            (name, State::Down)
        }
    }
}

/// The figures of this process, for Prometheus: with `STUDYHALL_METRICS_TOKEN` as a bearer token, or from loopback
/// without forwarding headers.
#[utoipa::path(
    get, path = "/metrics", tag = "service", security((), ("metrics_token" = [])),
    responses(
        (status = 200, body = String, content_type = "text/plain; version=0.0.4"),
        (status = 403, description = "Neither from loopback nor with the token")
    )
)]
pub async fn metrics(request: HttpRequest, api: Data<Api>) -> Result<impl Responder> {
    let knows = api.settings.metrics_token.as_ref().is_some_and(|token| has_token(&request, token));
    if !knows && !is_local(&request) {
        return Err(Error::Forbidden(ErrorCode::Forbidden).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "there are fewer requests than 2^52")]
    metrics::gauge!("studyhall_http_requests_in_flight").set(api.in_flight.count() as f64);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).content_type("text/plain; version=0.0.4");
    Ok(response.body(api.metrics.render()))
}

fn has_token(request: &HttpRequest, token: &SecretString) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split_once(' ')).map_or("", |(_, token)| token.trim());
    given.as_bytes().ct_eq(token.expose_secret().as_bytes()).into()
}

fn is_local(request: &HttpRequest) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip());
    peer.as_ref().map(IpAddr::to_canonical).is_some_and(|peer| peer.is_loopback())
        && !FORWARDING.iter().any(|name| request.headers().contains_key(*name))
}
