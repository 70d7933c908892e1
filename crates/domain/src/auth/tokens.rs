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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_287_420_123;
    const KEY: [u8; 32] = [7; 32];

    fn later(ms: i64) -> Timestamp {
        Timestamp::from_millis(NOW + ms)
    }

    fn code(token: &str, now: Timestamp) -> &'static str {
        match Signer::verify([&Signer::new(&KEY)].into_iter(), token, now, ACCESS_S) {
            Ok(_) => "ok",
            Err(error) => error.code().as_str(),
        }
    }

    /// A token of these parts, signed with our key.
    fn forged(header: &str, payload: &str) -> String {
        let signed = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let tag = super::super::keys::hmac_sha256(&KEY, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn payload(claims: &Claims, more: &str) -> String {
        let [iat, exp] = [claims.issued_at, claims.expires_at].map(unix_seconds);
        format!(r#"{{"iat":{iat},"exp":{exp},"sub":"{}","sid":"{}"{more}}}"#, claims.user, claims.session)
    }

    #[test]
    fn a_token_holds_until_the_second_in_which_it_ends() {
        let claims = Claims::new(UserId::new(), SessionId::new(), later(0), ACCESS_S);
        let token = Signer::new(&KEY).sign(claims).expect("signed");
        assert_eq!(claims.expires_at, later(600_000 - 123));
        for (ms, expected) in [
            (0, "ok"),
            (599_876, "ok"),
            (599_877, "token_expired"),
            (86_400_000, "token_expired"),
            // The clock stepped back.
            (-3_600_000, "ok"),
        ] {
            assert_eq!(code(&token, later(ms)), expected, "{ms} ms later");
        }
    }

    #[test]
    fn a_token_says_four_things_and_no_more() {
        let claims = Claims::new(UserId::new(), SessionId::new(), later(0), ACCESS_S);
        let token = Signer::new(&KEY).sign(claims).expect("signed");
        let parts: Vec<_> = token.split('.').collect();
        let json: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("JSON");
        let mut names: Vec<_> = json.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["exp", "iat", "sid", "sub"]);
        assert_eq!(parts[0], Signer::new(&KEY).header);
    }

    #[test]
    fn what_we_did_not_sign_as_it_is_does_not_count() {
        let signer = Signer::new(&KEY);
        let claims = Claims::new(UserId::new(), SessionId::new(), later(0), ACCESS_S);
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(&signer.header).expect("base64")).expect("text");
        assert_eq!(code(&forged(&header, &payload(&claims, "")), later(0)), "ok", "the forger has our key here");

        let token = signer.sign(claims).expect("signed");
        let [head, body, tag] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let other = Claims { user: UserId::new(), ..claims };
        let other = URL_SAFE_NO_PAD.encode(payload(&other, ""));
        let eternal = Claims::new(claims.user, claims.session, later(0), ACCESS_S + 1);
        let endless = format!(r#"{{"sub":"{}","sid":"{}"}}"#, claims.user, claims.session);
        let nobody = payload(&claims, "").replace(&claims.user.to_string(), "nobody");
        for (token, why) in [
            (format!("{head}.{other}.{tag}"), "another payload"),
            (format!("{head}.{body}."), "no tag"),
            (format!("{head}.{body}"), "two parts"),
            (format!("{head}.{body}.{tag}.{tag}"), "four parts"),
            (format!("{head}.{body}.{}", &tag[1..]), "a short tag"),
            (forged(r#"{"alg":"none","typ":"JWT"}"#, &payload(&claims, "")), "no algorithm"),
            (forged(&header.replace("HS256", "HS512"), &payload(&claims, "")), "another algorithm"),
            (forged(&header.replace(',', ", "), &payload(&claims, "")), "a header of another hand"),
            (forged(&header, &payload(&eternal, "")), "longer than we give"),
            (forged(&header, &endless), "no end"),
            (forged(&header, &nobody), "no user"),
            (forged(&header, &payload(&claims, &format!(r#","x":"{}""#, "x".repeat(TOKEN_BYTES)))), "too long"),
            (String::new(), "nothing"),
            ("🦀.🦀.🦀".to_owned(), "crabs"),
        ] {
            assert_eq!(code(&token, later(0)), "token_invalid", "{why}");
        }
    }
}
