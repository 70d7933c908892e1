//! What is noted of each request: a span with its id around everything that it does, one log line at its end, and
//! two metrics. Never a query, a body, a token.

use std::time::{Duration, Instant};

use actix_web::{
    dev::ServiceRequest,
    http::{Method, StatusCode},
};
use metrics::{counter, histogram};
use tracing::{Span, field::Empty};

/// A request as the log and the metrics know it.
pub struct Access {
    method: &'static str,
    started: Instant,
    pub span: Span,
}

impl Access {
    pub fn begin(request: &ServiceRequest, id: &str) -> Self {
        let method = method_name(request.method());
        let span = tracing::info_span!("request", request.id = id, http.method = method, user.id = Empty);
        Self { method, started: Instant::now(), span }
    }

    /// `route` is the pattern that matched, never the path: a path names people and invitations.
    pub fn end(&self, route: Option<&str>, status: StatusCode, cause: Option<&str>) {
        let took = self.started.elapsed();
        let route = route.unwrap_or("unmatched");
        self.span.in_scope(|| log(route, status, took, cause));
        counter!(
            "studyhall_http_requests_total",
            "method" => self.method, "route" => route.to_owned(), "status" => status.as_u16().to_string()
        )
        .increment(1);
        // A socket's request is answered when it is upgraded; what follows is counted by the hub.
        histogram!("studyhall_http_request_duration_seconds", "method" => self.method, "route" => route.to_owned())
            .record(took);
    }
}

fn log(route: &str, status: StatusCode, took: Duration, cause: Option<&str>) {
    let ms = took.as_secs_f64() * 1_000.0;
    let status = status.as_u16();
    if let Some(cause) = cause {
        tracing::error!(http.route = route, http.status = status, latency_ms = ms, cause, "request failed");
    } else {
        tracing::info!(http.route = route, http.status = status, latency_ms = ms, "request");
    }
}

/// A label must not be of the client's making.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
