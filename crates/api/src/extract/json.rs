//! JSON bodies.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use studyhall_domain::Error;
use studyhall_wire::{FieldError, limits};

use crate::{ApiError, Result};

/// A body of JSON: 415 for another media type, 413 for too much of it, 400 for what cannot be read (unknown fields,
/// wrong types, deep nesting and lone surrogates included), 422 for a NUL in a text.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// Like [`Json`]; no body at all is the default.
#[derive(Clone, Copy, Debug)]
pub struct OptionalJson<T>(pub T);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            require_json(&request)?;
            parse(&read(&request, payload, limits::BODY_BYTES).await?).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Default> FromRequest for OptionalJson<T> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload, limits::BODY_BYTES).await?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            require_json(&request)?;
            parse(&body).map(Self)
        })
    }
}

/// The body as it came, at most `limit` bytes.
pub async fn read(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Bytes> {
    let too_large = || ApiError(Error::TooLarge { limit: limit as u64 });
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Error::Malformed(format!("The body broke off: {error}.").into()))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn require_json(request: &HttpRequest) -> Result<()> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType("a body with Content-Type: application/json").into())
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let parsed = serde_json::from_slice(body);
    let parsed = parsed.map_err(|error| Error::Malformed(format!("The body: {error}.").into()))?;
    refuse_nul(body)?;
    Ok(parsed)
}

/// JSON can write a NUL in one way only; where those six bytes stand, the texts are looked at.
fn refuse_nul(body: &[u8]) -> Result<()> {
    if !body.windows(6).any(|six| six == b"\\u0000") {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(body).map_err(Error::internal)?;
    let Value::Object(fields) = value else { return Ok(()) };
    let with_nul = fields.into_iter().filter(|(_, value)| has_nul(value));
    let errors: Vec<FieldError> = with_nul
        .map(|(field, _)| FieldError {
            field: field.into(),
            code: "nul".into(),
            message: "Leave out the NUL character.".into(),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors).into()) }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{PostMessage, Register};

    use super::*;

    fn status<T: DeserializeOwned>(body: &[u8]) -> Result<(), u16> {
        parse::<T>(body).map(drop).map_err(|ApiError(error)| error.code().status())
    }

    #[test]
    fn what_cannot_be_read_is_malformed() {
        let deep = format!("{{\"username\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{\"username\":1,\"password\":\"12345678\"}",
            "{\"username\":\"anna\"}",
            "{\"username\":\"anna\",\"password\":\"12345678\",\"admin\":true}",
            "{\"username\":\"\\ud800\",\"password\":\"12345678\"}",
            "{\"username\":\"anna\",\"password\":\"12345678\"} more",
            deep.as_str(),
        ] {
            assert_eq!(status::<Register>(body.as_bytes()), Err(400), "{}", &body[..body.len().min(80)]);
        }
        assert_eq!(status::<Register>(b"{\"username\":\"\xff\",\"password\":\"12345678\"}"), Err(400));
    }

    #[test]
    fn a_nul_is_found_and_its_field_named() {
        let body = br#"{"client_id":"1","text":"a\u0000b"}"#;
        let Err(ApiError(Error::Invalid(errors))) = parse::<PostMessage>(body) else { panic!("not refused") };
        assert_eq!((&*errors[0].field, &*errors[0].code), ("text", "nul"));
        assert_eq!(status::<PostMessage>(br#"{"client_id":"1","text":"a\\u0000b"}"#), Ok(()), "a backslash, not a NUL");
    }
}
