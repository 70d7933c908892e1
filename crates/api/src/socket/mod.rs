//! The WebSocket transport of `GET /api/v1/ws`: the handshake and the reading are actix-ws's, the writing is ours.
//!
//! The response's body is a stream over the session's queue: it takes everything that waits in one chunk, so that a
//! busy socket costs one write for many frames. What the frames mean is `studyhall_realtime`'s business.

mod body;
mod reader;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, ServiceConfig},
};
use studyhall_domain::Error;
use studyhall_realtime::{Queue, Session};
use studyhall_wire::{SUBPROTOCOL, limits};

use crate::{Api, Result, endpoint::Endpoint, extract::SameOrigin};

pub use body::QueueBody;

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
    let (response, _unused_sender, messages) = actix_ws::handle_with_protocols(&request, payload, &[SUBPROTOCOL])
        .map_err(|_| Error::Malformed("Open this address as a WebSocket (RFC 6455).".into()))?;
    let queue = Arc::new(Queue::default());
    let session = Session::new(Arc::clone(&api.hub), Arc::clone(&queue));
    let messages = messages.max_frame_size(limits::FRAME_BYTES);
    actix_web::rt::spawn(reader::run(session, messages, Arc::clone(&queue)));
    Ok(response.map_body(|_, actix_body| QueueBody::new(queue, actix_body).into_boxed()))
}
