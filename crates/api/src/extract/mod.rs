//! What a handler may ask for in its signature. Each extractor refuses with the problem that the contract names, so
//! that a handler sees only what is well-formed and allowed.

mod actor;
mod client;
mod conversation;
mod json;
mod path;
mod query;
mod staff;

pub use actor::{Caller, MediaCaller};
pub use client::{Client, SameOrigin, base_url};
pub use conversation::In;
pub use json::{Json, OptionalJson, read as read_body};
pub use path::Path;
pub use query::{Limit, Query};
pub use staff::By;

use actix_web::{HttpRequest, web::Data};
use studyhall_domain::Error;

use crate::{Api, Result};

/// The application's state, which [`app`](crate::app) puts there.
pub fn api(request: &HttpRequest) -> Result<Data<Api>> {
    request.app_data::<Data<Api>>().cloned().ok_or_else(|| Error::internal("the app has no state").into())
}

/// A bare NUL in a path or query, however it is written there.
fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00") || encoded.contains('\0')
}
