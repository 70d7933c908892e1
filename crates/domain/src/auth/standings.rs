//! What this node remembers of sessions, so that an authenticated request costs no query.
//!
//! A standing is remembered until a revocation; a node that cannot hear of revocations for a minute trusts nothing
//! that it remembers.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::RwLock;
use studyhall_wire::{SessionId, UserId};
use tokio::time::Instant;

use crate::ports::Standing;

/// How long a node may go without hearing of revocations.
pub(crate) const DEAF_AFTER: Duration = Duration::from_mins(1);
/// So many locks that requests seldom meet at one.
const SHARDS: usize = 16;
/// Sessions that a shard holds in each of its two generations: 65,536 in all of the younger ones.
const GENERATION: usize = 4_096;

/// A bounded map from session to [`Standing`].
pub(crate) struct Standings {
    shards: [RwLock<Shard>; SHARDS],
    born: Instant,
    /// Milliseconds since `born` at which revocations were heard last.
    heard_ms: AtomicU64,
}

/// Two generations: when the younger is full it becomes the elder, and what the elder held is asked for again.
#[derive(Default)]
struct Shard {
    young: HashMap<SessionId, Standing>,
    old: HashMap<SessionId, Standing>,
    /// Counts what was forgotten, so that an answer from before is not remembered after.
    forgotten: u64,
}

/// What a lookup found, or what is needed to remember what it did not.
#[derive(Debug)]
pub(crate) enum Lookup {
    Known(Standing),
    Unknown(Ticket),
}

/// Proof of when the store was asked.
#[derive(Debug)]
pub(crate) struct Ticket {
    session: SessionId,
    forgotten: u64,
}

impl Standings {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()), born: Instant::now(), heard_ms: AtomicU64::new(0) }
    }

    /// Whether revocations were heard of within the last minute.
    pub(crate) fn trusted(&self) -> bool {
        let heard = Duration::from_millis(self.heard_ms.load(Ordering::Relaxed));
        self.born.elapsed().saturating_sub(heard) < DEAF_AFTER
    }

    /// What was revoked until `at` is known.
    pub(crate) fn heard(&self, at: Instant) {
        let ms = at.saturating_duration_since(self.born).as_millis();
        self.heard_ms.fetch_max(u64::try_from(ms).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn lookup(&self, session: SessionId) -> Lookup {
        let shard = self.shard(session).read();
        match shard.young.get(&session).or_else(|| shard.old.get(&session)) {
            Some(standing) => Lookup::Known(*standing),
            None => Lookup::Unknown(Ticket { session, forgotten: shard.forgotten }),
        }
    }

    /// Remembers what the store answered, unless something was forgotten since it was asked: the answer may be from
    /// before a revocation that is past already.
    pub(crate) fn remember(&self, ticket: &Ticket, standing: Standing) {
        let mut shard = self.shard(ticket.session).write();
        if shard.forgotten != ticket.forgotten {
            return;
        }
        if shard.young.len() >= GENERATION {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(ticket.session, standing);
    }

    pub(crate) fn forget(&self, session: SessionId) {
        let mut shard = self.shard(session).write();
        shard.forgotten += 1;
        shard.young.remove(&session);
        shard.old.remove(&session);
    }

    /// Forgets every session of a user.
    pub(crate) fn forget_user(&self, user: UserId) {
        self.forget_where(|standing| standing.user == user);
    }

    pub(crate) fn forget_all(&self) {
        self.forget_where(|_| true);
    }

    fn forget_where(&self, matches: impl Fn(&Standing) -> bool) {
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.forgotten += 1;
            shard.young.retain(|_, standing| !matches(standing));
            shard.old.retain(|_, standing| !matches(standing));
        }
    }

    /// The last byte of an id is random (RFC 9562, section 5.7).
    fn shard(&self, session: SessionId) -> &RwLock<Shard> {
        &self.shards[usize::from(session.0.as_bytes()[15]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use studyhall_wire::Role;

    use super::*;

    fn standing(user: UserId) -> Standing {
        Standing { user, role: Role::User, ended: false, suspended: false }
    }

    fn ask(standings: &Standings, session: SessionId) -> Ticket {
        match standings.lookup(session) {
            Lookup::Unknown(ticket) => ticket,
            Lookup::Known(standing) => panic!("{standing:?} is remembered"),
        }
    }

    fn knows(standings: &Standings, session: SessionId) -> bool {
        matches!(standings.lookup(session), Lookup::Known(_))
    }

    #[test]
    fn remembers_until_told_to_forget() {
        let (standings, session, user) = (Standings::new(), SessionId::new(), UserId::new());
        standings.remember(&ask(&standings, session), standing(user));
        assert!(knows(&standings, session));
        standings.forget(SessionId::new());
        standings.forget_user(UserId::new());
        assert!(knows(&standings, session));
        standings.forget(session);
        assert!(!knows(&standings, session));
        standings.remember(&ask(&standings, session), standing(user));
        standings.forget_user(user);
        assert!(!knows(&standings, session));
    }

    #[test]
    fn an_answer_from_before_a_revocation_is_not_remembered() {
        for forget in [
            (|standings: &Standings, session, _| standings.forget(session)) as fn(&Standings, SessionId, UserId),
            |standings, _, user| standings.forget_user(user),
            |standings, _, _| standings.forget_all(),
        ] {
            let (standings, session, user) = (Standings::new(), SessionId::new(), UserId::new());
            let before = ask(&standings, session);
            forget(&standings, session, user);
            standings.remember(&before, standing(user));
            assert!(!knows(&standings, session));
            standings.remember(&ask(&standings, session), standing(user));
            assert!(knows(&standings, session));
        }
    }

    #[test]
    fn is_bounded_and_keeps_the_young() {
        let (standings, user) = (Standings::new(), UserId::new());
        // All of them in the first shard.
        let session = |n: usize| SessionId(uuid::Uuid::from_u128((n as u128) << 8));
        for n in 0..3 * GENERATION {
            standings.remember(&ask(&standings, session(n)), standing(user));
        }
        let shard = standings.shards[0].read();
        assert_eq!((shard.young.len(), shard.old.len()), (GENERATION, GENERATION));
        drop(shard);
        assert!(knows(&standings, session(3 * GENERATION - 1)));
        assert!(!knows(&standings, session(0)));
    }

    #[test]
    fn hearing_is_trust() {
        let mut standings = Standings::new();
        assert!(standings.trusted());
        standings.born = Instant::now().checked_sub(DEAF_AFTER).expect("the machine runs for a minute");
        assert!(!standings.trusted());
        standings.heard(Instant::now());
        assert!(standings.trusted());
    }
}
