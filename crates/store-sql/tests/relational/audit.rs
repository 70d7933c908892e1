//! The audit log: a chain that shows what was done to it.

use serde_json::json;
use studyhall_domain::{
    audit::{Act, Action, Fault, GENESIS, Head, Record, verify},
    ports::{AuditFilter, AuditStore},
};
use studyhall_store_sql::{DatabaseUrl, SqlStore};
use studyhall_wire::{AuditOutcome, UserId};

use crate::backend::{Backend, seconds};

/// Records `n` acts of one actor, a second apart.
async fn filled(store: &SqlStore, n: i64) -> Vec<Record> {
    let actor = UserId::new();
    for at in 1..=n {
        let act = Act::done(Some(actor), Action::SetRole, UserId::new()).with(json!({ "from": "user", "to": "guest" }));
        store.record(&act, seconds(at)).await.unwrap();
    }
    store.audit_after(0, 1_000).await.unwrap()
}

async fn fault(store: &SqlStore) -> Option<Fault> {
    verify(store, None).await.unwrap().fault
}

/// Does what the triggers are there to prevent.
async fn tamper(backend: &Backend, sql: &str) {
    let table = match backend.url() {
        DatabaseUrl::Sqlite(_) => "",
        DatabaseUrl::Postgres(_) => " ON audit_log",
    };
    for trigger in ["audit_log_keeps_entries", "audit_log_loses_none"] {
        backend.execute(&format!("DROP TRIGGER IF EXISTS {trigger}{table}")).await;
    }
    backend.execute(sql).await;
}

