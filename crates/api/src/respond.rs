//! What handlers answer with, so that each says its status by its type.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{StatusCode, header},
};
use serde::Serialize;
use studyhall_domain::Error;

use crate::ApiError;

/// JSON below this size is sent as it is: compressing it costs more than it saves.
const COMPRESS_FROM: usize = 1_024;

/// 200 with an object.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// 204.
#[derive(Debug)]
pub struct NoContent;

impl<T: Serialize> Responder for Json<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        json(StatusCode::OK, &self.0)
    }
}

impl Responder for NoContent {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

/// A JSON response of any status.
pub fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = HttpResponse::build(status);
            response.content_type("application/json");
            if body.len() < COMPRESS_FROM {
                response.insert_header((header::CONTENT_ENCODING, "identity"));
            }
            response.body(body)
        }
        Err(error) => HttpResponse::from_error(ApiError(Error::internal(error))),
    }
}
