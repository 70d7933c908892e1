//! What a query asks.

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use studyhall_domain::Error;
use studyhall_wire::{FieldError, limits};

use super::has_nul;
use crate::{ApiError, Result};

/// The parameters of the query: 400 for unknown ones and for what cannot be read, 422 for a NUL.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    if has_nul(query) {
        return Err(Error::Invalid(vec![nul_in(query)]).into());
    }
    let parsed = web::Query::<T>::from_query(query);
    parsed.map(web::Query::into_inner).map_err(|error| Error::Malformed(format!("The query: {error}.").into()).into())
}

fn nul_in(query: &str) -> FieldError {
    let pair = query.split('&').find(|pair| has_nul(pair)).unwrap_or_default();
    let name = pair.split('=').next().unwrap_or_default();
    let known = ["query", "q", "cursor", "limit", "before", "after", "around"].into_iter().find(|known| *known == name);
    FieldError::new(known.unwrap_or("query"), "nul", "Leave out the NUL character.")
}

/// How many items are asked for. What is no number is malformed; a number out of range is not valid, however large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(i64);

impl Default for Limit {
    fn default() -> Self {
        Self(limits::PAGE_DEFAULT.into())
    }
}

impl Limit {
    /// The limit, or 422 outside 1–200.
    pub fn get(self) -> Result<u32> {
        let limit = u32::try_from(self.0).ok().filter(|limit| (1..=limits::PAGE_MAX).contains(limit));
        limit.ok_or_else(|| Error::invalid("limit", "out_of_range", "Between 1 and 200.").into())
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits).map(Self)
    }
}

/// A whole number of any length; what does not fit is as good as the greatest one.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(E::custom("limit is no whole number"));
        }
        Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        #[serde(default)]
        limit: Limit,
    }

    fn limit(query: &str) -> Result<u32, u16> {
        let parsed = parse::<Params>(query).and_then(|params| params.limit.get());
        parsed.map_err(|ApiError(error)| error.code().status())
    }

    #[test]
    fn a_limit_is_a_number_within_bounds() {
        assert_eq!(limit(""), Ok(50));
        assert_eq!(limit("limit=1"), Ok(1));
        assert_eq!(limit("limit=200"), Ok(200));
        for outside in ["0", "201", "-1", "99999999999999999999", "-99999999999999999999"] {
            assert_eq!(limit(&format!("limit={outside}")), Err(422), "{outside}");
        }
        for nonsense in ["", "ten", "1.5", "1e2", "--1", "%2B1"] {
            assert_eq!(limit(&format!("limit={nonsense}")), Err(400), "{nonsense}");
        }
        assert_eq!(limit("lmit=1"), Err(400));
        assert_eq!(limit("limit=%00"), Err(422));
    }
}