pub async fn entries_follow_one_another(backend: &Backend) {
    let store = &backend.store;
    assert_eq!(store.audit_head().await.unwrap(), Head { number: 0, hash: GENESIS });
    assert_eq!(fault(store).await, None, "an empty log is whole");
    let records = filled(store, 5).await;
    assert_eq!(records.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(records[0].prev_hash, GENESIS);
    for (before, after) in records.iter().zip(&records[1..]) {
        assert_eq!(after.prev_hash, before.hash);
        assert_eq!(after.hash, after.expected_hash(), "what was read is what was hashed");
    }
    let verdict = verify(store, None).await.unwrap();
    assert_eq!(verdict.head, Head { number: 5, hash: records[4].hash });
    assert_eq!((verdict.head, verdict.fault), (store.audit_head().await.unwrap(), None));
}

pub async fn entries_are_found_by_actor_and_action(backend: &Backend) {
    let store = &backend.store;
    let (anna, ben) = (UserId::new(), UserId::new());
    let acts = [
        Act::done(Some(anna), Action::SuspendUser, ben),
        Act::denied(Some(ben), Action::SuspendUser, anna),
        Act::refused(ben, Action::ReadAudit),
        Act::done(None, Action::SetRole, ben).with(json!({ "from": "user", "to": "admin" })),
    ];
    for (at, act) in (1..).zip(&acts) {
        store.record(act, seconds(at)).await.unwrap();
    }
    let numbers = async |filter: AuditFilter, limit| {
        let found = store.audit(&filter, limit).await.unwrap();
        found.iter().map(|record| record.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(AuditFilter::default(), 10).await, [4, 3, 2, 1]);
    assert_eq!(numbers(AuditFilter { before: Some(3), ..AuditFilter::default() }, 1).await, [2]);
    assert_eq!(numbers(AuditFilter { actor: Some(ben), ..AuditFilter::default() }, 10).await, [3, 2]);
    let action = Some("user.suspend".to_owned());
    assert_eq!(numbers(AuditFilter { action: action.clone(), ..AuditFilter::default() }, 10).await, [2, 1]);
    assert_eq!(numbers(AuditFilter { action, actor: Some(ben), before: None }, 10).await, [2]);
    let nothing = AuditFilter { action: Some("user.%".to_owned()), ..AuditFilter::default() };
    assert_eq!(numbers(nothing, 10).await, Vec::<i64>::new());
    let last = store.audit(&AuditFilter::default(), 1).await.unwrap().remove(0);
    assert_eq!((last.actor, last.target.as_deref()), (None, Some(&*ben.to_string())));
    assert_eq!((&*last.detail, last.at), (r#"{"from":"user","to":"admin"}"#, seconds(4)));
    let refused = store.audit_after(2, 1).await.unwrap().remove(0);
    assert_eq!((refused.outcome, refused.target), (AuditOutcome::Denied, None));
}

pub async fn simultaneous_entries_make_one_chain(backend: &Backend) {
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..24 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move {
            let act = Act::refused(UserId::new(), Action::ListUsers);
            for at in 0..4 {
                store.record(&act, seconds(at)).await.unwrap();
            }
        });
    }
    racing.join_all().await;
    let verdict = verify(&backend.store, None).await.unwrap();
    assert_eq!((verdict.head.number, verdict.fault), (96, None));
}

pub async fn the_log_cannot_be_changed_in_passing(backend: &Backend) {
    let records = filled(&backend.store, 2).await;
    for sql in ["UPDATE audit_log SET action = 'nothing'", "DELETE FROM audit_log WHERE number = 2"] {
        backend.refuses(sql, "appended to, never changed").await;
    }
    assert_eq!(backend.store.audit_after(0, 10).await.unwrap(), records);
}

pub async fn an_edit_is_found(backend: &Backend) {
    let records = filled(&backend.store, 4).await;
    let edits = [
        format!("target = '{}'", UserId::new()),
        "actor_id = NULL".to_owned(),
        "outcome = 'denied'".to_owned(),
        "action = 'user.suspend'".to_owned(),
        r#"detail = '{"from":"user","to":"user"}'"#.to_owned(),
        "at = (SELECT at FROM audit_log WHERE number = 1)".to_owned(),
        "hash = prev_hash".to_owned(),
    ];
    for (n, edit) in edits.iter().enumerate() {
        tamper(backend, "CREATE TABLE before_it AS SELECT * FROM audit_log WHERE number = 3").await;
        tamper(backend, &format!("UPDATE audit_log SET {edit} WHERE number = 3")).await;
        assert_eq!(fault(&backend.store).await, Some(Fault::Changed { number: 3 }), "{n}: {edit}");
        let back = "DELETE FROM audit_log WHERE number = 3; INSERT INTO audit_log SELECT * FROM before_it; \
                    DROP TABLE before_it";
        tamper(backend, back).await;
        assert_eq!(fault(&backend.store).await, None, "{n}: {edit}, taken back");
    }
    assert_eq!(backend.store.audit_after(0, 10).await.unwrap(), records);
}

pub async fn an_edit_with_a_new_hash_is_found(backend: &Backend) {
    let mut records = filled(&backend.store, 3).await;
    let forged = &mut records[1];
    "user.suspend".clone_into(&mut forged.action);
    let hash = hex(&forged.expected_hash());
    let hash = match backend.url() {
        DatabaseUrl::Sqlite(_) => format!("x'{hash}'"),
        DatabaseUrl::Postgres(_) => format!("decode('{hash}', 'hex')"),
    };
    tamper(backend, &format!("UPDATE audit_log SET action = 'user.suspend', hash = {hash} WHERE number = 2")).await;
    assert_eq!(fault(&backend.store).await, Some(Fault::Unlinked { number: 3 }));
    tamper(backend, "DELETE FROM audit_log WHERE number = 3").await;
    tamper(backend, "UPDATE audit_head SET number = 2").await;
    assert_eq!(fault(&backend.store).await, Some(Fault::OtherHead { number: 2 }), "as the last one, too");
}

pub async fn a_deletion_is_found(backend: &Backend) {
    filled(&backend.store, 5).await;
    tamper(backend, "DELETE FROM audit_log WHERE number = 5").await;
    assert_eq!(fault(&backend.store).await, Some(Fault::CutOff { last: 4, head: 5 }));
    tamper(backend, "DELETE FROM audit_log WHERE number = 2").await;
    assert_eq!(fault(&backend.store).await, Some(Fault::Missing { number: 2 }));
    tamper(backend, "UPDATE audit_log SET number = number - 1 WHERE number > 2").await;
    assert_eq!(fault(&backend.store).await, Some(Fault::Changed { number: 2 }), "closing the hole is an edit");
    tamper(backend, "DELETE FROM audit_log").await;
    assert_eq!(fault(&backend.store).await, Some(Fault::CutOff { last: 0, head: 5 }));
}

pub async fn a_reordering_is_found(backend: &Backend) {
    filled(&backend.store, 4).await;
    let swap = "UPDATE audit_log SET number = 99 WHERE number = 2; UPDATE audit_log SET number = 2 WHERE number = 3; \
                UPDATE audit_log SET number = 3 WHERE number = 99";
    tamper(backend, swap).await;
    assert_eq!(fault(&backend.store).await, Some(Fault::Changed { number: 2 }));
}

pub async fn a_log_that_was_cut_with_its_head_differs_from_what_was_noted(backend: &Backend) {
    let store = &backend.store;
    let records = filled(store, 3).await;
    let noted = store.audit_head().await.unwrap();
    assert_eq!(verify(store, Some(noted)).await.unwrap().fault, None);
    let cut = "DELETE FROM audit_log WHERE number = 3; \
               UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_log WHERE number = 2)";
    tamper(backend, cut).await;
    assert_eq!(fault(store).await, None, "by itself, the log is whole");
    assert_eq!(verify(store, Some(noted)).await.unwrap().fault, Some(Fault::NotAsNoted { number: 3 }));
    // Another entry in its place has another hash.
    store.record(&Act::refused(UserId::new(), Action::ReadAudit), records[2].at).await.unwrap();
    assert_eq!(fault(store).await, None);
    assert_eq!(verify(store, Some(noted)).await.unwrap().fault, Some(Fault::NotAsNoted { number: 3 }));
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
