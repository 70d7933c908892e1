//! The key ring: everything that is keyed on this instance is derived from `STUDYHALL_SECRET`, so that several nodes
//! agree and a secret can be replaced without signing anybody out.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use studyhall_wire::Timestamp;

use super::tokens::{ACCESS_S, Claims, MEDIA_S, Signer};
use crate::{Result, ports::TokenHash};

/// Bytes that a secret needs at least.
const SECRET_BYTES: usize = 32;

/// A list of secrets that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    #[error("there is no secret: give one of {SECRET_BYTES} bytes or more")]
    Missing,
    /// Counted from 1.
    #[error("secret {position} of the list has {bytes} bytes, but {SECRET_BYTES} are needed at least")]
    Short { position: usize, bytes: usize },
}

/// The keys of one secret, one for each purpose.
struct Keys {
    access: Signer,
    media: Signer,
    refresh: [u8; 32],
}

/// Keys derived from a list of secrets: the first one signs, all of them verify. Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Vec<Keys>>);

/// Without the keys.
impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Derives a key per secret and purpose by HKDF-SHA256 (RFC 5869), the purpose being the `info`.
    pub fn from_secrets(secrets: &[SecretString]) -> Result<Self, WeakSecret> {
        if secrets.is_empty() {
            return Err(WeakSecret::Missing);
        }
        let keys = secrets.iter().enumerate().map(|(index, secret)| {
            let secret = secret.expose_secret().as_bytes();
            if secret.len() < SECRET_BYTES {
                return Err(WeakSecret::Short { position: index + 1, bytes: secret.len() });
            }
            Ok(Keys {
                access: Signer::new(&derive(secret, "access token")),
                media: Signer::new(&derive(secret, "media token")),
                refresh: derive(secret, "refresh token successor"),
            })
        });
        Ok(Self(Arc::new(keys.collect::<Result<_, _>>()?)))
    }

    /// A token for the `Authorization` header.
    pub fn sign_access(&self, claims: Claims) -> Result<String> {
        self.first().access.sign(claims)
    }

    /// A token for the cookie that loads pictures and downloads, and for nothing else.
    pub fn sign_media(&self, claims: Claims) -> Result<String> {
        self.first().media.sign(claims)
    }

    /// 401 `token_expired` or `token_invalid`.
    pub fn verify_access(&self, token: &str, now: Timestamp) -> Result<Claims> {
        Signer::verify(self.0.iter().map(|keys| &keys.access), token, now, ACCESS_S)
    }

    /// 401 `token_expired` or `token_invalid`.
    pub fn verify_media(&self, token: &str, now: Timestamp) -> Result<Claims> {
        Signer::verify(self.0.iter().map(|keys| &keys.media), token, now, MEDIA_S)
    }

    /// The refresh token that follows `token`: an HMAC of it, so that a request that is repeated gets the same one
    /// again without it being stored anywhere.
    pub(crate) fn successor(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac_sha256(&self.first().refresh, token.as_bytes()))
    }

    /// There is one: [`from_secrets`](Self::from_secrets) takes no empty list.
    fn first(&self) -> &Keys {
        &self.0[0]
    }
}

/// A refresh token that nobody can guess: 256 random bits.
pub(crate) fn fresh_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a refresh token.
pub(crate) fn token_hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"studyhall 1"), secret)
        .expand(purpose.as_bytes(), &mut key)
        .expect("32 bytes are within the 8,160 of HKDF-SHA256");
    key
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{SessionId, UserId};

    use super::*;

    fn ring(secrets: &[&str]) -> KeyRing {
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        KeyRing::from_secrets(&secrets).expect("good secrets")
    }

    const OLD: &str = "an old secret of more than thirty-two bytes";
    const NEW: &str = "a new secret that has been made since the old one";

    #[test]
    fn short_secrets_are_named_by_their_place() {
        assert_eq!(KeyRing::from_secrets(&[]).err(), Some(WeakSecret::Missing));
        let secrets = [NEW, "thirty-one bytes are too little"].map(SecretString::from);
        assert_eq!(KeyRing::from_secrets(&secrets).err(), Some(WeakSecret::Short { position: 2, bytes: 31 }));
        assert!(KeyRing::from_secrets(&["thirty-two bytes are just enough".into()]).is_ok());
    }

    #[test]
    fn a_replaced_secret_still_verifies_until_it_is_dropped() {
        let now = Timestamp::from_millis(1_795_287_420_000);
        let claims = Claims::new(UserId::new(), SessionId::new(), now, ACCESS_S);
        let token = ring(&[OLD]).sign_access(claims).expect("signed");
        assert_eq!(ring(&[NEW, OLD]).verify_access(&token, now).expect("still good"), claims);
        assert!(ring(&[NEW]).verify_access(&token, now).is_err());
        let token = ring(&[NEW, OLD]).sign_access(claims).expect("signed");
        assert!(ring(&[NEW]).verify_access(&token, now).is_ok(), "the first secret signs");
    }

    #[test]
    fn a_token_of_one_purpose_is_none_of_another() {
        let now = Timestamp::from_millis(1_795_287_420_000);
        let claims = Claims::new(UserId::new(), SessionId::new(), now, ACCESS_S);
        let ring = ring(&[NEW]);
        assert!(ring.verify_access(&ring.sign_media(claims).expect("signed"), now).is_err());
        assert!(ring.verify_media(&ring.sign_access(claims).expect("signed"), now).is_err());
    }

    #[test]
    fn successors_are_the_same_again_and_differ_from_ring_to_ring() {
        let token = fresh_token();
        assert_eq!(ring(&[NEW]).successor(&token), ring(&[NEW, OLD]).successor(&token));
        assert_ne!(ring(&[NEW]).successor(&token), ring(&[OLD]).successor(&token));
        assert_ne!(ring(&[NEW]).successor(&token), token);
        assert_ne!(fresh_token(), token);
    }

    /// Test case 2 of RFC 4231.
    #[test]
    fn hmac_is_the_standard_one() {
        assert_eq!(
            hex::encode(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
