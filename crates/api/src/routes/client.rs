//! `/` and every other path: the web client.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{StatusCode, header},
    web::{self, Data},
};

use crate::{
    Api,
    client::{Coding, File},
    middleware::CLIENT_CSP,
    picture::is_current,
};

/// What is shown where there is no client to serve.
const NOT_BUILT: &str = include_str!("../client/not_built.html");

/// A file of the client. A path that is none is a place within the client, if a page is asked for: then it is the
/// client's page, which finds the place by itself.
pub async fn file(request: HttpRequest, api: Data<Api>, path: web::Path<String>) -> impl Responder {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let accepted = Coding::accepted(accepted.unwrap_or_default());
    let files = &api.files;
    if let Some(file) = files.find_coded(&path, &accepted) {
        return send(&request, file);
    }
    if !is_navigation(&request, &path) {
        return HttpResponse::NotFound().finish();
    }
    match files.find_coded("index.html", &accepted) {
        Some(page) => send(&request, page),
        None => not_built(),
    }
}

fn send(request: &HttpRequest, file: File) -> HttpResponse {
    let caching = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::ETAG, file.tag.as_str()))
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CLIENT_CSP));
    if is_current(request, &file.tag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    if let Some(coding) = file.coding {
        response.insert_header((header::CONTENT_ENCODING, coding.name()));
    }
    response.content_type(file.media_type).body(file.bytes.into_owned())
}

/// Whether a browser goes to a place, as opposed to loading a part of a page: what has a file's extension, or lies
/// below `assets/`, is a part.
fn is_navigation(request: &HttpRequest, path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let takes_pages = ["text/html", "text/*", "*/*"].iter().any(|kind| accept.contains(kind));
    takes_pages && !path.starts_with("assets/") && !last.contains('.')
}

fn not_built() -> HttpResponse {
    let csp = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, csp))
        .content_type("text/html; charset=utf-8")
        .body(NOT_BUILT)
}
