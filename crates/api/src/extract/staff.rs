//! The caller's right to look at what administration is about.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use studyhall_domain::admin::{Duty, Staff};

use super::{actor::caller_by_header, api};
use crate::{ApiError, Result};

/// The caller with the duty `D`. To everybody else it is 403, and the refusal is in the audit log.
#[derive(Clone, Copy, Debug)]
pub struct By<D: Duty>(pub Staff<D>);

impl<D: Duty + 'static> FromRequest for By<D> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let actor = caller_by_header(&request).await?;
            Ok(Self(api(&request)?.app.admin.staff(&actor).await?))
        })
    }
}
