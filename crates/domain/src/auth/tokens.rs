//! Signed tokens: JWT (RFC 7519) with HS256 (RFC 7518, section 3.2), and in them as little as a request needs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jwt_simple::{
    JWTError,
    algorithms::{HS256Key, MACLike},
    claims::JWTClaims,
    common::VerificationOptions,
    reexports::coarsetime::Duration,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use studyhall_wire::{ErrorCode, SessionId, Timestamp, UserId};

use crate::{Error, Result};

/// Seconds that an access token holds.
pub const ACCESS_S: u64 = 600;
/// Seconds that the token in the second cookie holds: as long as a session may stay unused. It is read-only and ends
/// with its session.
pub const MEDIA_S: u64 = 30 * 24 * 3_600;
/// Bytes of a longest token: ours have about 280.
const TOKEN_BYTES: usize = 1_024;

/// What a token says: `sub`, `sid`, `iat` and `exp`, nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    pub user: UserId,
    pub session: SessionId,
    /// To the second.
    pub issued_at: Timestamp,
    /// To the second; the token does not hold at this instant any more.
    pub expires_at: Timestamp,
}

impl Claims {
    /// Claims that hold for `seconds` from `now` on.
    #[must_use]
    pub fn new(user: UserId, session: SessionId, now: Timestamp, seconds: u64) -> Self {
        let issued_at = unix_seconds(now);
        Self { user, session, issued_at: at(issued_at), expires_at: at(issued_at + seconds) }
    }
}

/// The claim that is ours.
#[derive(Serialize, Deserialize)]
struct Private {
    sid: SessionId,
}

/// One key for one purpose.
pub(super) struct Signer {
    key: HS256Key,
    /// The first segment of every token that this key signs.
    header: String,
}

impl Signer {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let kid = hex::encode(&Sha256::digest(key)[..8]);
        let header = format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"JWT"}}"#);
        Self { key: HS256Key::from_bytes(key).with_key_id(&kid), header: URL_SAFE_NO_PAD.encode(header) }
    }

    pub(super) fn sign(&self, claims: Claims) -> Result<String> {
        let claims = JWTClaims {
            issued_at: Some(Duration::from_secs(unix_seconds(claims.issued_at))),
            expires_at: Some(Duration::from_secs(unix_seconds(claims.expires_at))),
            invalid_before: None,
            issuer: None,
            subject: Some(claims.user.to_string()),
            audiences: None,
            jwt_id: None,
            nonce: None,
            custom: Private { sid: claims.session },
        };
        self.key.authenticate(claims).map_err(Error::internal)
    }

    /// Verifies `token` by the key that its header names. A header that is not, to the byte, one that we write is
    /// none of ours, so that no algorithm but HS256 is ever considered (RFC 8725, section 3.1).
    ///
    /// Both dates are held against `now` without tolerance. A token from the future is taken: a clock that stepped
    /// back signs nobody out. A token that holds longer than `seconds` is not one that we gave.
    pub(super) fn verify<'a>(
        mut signers: impl Iterator<Item = &'a Self>,
        token: &str,
        now: Timestamp,
        seconds: u64,
    ) -> Result<Claims> {
        let invalid = || Error::Unauthorized(ErrorCode::TokenInvalid);
        let header = token.split('.').next().unwrap_or_default();
        let signer = signers.find(|signer| signer.header == header).ok_or_else(invalid)?;
        let options = VerificationOptions {
            accept_future: true,
            time_tolerance: None,
            max_token_length: Some(TOKEN_BYTES),
            artificial_time: Some(Duration::from_secs(unix_seconds(now))),
            ..VerificationOptions::default()
        };
        let claims = signer.key.verify_token::<Private>(token, Some(options)).map_err(|error| {
            match error.downcast_ref::<JWTError>() {
                Some(JWTError::TokenHasExpired) => Error::Unauthorized(ErrorCode::TokenExpired),
                _ => invalid(),
            }
        })?;
        let issued_at = claims.issued_at.ok_or_else(invalid)?.as_secs();
        let expires_at = claims.expires_at.ok_or_else(invalid)?.as_secs();
        if expires_at <= unix_seconds(now) {
            return Err(Error::Unauthorized(ErrorCode::TokenExpired));
        }
        if expires_at.saturating_sub(issued_at) > seconds {
            return Err(invalid());
        }
        let user = claims.subject.and_then(|subject| subject.parse().ok()).ok_or_else(invalid)?;
        Ok(Claims { user, session: claims.custom.sid, issued_at: at(issued_at), expires_at: at(expires_at) })
    }
}

fn unix_seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis() / 1_000).unwrap_or_default()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}
