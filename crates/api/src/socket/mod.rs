//! The WebSocket transport of `GET /api/v1/ws`: the handshake and the parsing of frames are actix-http's, the writing is ours.
//!
//! Once the handshake is answered, nothing goes through actix any more: the session's queue is written straight to the
//! connection, and the response's body only keeps it open. What the frames mean is `studyhall_realtime`'s business.

mod body;
mod connection;
mod incoming;
mod reader;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::header::SEC_WEBSOCKET_PROTOCOL,
    web::{self, ServiceConfig},
};
use studyhall_domain::Error;
use studyhall_realtime::{Queue, Session};
use studyhall_wire::SUBPROTOCOL;

use crate::{Api, Result, endpoint::Endpoint, extract::SameOrigin};

pub use connection::on_connect;

use self::{body::KeptOpen, incoming::Incoming};

/// The socket's path.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/api/v1/ws").get(connect)]
}

/// Registers it.
pub fn configure(config: &mut ServiceConfig) {
    for endpoint in endpoints() {
        config.service(endpoint.into_resource());
    }
}

/// Opens a socket. Without a token in the URL: the first frame is `hello`.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "socket", security(()),
    responses((status = 101, description = "Frames as in asyncapi.yaml, subprotocol studyhall.v1"))
)]
pub async fn connect(
    _: SameOrigin,
    api: web::Data<Api>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let mut response = actix_http::ws::handshake(request.head())
        .map_err(|_| Error::Malformed("Open this address as a WebSocket (RFC 6455).".into()))?;
    if offers_subprotocol(&request) {
        response.insert_header((SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL));
    }
    let queue = Queue::new(connection::of(&request)?, connection::flusher());
    let session = Session::new(Arc::clone(&api.hub), Arc::clone(&queue));
    let incoming = Incoming::new(payload.into_inner());
    actix_web::rt::spawn(reader::run(session, incoming, Arc::clone(&queue)));
    let response = response.message_body(BoxBody::new(KeptOpen(queue))).map_err(Error::internal)?;
    Ok(response.into())
}

/// Whether the client names our subprotocol; one that names none is served, too.
fn offers_subprotocol(request: &HttpRequest) -> bool {
    let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|name| name.trim() == SUBPROTOCOL)
}
