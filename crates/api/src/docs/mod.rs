//! The documents that describe this interface, made from the code: OpenAPI for the calls, AsyncAPI for the socket.

mod asyncapi;
mod openapi;
mod page;

use std::sync::OnceLock;

use bytes::Bytes;
use studyhall_domain::{Error, Result};

pub use openapi::document;
pub(crate) use page::PAGE_CSP;
pub use studyhall_domain::permissions::document as permissions_md;

/// `openapi.yaml`: every call (OpenAPI 3.1).
pub fn openapi_yaml() -> Result<String> {
    document().to_yaml().map_err(Error::internal)
}

/// `asyncapi.yaml`: the socket (AsyncAPI 3.0).
pub fn asyncapi_yaml() -> Result<String> {
    yaml_serde::to_string(&asyncapi::document()).map_err(Error::internal)
}

/// What the documentation pages serve, each made when it is first asked for.
pub(crate) fn openapi_json() -> Result<Bytes> {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    made(&MADE, || document().to_json().map_err(Error::internal))
}

pub(crate) fn openapi_file() -> Result<Bytes> {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    made(&MADE, openapi_yaml)
}

pub(crate) fn asyncapi_file() -> Result<Bytes> {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    made(&MADE, asyncapi_yaml)
}

pub(crate) fn page() -> Result<Bytes> {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    made(&MADE, || Ok(page::render()))
}

fn made(kept: &OnceLock<Bytes>, make: impl FnOnce() -> Result<String>) -> Result<Bytes> {
    if let Some(bytes) = kept.get() {
        return Ok(bytes.clone());
    }
    let bytes = Bytes::from(make()?);
    Ok(kept.get_or_init(|| bytes).clone())
}
