//! The outermost layer. It is one function and not five, so that the order is plain, and not `tracing-actix-web`,
//! which enters the request's span at each poll of the body: for a socket, at every frame.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    access::Access,
    headers,
    in_flight::{InFlight, Tracked},
};
use crate::{Settings, error::Failure};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a request id that a trusted proxy gave.
const REQUEST_ID_CHARS: usize = 64;

/// Marks a response whose status is an error and whose body is meant, such as `/readyz`.
#[derive(Clone, Copy, Debug)]
pub struct AsIs;

/// Gives the request its id, notes it, and completes whatever comes back: also a failure of a layer within, a panic,
/// and what actix refuses by itself.
pub async fn frame(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<Tracked>, Error> {
    let (Some(settings), Some(in_flight)) =
        (request.app_data::<Data<Settings>>(), request.app_data::<Data<InFlight>>())
    else {
        return Err(InternalError::new("the app has no settings", StatusCode::INTERNAL_SERVER_ERROR).into());
    };
    let guard = in_flight.enter();
    let peer = request.peer_addr().map(|peer| peer.ip());
    let id = request_id(request.headers(), settings.trusts(peer));
    let about = About {
        path: request.path().to_owned(),
        https: settings.is_https(peer, request.headers()),
        access: Access::begin(&request, &id),
        id,
    };
    let answer = AssertUnwindSafe(next.call(request).instrument(about.access.span.clone())).catch_unwind().await;
    match answer {
        Ok(Ok(answer)) => {
            let (request, response) = answer.into_parts();
            let response = about.complete(response, request.match_pattern().as_deref(), None);
            Ok(ServiceResponse::new(request, response.map_body(|_, body| Tracked::new(body, guard))))
        }
        Ok(Err(error)) => Err(about.refuse(error.error_response(), error.to_string())),
        Err(panic) => Err(about.refuse(HttpResponse::InternalServerError().finish(), panic_message(&*panic))),
    }
}

/// What must be known of a request once it is gone.
struct About {
    id: String,
    path: String,
    https: bool,
    access: Access,
}

impl About {
    /// `cause` is what the log is told of a failure that does not say so itself.
    fn complete(&self, mut response: HttpResponse, route: Option<&str>, cause: Option<String>) -> HttpResponse {
        let failure = failure(&response, cause);
        if let Some(failure) = &failure {
            response = write_problem(response, failure, &self.id);
        }
        headers::complete(response.headers_mut(), &self.path, self.https);
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let cause = failure.as_ref().and_then(|failure| failure.cause.as_deref());
        self.access.end(route, response.status(), cause);
        response
    }

    /// A failure past the routes: there is no request any more to answer with, so the response travels as an error.
    fn refuse(&self, response: HttpResponse, cause: String) -> Error {
        let logged = response.status().is_server_error().then(|| cause.clone());
        InternalError::from_response(cause, self.complete(response, None, logged)).into()
    }
}

fn failure(response: &HttpResponse, cause: Option<String>) -> Option<Failure> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<AsIs>().is_some() {
        return None;
    }
    let known = response.extensions().get::<Failure>().cloned();
    Some(known.unwrap_or_else(|| Failure::from_status(status, cause)))
}

/// The body of a failure, with the request id in it; headers that came with the failure stay.
fn write_problem(response: HttpResponse, failure: &Failure, id: &str) -> HttpResponse {
    let mut problem = failure.problem.clone();
    id.clone_into(&mut problem.request_id);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = response.set_body(BoxBody::new(body));
    *response.status_mut() = failure.status();
    let content_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().remove(header::CONTENT_ENCODING);
    response
}

