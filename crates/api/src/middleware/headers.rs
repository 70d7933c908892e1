//! Headers that every answer carries, and what a browser may do with it.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// For the web client's page: its own files alone, pictures also from memory, no frames around it.
pub const CLIENT_CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob: data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; \
     object-src 'none'";
/// For everything that is no page.
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Adds what is missing; what a handler set itself stays.
pub fn complete(headers: &mut HeaderMap, path: &str, https: bool) {
    for (name, value) in ALWAYS {
        set_default(headers, name, value);
    }
    set_default(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set_default(headers, header::CONTENT_SECURITY_POLICY, API_CSP);
    if path.starts_with("/api/") {
        set_default(headers, header::CACHE_CONTROL, "no-store");
    }
    if https {
        set_default(headers, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    // A word between a handler and the compression; it says nothing to a client (RFC 9110, section 8.4.1).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
