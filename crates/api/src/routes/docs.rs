//! The documentation: `/docs`, with Swagger UI from the binary, and the documents themselves.

use std::sync::Arc;

use actix_web::{HttpResponse, Responder, http::header, web};
use bytes::Bytes;
use studyhall_domain::Error;
use utoipa_swagger_ui::Config;

use crate::{Result, docs, endpoint::Endpoint};

const OPENAPI_JSON: &str = "/api/v1/openapi.json";

/// Below `/api/v1`.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::at("/openapi.json").get(openapi)]
}

/// Below `/docs`.
pub fn pages() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/docs").get(index),
        Endpoint::at("/docs/").get(index),
        Endpoint::at("/docs/openapi.yaml").get(openapi_yaml),
        Endpoint::at("/docs/asyncapi.yaml").get(asyncapi_yaml),
        Endpoint::at("/docs/calls").get(calls),
        Endpoint::at("/docs/calls/{file:.*}").get(swagger),
    ]
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "service", security(()),
    responses((status = 200, description = "The OpenAPI document", content_type = "application/json"))
)]
pub async fn openapi() -> Result<impl Responder> {
    Ok(send("application/json", docs::openapi_json()?))
}

async fn openapi_yaml() -> Result<impl Responder> {
    Ok(send("application/yaml", docs::openapi_file()?))
}

async fn asyncapi_yaml() -> Result<impl Responder> {
    Ok(send("application/yaml", docs::asyncapi_file()?))
}

async fn index() -> Result<impl Responder> {
    Ok(send("text/html; charset=utf-8", docs::page()?))
}

/// Swagger UI names its files relative to a folder.
async fn calls() -> impl Responder {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/calls/")).finish()
}

async fn swagger(file: web::Path<String>) -> Result<impl Responder> {
    let config = Config::from(OPENAPI_JSON).validator_url("none").persist_authorization(false);
    let found = utoipa_swagger_ui::serve(&file, Arc::new(config)).map_err(Error::internal)?;
    let found = found.ok_or(Error::NotFound("page"))?;
    Ok(send(&found.content_type, Bytes::from(found.bytes.into_owned())))
}

fn send(media_type: &str, bytes: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, docs::PAGE_CSP))
        .content_type(media_type)
        .body(bytes)
}
