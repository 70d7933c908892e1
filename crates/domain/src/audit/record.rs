//! One entry, and its hash.

use std::{fmt, str::FromStr};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use studyhall_wire::{AuditEntry, AuditId, AuditOutcome, Timestamp, UserId};

use super::Act;
use crate::{Error, Result};

/// SHA-256.
pub type Hash = [u8; 32];

/// What the first entry has before it.
pub const GENESIS: Hash = [0; 32];

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// 0 where there is no entry.
    pub number: i64,
    pub hash: Hash,
}

/// `NUMBER:HASH`, the hash in hex.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hex::encode(self.hash))
    }
}

impl FromStr for Head {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (number, hash) = text.trim().split_once(':')?;
            Some(Self { number: number.parse().ok()?, hash: hex::decode(hash).ok()?.try_into().ok()? })
        };
        parse().ok_or_else(|| Error::Malformed("the end of an audit log is NUMBER:HASH".into()))
    }
}

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// From 1, without holes.
    pub number: i64,
    pub id: AuditId,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    /// An [`Action`](super::Action)'s word; perhaps of another version.
    pub action: String,
    pub target: Option<String>,
    /// A JSON object, without spaces, its keys sorted: the bytes that were hashed.
    pub detail: String,
    pub outcome: AuditOutcome,
    pub prev_hash: Hash,
    pub hash: Hash,
}

impl Record {
    /// The entry that follows `head`.
    #[must_use]
    pub fn after(head: Head, act: &Act, now: Timestamp) -> Self {
        let mut record = Self {
            number: head.number + 1,
            id: AuditId::new(),
            at: now,
            actor: act.actor,
            action: act.action.as_str().to_owned(),
            target: act.target.clone(),
            detail: act.detail.to_string(),
            outcome: act.outcome,
            prev_hash: head.hash,
            hash: GENESIS,
        };
        record.hash = record.expected_hash();
        record
    }

    /// The hash that this entry should have.
    #[must_use]
    pub fn expected_hash(&self) -> Hash {
        Sha256::digest(self.canonical().as_bytes()).into()
    }

    /// What is hashed: [`AuditEntry`] says how it is written, so that anybody can compute it from what the API shows.
    fn canonical(&self) -> String {
        let Self { number, id, at, actor, action, target, detail, outcome, prev_hash, hash: _ } = self;
        let (actor, target) = (text_or_null(actor.as_ref()), text_or_null(target.as_ref()));
        let (action, outcome) = (Value::from(action.as_str()), outcome.as_str());
        let prev_hash = hex::encode(prev_hash);
        format!(r#"[{number},"{id}","{at}",{actor},{action},{target},{detail},"{outcome}","{prev_hash}"]"#)
    }

    pub fn into_entry(self) -> Result<AuditEntry> {
        Ok(AuditEntry {
            id: self.id,
            number: self.number,
            at: self.at,
            actor_id: self.actor,
            action: self.action,
            target: self.target,
            detail: serde_json::from_str(&self.detail).map_err(Error::internal)?,
            outcome: self.outcome,
            prev_hash: hex::encode(self.prev_hash),
            hash: hex::encode(self.hash),
        })
    }
}

fn text_or_null(text: Option<&impl ToString>) -> Value {
    text.map_or(Value::Null, |text| Value::from(text.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::Action;

    #[test]
    fn what_is_hashed_is_as_the_contract_writes_it() {
        let actor = "0199a1b2-0000-7000-8000-000000000001".parse().expect("an id");
        let detail = json!({ "to": "admin", "from": "user", "é": "\u{fc}" });
        let act = Act::done(Some(actor), Action::SetRole, "0199a1b2-0000-7000-8000-000000000002").with(detail);
        let at = Timestamp::from_millis(1_795_287_420_120);
        let head = Head { number: 6, hash: [0xab; 32] };
        let mut record = Record::after(head, &act, at);
        record.id = "0199a1b2-0000-7000-8000-000000000003".parse().expect("an id");
        assert_eq!(
            record.canonical(),
            format!(
                r#"[7,"0199a1b2-0000-7000-8000-000000000003","2026-11-21T18:57:00.120Z","0199a1b2-0000-7000-8000-000000000001","user.set_role","0199a1b2-0000-7000-8000-000000000002",{{"from":"user","to":"admin","é":"ü"}},"done","{}"]"#,
                "ab".repeat(32)
            )
        );
        let operator = Record::after(head, &Act { actor: None, target: None, ..act }, at);
        assert!(operator.canonical().contains(r#","2026-11-21T18:57:00.120Z",null,"user.set_role",null,{"#));
    }

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { number: 42, hash: [0xab; 32] };
        assert_eq!(head.to_string().parse::<Head>().expect("a head"), head);
        for nonsense in ["", "42", "42:ab", "x:00", ":"] {
            assert!(nonsense.parse::<Head>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn an_entry_says_what_was_hashed() {
        let act = Act::refused(UserId::new(), Action::ReadAudit);
        let record = Record::after(Head { number: 0, hash: GENESIS }, &act, crate::now());
        let canonical = record.canonical();
        let entry = record.clone().into_entry().expect("an entry");
        let again = format!(
            "[{},{},{},{},{},{},{},{},{}]",
            entry.number,
            json!(entry.id),
            json!(entry.at),
            json!(entry.actor_id),
            json!(entry.action),
            json!(entry.target),
            entry.detail,
            json!(entry.outcome),
            json!(entry.prev_hash)
        );
        assert_eq!(again, canonical);
        assert_eq!(entry.hash, hex::encode(Sha256::digest(canonical)));
    }
}
