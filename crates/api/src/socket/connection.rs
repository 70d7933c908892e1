//! The connection below a socket, beside actix: what is sent is written straight to it.

use std::{any::Any, cell::OnceCell, net::TcpStream, os::fd::AsFd, sync::Arc};

use actix_web::{HttpRequest, dev::Extensions};
use studyhall_domain::{Error, Result};
use studyhall_realtime::Flusher;

/// A handle on a request's connection.
struct Connection(Arc<TcpStream>);

/// For [`HttpServer::on_connect`](actix_web::HttpServer::on_connect): keeps a handle on each connection.
pub fn on_connect(io: &dyn Any, connection: &mut Extensions) {
    let Some(stream) = io.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    match stream.as_fd().try_clone_to_owned() {
        Ok(handle) => drop(connection.insert(Connection(Arc::new(handle.into())))),
        Err(error) => tracing::warn!(%error, "a connection without a handle opens no socket"),
    }
}

/// The connection that this request came on.
pub(super) fn of(request: &HttpRequest) -> Result<Arc<TcpStream>> {
    let connection = request.conn_data::<Connection>();
    connection.map(|kept| Arc::clone(&kept.0)).ok_or_else(|| Error::unavailable("connections", "no handle was kept"))
}

/// What writes for the sockets of this worker.
pub(super) fn flusher() -> Arc<Flusher> {
    thread_local! {
        static FLUSHER: OnceCell<Arc<Flusher>> = const { OnceCell::new() };
    }
    let start = || {
        let flusher = Arc::new(Flusher::default());
        actix_web::rt::spawn(Arc::clone(&flusher).run());
        flusher
    };
    FLUSHER.with(|flusher| Arc::clone(flusher.get_or_init(start)))
}
