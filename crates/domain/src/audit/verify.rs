//! Reading the whole chain, and saying where it is broken.

use std::fmt;

use super::{GENESIS, Head, Record};
use crate::{Result, ports::AuditStore};

/// Entries that are read at once.
const PAGE: u32 = 1_000;

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no entry with this number, but one after it.
    Missing { number: i64 },
    /// What the entry says is not what was hashed.
    Changed { number: i64 },
    /// The entry does not follow the one before it.
    Unlinked { number: i64 },
    /// The log ends before its head.
    CutOff { last: i64, head: i64 },
    /// The last entry is not the one that the head names.
    OtherHead { number: i64 },
    /// The log does not have the entry that was noted elsewhere.
    NotAsNoted { number: i64 },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { number } => write!(f, "entry {number} is missing"),
            Self::Changed { number } => write!(f, "entry {number} was changed: its hash is not that of what it says"),
            Self::Unlinked { number } => write!(f, "entry {number} does not follow the one before it"),
            Self::CutOff { last, head } => write!(f, "the log ends at entry {last}, but it went on to entry {head}"),
            Self::OtherHead { number } => {
                write!(f, "the last entry, {number}, is not the one that the log's head names")
            }
            Self::NotAsNoted { number } => write!(f, "entry {number} is not there with the hash that was noted"),
        }
    }
}

/// What a reading found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The end of the log as it was read: worth noting outside of the database.
    pub head: Head,
    /// The first fault; what follows it proves nothing.
    pub fault: Option<Fault>,
}

/// Reads the log from its beginning. `noted` is a head that was seen before, kept where the log's own database is not.
/// Entries that are appended meanwhile do no harm.
pub async fn verify(store: &dyn AuditStore, noted: Option<Head>) -> Result<Verdict> {
    let promised = store.audit_head().await?;
    let mut head = Head { number: 0, hash: GENESIS };
    loop {
        let records = store.audit_after(head.number, PAGE).await?;
        for record in &records {
            if let Some(fault) = fault_in(record, head, [Some(promised), noted]) {
                return Ok(Verdict { head, fault: Some(fault) });
            }
            head = Head { number: record.number, hash: record.hash };
        }
        if records.len() < PAGE as usize {
            let fault = fault_at_end(head, promised, store.audit_head().await?, noted);
            return Ok(Verdict { head, fault });
        }
    }
}

/// What is wrong with the entry that comes after `before`.
fn fault_in(record: &Record, before: Head, known: [Option<Head>; 2]) -> Option<Fault> {
    let (number, this) = (record.number, Head { number: record.number, hash: record.hash });
    let differs = |known: Option<Head>| known.is_some_and(|known| known.number == number && known != this);
    let [promised, noted] = known;
    if number != before.number + 1 {
        Some(Fault::Missing { number: before.number + 1 })
    } else if record.expected_hash() != record.hash {
        Some(Fault::Changed { number })
    } else if record.prev_hash != before.hash {
        Some(Fault::Unlinked { number })
    } else if differs(promised) {
        Some(Fault::OtherHead { number })
    } else if differs(noted) {
        Some(Fault::NotAsNoted { number })
    } else {
        None
    }
}

/// What is wrong with where the log ends: before what the head said at first, or after what it says now.
fn fault_at_end(end: Head, before: Head, after: Head, noted: Option<Head>) -> Option<Fault> {
    if end.number < before.number {
        Some(Fault::CutOff { last: end.number, head: before.number })
    } else if end.number > after.number {
        Some(Fault::OtherHead { number: end.number })
    } else {
        let noted = noted.filter(|noted| noted.number > after.number);
        noted.map(|noted| Fault::NotAsNoted { number: noted.number })
    }
}
