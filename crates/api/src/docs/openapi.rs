//! The OpenAPI document: every handler's annotation, and what all of them have in common.

use studyhall_wire::{ErrorCode, Problem};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    routes::{
        admin, auth, avatars, conversations, docs, friends, groups, health, invites, members, messages, notifications,
        reads, reports, search, sessions, tasks, users,
    },
    socket,
};

/// The document, made anew at each call.
pub fn document() -> Document {
    let mut document = Definition::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Studyhall",
        description = "The API of a Studyhall instance. Errors are `application/problem+json` (RFC 9457); `code` is a \
            stable word. Lists are pages: `next_cursor` leads to the next one. Times are RFC 3339 in UTC with \
            milliseconds, ids are UUIDv7. What happens live comes over the socket, which asyncapi.yaml describes.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact()
    ),
    servers((url = "/", description = "This instance")),
    tags(
        (name = "auth", description = "Signing up, in and out"),
        (name = "users", description = "One's own account, and other people"),
        (name = "friends", description = "Friends, requests for friendship, and blocks"),
        (name = "groups", description = "Groups, their members, and ways in"),
        (name = "conversations", description = "Conversations, read cursors, event streams"),
        (name = "messages", description = "Messages and what is done to them"),
        (name = "notifications", description = "What one should hear of"),
        (name = "admin", description = "Administration, reports, the audit log; PERMISSIONS.md says who may do what"),
        (name = "socket", description = "What is live; asyncapi.yaml says what travels"),
        (name = "administration", description = "What administrators do"),
        (name = "service", description = "What watches the service")
    ),
    paths(
        auth::register, auth::login, auth::refresh, auth::logout, auth::change_password, auth::confirm_reset,
        sessions::list, sessions::end, sessions::end_others,
        users::me, users::update, users::delete, users::search, users::user,
        avatars::set, avatars::clear, avatars::get,
        friends::list, friends::requests, friends::request, friends::accept, friends::reject, friends::take_back,
        friends::remove, friends::blocks, friends::block, friends::unblock,
        groups::list, groups::create, groups::discover, groups::get, groups::update, groups::delete,
        groups::avatar, groups::set_avatar, groups::clear_avatar,
        members::list, members::place, members::remove, members::transfer, members::join, members::requests,
        members::approve, members::deny, members::bans, members::ban, members::unban,
        invites::list, invites::create, invites::withdraw, invites::preview, invites::accept,
        conversations::list, conversations::open, conversations::get,
        messages::history, messages::post, messages::edit, messages::delete, messages::react, messages::unreact,
        messages::pin, messages::unpin,
        reads::advance, reads::set_notify, reads::events, reads::inbox, reads::digest,
        notifications::list, notifications::count_unread, notifications::read, notifications::read_all,
        admin::users, admin::update_user, admin::reset_link, admin::audit, admin::stats,
        reports::create, reports::list, reports::resolve,
        search::messages, socket::connect, tasks::list, tasks::retry,
        health::healthz, health::readyz, health::metrics, docs::openapi,
    ),
    components(schemas(Problem)),
    security(("bearer" = [])),
    modifiers(&Security, &Problems)
)]
struct Definition;

/// How callers say who they are.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let bearer = bearer.description(Some("The access token of a session"));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("STUDYHALL_METRICS_TOKEN"));
        components.add_security_scheme("metrics_token", SecurityScheme::Http(token.build()));
        let cookie = ApiKeyValue::with_description("studyhall_media", "The browser client's cookie for pictures");
        components.add_security_scheme("media_cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Every failure is a problem, whichever call it is; and what every call may answer is said once, here.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        for (path, item) in &mut document.paths.paths {
            let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in methods.into_iter().filter_map(Option::as_mut) {
                describe(operation);
                if path.starts_with("/api/") {
                    complete(operation);
                }
            }
        }
    }
}

/// Gives every response words, and every refusal its shape.
fn describe(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            standard_words(status).clone_into(&mut response.description);
        }
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            response.content.insert("application/problem+json".to_owned(), RefOr::T(problem_content()));
        }
    }
}

/// Adds what every call may answer.
fn complete(operation: &mut Operation) {
    let open =
        operation.security.as_ref().is_some_and(|ways| ways.iter().any(|way| *way == SecurityRequirement::default()));
    let mut common =
        vec![("400", ErrorCode::Malformed), ("429", ErrorCode::RateLimited), ("503", ErrorCode::Unavailable)];
    if !open {
        common.push(("401", ErrorCode::Unauthenticated));
    }
    if operation.request_body.is_some() || operation.parameters.is_some() {
        common.push(("422", ErrorCode::ValidationFailed));
    }
    for (status, code) in common {
        let response = ResponseBuilder::new().description(code.title());
        let response = response.content("application/problem+json", problem_content()).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
}

fn standard_words(status: &str) -> &'static str {
    match status {
        "200" => "Done",
        "201" => "Made",
        "204" => "Done; there is nothing to say",
        "404" => "Absent, or not visible to the caller",
        _ => "See the code in the problem",
    }
}

fn problem_content() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}
