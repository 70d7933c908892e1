//! The HTTP interface: routes, extractors, problems, documentation and the web client's files, on actix-web.
//!
//! A request takes three hops: a handler in [`routes`], one service of the domain, its ports. What every request
//! shares (its id, its log line, its metrics, security headers, the shape of errors) is in [`middleware`], once.
//! The domain and the hub are known here; no database, no driver, no configuration file is.

mod api;
mod client;
mod cookies;
pub mod docs;
mod endpoint;
mod error;
mod extract;
mod middleware;
mod picture;
mod respond;
mod routes;
mod settings;
mod socket;
pub mod telemetry;

pub use api::Api;
pub use error::{ApiError, Result};
pub use middleware::InFlight;
pub use settings::Settings;
pub use socket::on_connect;

use actix_web::{App, Error, body::MessageBody, dev::ServiceFactory, dev::ServiceRequest, dev::ServiceResponse, web};

/// Whether there is a web client to serve: in `web_dir`, or without one in the binary.
pub fn has_client(web_dir: Option<&std::path::Path>) -> bool {
    client::Files::new(web_dir.map(Into::into)).find("index.html").is_some()
}

/// The whole application, for one worker of an HTTP server.
pub fn app(
    api: web::Data<Api>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::Data::from(api.settings.clone()))
        .app_data(web::Data::new(api.in_flight.clone()))
        .app_data(api)
        .configure(routes::configure)
        .wrap(actix_web::middleware::from_fn(middleware::frame))
}
