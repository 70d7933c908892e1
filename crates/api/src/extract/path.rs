//! What a path names.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::de::DeserializeOwned;
use studyhall_domain::Error;

use super::has_nul;
use crate::{ApiError, Result};

/// The variables of the path. What is not even an id cannot be there: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if has_nul(request.uri().path()) {
            return ready(Err(Error::invalid("path", "nul", "Leave out the NUL character.").into()));
        }
        let parsed = web::Path::<T>::from_request(request, payload).into_inner();
        ready(parsed.map(|path| Self(path.into_inner())).map_err(|_| Error::NotFound("thing").into()))
    }
}