/// A UUIDv7, or what a trusted proxy calls this request.
fn request_id(headers: &HeaderMap, trusted: bool) -> String {
    let given = headers.get(REQUEST_ID).filter(|_| trusted).and_then(|id| id.to_str().ok());
    let plain = |id: &&str| {
        (1..=REQUEST_ID_CHARS).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    given.filter(plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", said.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{App, middleware::from_fn, test, web};
    use studyhall_domain::{Error as DomainError, Throttled};
    use studyhall_wire::Problem;

    use super::*;
    use crate::ApiError;

    async fn panics() -> HttpResponse {
        panic!("a secret detail")
    }

    async fn fails(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
        Err(match name.as_str() {
            "throttled" => DomainError::RateLimited(Throttled { limit: 10, retry_after: Duration::from_millis(1_200) }),
            "down" => DomainError::unavailable("log", "a secret detail"),
            "defect" => DomainError::internal("a secret detail"),
            _ => DomainError::NotFound("thing"),
        }
        .into())
    }

    /// What comes back for a path, through the frame, from a peer whose proxy headers are believed.
    async fn call(path: &str) -> (StatusCode, HeaderMap, Problem) {
        let settings =
            Settings { trusted_proxies: vec!["127.0.0.1/32".parse().expect("a net")], ..Settings::default() };
        let app = App::new()
            .app_data(Data::new(settings))
            .app_data(Data::new(InFlight::default()))
            .route("/api/panics", web::get().to(panics))
            .route("/api/fails/{name}", web::get().to(fails))
            .wrap(from_fn(frame));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri(path).insert_header(("X-Request-Id", "proxy-1"));
        let request = request.peer_addr(([127, 0, 0, 1], 4711).into()).to_request();
        let response = match test::try_call_service(&app, request).await {
            Ok(response) => response.map_into_boxed_body().into_parts().1,
            Err(error) => error.error_response(),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let Ok(body) = actix_web::body::to_bytes(response.into_body()).await else { panic!("no body") };
        let problem = serde_json::from_slice(&body).expect("a problem");
        (status, headers, problem)
    }

    #[actix_web::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let (status, headers, problem) = call("/api/panics").await;
        assert_eq!((status.as_u16(), &*problem.code), (500, "internal"));
        assert_eq!(problem.request_id, "proxy-1");
        assert_eq!(headers.get("x-request-id").expect("there"), "proxy-1");
        assert_eq!(headers.get("content-type").expect("there"), "application/problem+json");
        assert!(!serde_json::to_string(&problem).expect("json").contains("secret"));
    }

    #[actix_web::test]
    async fn a_failure_keeps_its_cause_to_itself_and_says_when_to_come_again() {
        let (status, headers, problem) = call("/api/fails/down").await;
        assert_eq!((status.as_u16(), &*problem.code), (503, "unavailable"));
        assert!(headers.contains_key("retry-after"));
        assert!(!serde_json::to_string(&problem).expect("json").contains("secret"));
        let (status, _, problem) = call("/api/fails/defect").await;
        assert_eq!(status.as_u16(), 500);
        assert!(!serde_json::to_string(&problem).expect("json").contains("secret"));
        let (status, headers, _) = call("/api/fails/throttled").await;
        assert_eq!(status.as_u16(), 429);
        assert_eq!(headers.get("retry-after").expect("there"), "2", "rounded up");
        assert_eq!(headers.get("ratelimit-limit").expect("there"), "10");
        assert_eq!(headers.get("ratelimit-remaining").expect("there"), "0");
    }

    #[actix_web::test]
    async fn an_unknown_path_is_a_problem_with_every_header() {
        let (status, headers, problem) = call("/api/nowhere").await;
        assert_eq!((status.as_u16(), &*problem.code), (404, "not_found"));
        for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy"] {
            assert!(headers.contains_key(name), "{name}");
        }
        assert_eq!(headers.get("cache-control").expect("there"), "no-store");
        assert!(!headers.contains_key("strict-transport-security"), "not over http");
    }

    #[actix_web::test]
    async fn only_a_plain_id_from_a_trusted_proxy_is_taken() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("abc-1"));
        assert_eq!(request_id(&headers, true), "abc-1");
        assert_ne!(request_id(&headers, false), "abc-1");
        headers.insert(REQUEST_ID, HeaderValue::from_static("a b\"c"));
        assert!(Uuid::parse_str(&request_id(&headers, true)).is_ok());
    }
}
