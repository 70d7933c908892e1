//! What an operator does on the command line, and how the audit log tells of it.

use std::{path::Path, process::Output};

use crate::process;

fn studyhall(dir: &Path, arguments: &[&str]) -> Output {
    process::studyhall().args(arguments).arg("--data-dir").arg(dir).output().expect("the binary runs")
}

/// What a command that succeeds says.
#[track_caller]
fn says(dir: &Path, arguments: &[&str]) -> String {
    let output = studyhall(dir, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a command that fails says.
#[track_caller]
fn fails(dir: &Path, arguments: &[&str]) -> String {
    let output = studyhall(dir, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

fn sql(dir: &Path, statements: &str) {
    let database = rusqlite::Connection::open(dir.join("studyhall.db")).expect("the database");
    database.execute_batch(statements).expect("the statements run");
}

#[test]
fn the_audit_log_tells_of_operators_and_of_whoever_changes_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    says(dir, &["user", "create", "rosa", "--role", "superuser"]);
    says(dir, &["user", "create", "anna"]);
    says(dir, &["user", "set-role", "anna", "moderator"]);
    says(dir, &["user", "reset-password", "anna"]);
    let refused = fails(dir, &["user", "set-role", "rosa", "user"]);
    assert!(refused.contains("superuser"), "{refused}");
    let whole = says(dir, &["audit", "verify"]);
    let end = whole.lines().next().and_then(|line| line.rsplit(' ').next()).expect("an end").to_owned();
    assert!(end.starts_with("4:"), "{whole}");
    says(dir, &["user", "set-role", "anna", "user"]);
    says(dir, &["audit", "verify", "--noted", &end]);

    // Who cuts off the end and its head is found by what was noted; who changes an entry, by the entry itself.
    sql(dir, "DROP TRIGGER audit_log_keeps_entries; DROP TRIGGER audit_log_loses_none");
    sql(
        dir,
        "DELETE FROM audit_log WHERE number > 3; \
         UPDATE audit_head SET number = 3, hash = (SELECT hash FROM audit_log WHERE number = 3)",
    );
    says(dir, &["audit", "verify"]);
    let cut = fails(dir, &["audit", "verify", "--noted", &end]);
    assert!(cut.contains("entry 4"), "{cut}");
    sql(dir, "UPDATE audit_log SET outcome = 'denied' WHERE number = 2");
    let changed = fails(dir, &["audit", "verify"]);
    assert!(changed.contains("entry 2 was changed"), "{changed}");
    let nonsense = fails(dir, &["audit", "verify", "--noted", "the end"]);
    assert!(nonsense.contains("NUMBER:HASH"), "{nonsense}");
}
