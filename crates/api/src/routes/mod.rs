//! The paths: one file per resource. A handler extracts, calls one service and answers.

#![expect(unused_qualifications, reason = "what utoipa's attributes expand to names the parameters' types in full")]

pub mod admin;
pub mod auth;
pub mod avatars;
pub mod client;
pub mod conversations;
pub mod docs;
pub mod friends;
pub mod groups;
pub mod health;
pub mod invites;
pub mod members;
pub mod messages;
pub mod notifications;
pub mod reads;
pub mod reports;
pub mod search;
pub mod sessions;
pub mod tasks;
pub mod users;

use actix_web::{
    HttpResponse, Resource,
    middleware::Compress,
    web::{self, ServiceConfig},
};

use crate::{endpoint::Endpoint, socket};

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// Every path below [`BASE`] but the socket's. Paths with a fixed word come before those with a variable there.
pub fn endpoints() -> Vec<Endpoint> {
    let resources = [
        auth::endpoints(),
        sessions::endpoints(),
        users::endpoints(),
        avatars::endpoints(),
        conversations::endpoints(),
        messages::endpoints(),
        reads::endpoints(),
        friends::endpoints(),
        groups::endpoints(),
        members::endpoints(),
        invites::endpoints(),
        search::endpoints(),
        notifications::endpoints(),
        admin::endpoints(),
        reports::endpoints(),
        tasks::endpoints(),
        docs::endpoints(),
    ];
    resources.into_iter().flatten().collect()
}

/// Registers everything. The socket stands outside of the compressed part: its frames are small, and each is encoded
/// once for all who get it.
pub fn configure(config: &mut ServiceConfig) {
    socket::configure(config);
    let mut api = web::scope(BASE);
    for resource in endpoints().into_iter().map(Endpoint::into_resource) {
        api = api.service(resource);
    }
    config.service(api.default_service(web::to(nothing_here)).wrap(Compress::default()));
    config.service(web::scope("/api").default_service(web::to(nothing_here)));
    let service = health::endpoints().into_iter().chain(docs::pages());
    for resource in service.map(Endpoint::into_resource) {
        config.service(resource);
    }
    config.service(client_files());
}

/// The frame makes a problem of it.
async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().finish()
}

fn client_files() -> Resource {
    Endpoint::at("/{path:.*}").get(client::file).into_resource()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use actix_web::http::Method;

    use super::*;
    use crate::docs;

    type Calls = BTreeSet<(String, String)>;

    /// `{path:.*}` is `{path}` in a document.
    fn plain(path: &str) -> String {
        let mut plain = String::new();
        let mut in_pattern = false;
        for c in path.chars() {
            in_pattern = (in_pattern || c == ':') && c != '}';
            if !in_pattern {
                plain.push(c);
            }
        }
        plain
    }

    fn registered() -> Calls {
        let api = endpoints();
        let api = api.iter().map(|endpoint| (format!("{BASE}{}", plain(endpoint.path())), endpoint));
        let service = [health::endpoints(), socket::endpoints()].into_iter().flatten().collect::<Vec<_>>();
        let service = service.iter().map(|endpoint| (plain(endpoint.path()), endpoint));
        let all = api.chain(service);
        let calls = all.flat_map(|(path, endpoint)| {
            let methods = endpoint.methods().iter().filter(|method| **method != Method::HEAD);
            methods.map(move |method| (path.clone(), method.to_string())).collect::<Vec<_>>()
        });
        calls.collect()
    }

    fn documented() -> Calls {
        let paths = docs::document().paths.paths;
        let calls = paths.into_iter().flat_map(|(path, item)| {
            let methods = [
                ("GET", item.get.is_some()),
                ("PUT", item.put.is_some()),
                ("POST", item.post.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let there = methods.into_iter().filter(|(_, there)| *there);
            there.map(move |(method, _)| (path.clone(), method.to_owned())).collect::<Vec<_>>()
        });
        calls.collect()
    }

    #[test]
    fn every_route_is_documented_and_every_documented_call_is_a_route() {
        let (registered, documented) = (registered(), documented());
        assert_eq!(registered.difference(&documented).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
        assert_eq!(documented.difference(&registered).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
        assert!(registered.len() > 30, "{}", registered.len());
    }
}
