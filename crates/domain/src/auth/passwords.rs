//! Passwords: bcrypt (Provos and Mazières, 1999) over base64 of HMAC-SHA-256, on a bounded blocking pool.
//!
//! bcrypt takes 72 bytes at most; the HMAC under a fixed label makes 44 of any length, none of them NUL, and a
//! hash that no other service's leaked hashes can be tried against.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::keys::hmac_sha256;
use crate::{Error, Result};

/// The cost of the product. Tests may take less.
pub const MIN_COST: u32 = 12;
/// The label under which every password is hashed. Changing it makes every password wrong.
const LABEL: &[u8] = b"studyhall password 1";
/// Passwords that may wait for each core: at 0.3 s each, the last one waits for 20 s.
const WAITING_PER_CORE: usize = 64;

/// Hashes and compares passwords. Cheap to clone; all clones share one bounded pool, so that no number of sign-ins
/// takes the cores away from the chat.
#[derive(Clone)]
pub struct Passwords(Arc<Pool>);

struct Pool {
    cost: u32,
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// With the product's cost, on as many threads as there are cores.
    #[must_use]
    pub fn new() -> Self {
        Self::with_cost(MIN_COST)
    }

    /// With another cost, from 4 up, for tests: the product has no way to lower it.
    #[must_use]
    pub fn with_cost(cost: u32) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Pool {
            cost,
            cores: Arc::new(Semaphore::new(cores)),
            waiting: AtomicUsize::new(0),
            most_waiting: cores * WAITING_PER_CORE,
        }))
    }

    /// The hash to store. 503 where too many are waiting.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (digest, cost) = (digest(password), self.0.cost);
        let hash = self.blocking(move || bcrypt::non_truncating_hash(digest.expose_secret(), cost)).await?;
        hash.map_err(Error::internal)
    }

    /// Whether this is the password, compared in constant time. Where there is no `hash`, because there is no such
    /// account, it is not, and finding that out takes as long. 503 where too many are waiting.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let (digest, known) = (digest(password), hash.is_some());
        let hash = hash.map_or_else(|| nobodys_hash(self.0.cost), str::to_owned);
        let right = self.blocking(move || bcrypt::non_truncating_verify(digest.expose_secret(), &hash)).await?;
        Ok(right.map_err(Error::internal)? && known)
    }

    /// Runs `work` once a core is free. It runs to its end, and holds its core until then, even if the caller is gone.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let waits = Waits::enter(&self.0)?;
        let core = Arc::clone(&self.0.cores).acquire_owned().await.map_err(Error::internal)?;
        drop(waits);
        let done = tokio::task::spawn_blocking(move || {
            let _core = core;
            work()
        });
        done.await.map_err(Error::internal)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// A place in the queue, given back when dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn enter(pool: &'a Pool) -> Result<Self> {
        if pool.waiting.fetch_add(1, Ordering::Relaxed) >= pool.most_waiting {
            pool.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::unavailable("sign-in", "too many passwords are waiting to be checked"));
        }
        Ok(Self(&pool.waiting))
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What bcrypt is given: 44 characters, of a password in Unicode's NFC, so that the same password typed on another
/// keyboard is the same (RFC 8265, section 4.2.2).
fn digest(password: &str) -> SecretString {
    let normal: SecretString = password.nfc().collect::<String>().into();
    STANDARD.encode(hmac_sha256(LABEL, normal.expose_secret().as_bytes())).into()
}

/// A hash that is no password's, for accounts that do not exist: comparing with it costs what any other costs.
fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}$abcdefghijklmnopqrstuu0123456789012345678901234567892")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn only_the_password_is_right() {
        let passwords = Passwords::with_cost(4);
        let hash = passwords.hash("correct horse").await.expect("hashed");
        assert!(hash.starts_with("$2b$04$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(&hash)).await.expect("compared"));
        assert!(!passwords.verify("correct horsf", Some(&hash)).await.expect("compared"));
        assert!(!passwords.verify("correct horse", None).await.expect("compared"));
        assert_ne!(passwords.hash("correct horse").await.expect("hashed"), hash, "salted");
    }

    #[tokio::test]
    async fn nothing_is_truncated_and_forms_of_one_character_are_the_same() {
        let passwords = Passwords::with_cost(4);
        let long = "x".repeat(255);
        let hash = passwords.hash(&format!("{long}a")).await.expect("hashed");
        assert!(!passwords.verify(&format!("{long}b"), Some(&hash)).await.expect("compared"));
        let hash = passwords.hash("caf\u{e9} cr\u{e8}me").await.expect("hashed");
        assert!(passwords.verify("cafe\u{301} cre\u{300}me", Some(&hash)).await.expect("compared"));
    }

    #[tokio::test]
    async fn a_broken_hash_is_our_fault_and_not_a_wrong_password() {
        let passwords = Passwords::with_cost(4);
        assert!(matches!(passwords.verify("whatever", Some("no hash")).await, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn an_unknown_account_takes_as_long_as_a_wrong_password() {
        let passwords = Passwords::with_cost(9);
        let hash = passwords.hash("correct horse").await.expect("hashed");
        let mut times = [Duration::MAX; 2];
        for _ in 0..5 {
            for (time, hash) in times.iter_mut().zip([Some(hash.as_str()), None]) {
                let start = Instant::now();
                assert!(!passwords.verify("wrong horse", hash).await.expect("compared"));
                *time = start.elapsed().min(*time);
            }
        }
        let [known, unknown] = times.map(|time| time.as_secs_f64());
        assert!((0.5..2.0).contains(&(unknown / known)), "{known} s against {unknown} s");
    }

    #[tokio::test]
    async fn a_full_queue_says_so_and_empties() {
        let passwords = Passwords(Arc::new(Pool {
            cost: 4,
            cores: Arc::new(Semaphore::new(1)),
            waiting: AtomicUsize::new(0),
            most_waiting: 1,
        }));
        let busy = Arc::clone(&passwords.0.cores).acquire_owned().await.expect("free");
        let waiting = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.hash("correct horse").await }
        });
        while passwords.0.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(passwords.hash("another").await, Err(Error::Unavailable { dependency: "sign-in", .. })));
        drop(busy);
        assert!(waiting.await.expect("no panic").is_ok());
        assert!(passwords.hash("another").await.is_ok());
    }

    #[tokio::test]
    async fn who_gives_up_leaves_the_queue() {
        let passwords = Passwords::with_cost(4);
        let cores = u32::try_from(passwords.0.cores.available_permits()).expect("few");
        let _busy = Arc::clone(&passwords.0.cores).acquire_many_owned(cores).await.expect("free");
        let gone = tokio::time::timeout(Duration::from_millis(20), passwords.hash("correct horse")).await;
        assert!(gone.is_err());
        assert_eq!(passwords.0.waiting.load(Ordering::Relaxed), 0);
    }
}
