//! What can go wrong inside a transaction, and what the domain is told about it.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};
use studyhall_domain::Error;

use super::DEPENDENCY;

/// The result of a step inside a transaction.
pub(super) type Outcome<T> = Result<T, Failure>;

/// Why a transaction is rolled back.
#[derive(Debug)]
pub(super) enum Failure {
    /// By a rule: the caller is told as it is.
    Rule(Error),
    /// By the database.
    Query(QueryError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl Failure {
    /// Whether the same transaction may succeed when it is tried again: it met another one on PostgreSQL (SQLSTATE
    /// 40001 and 40P01). On SQLite writers wait for one another instead.
    pub(super) fn is_conflict(&self) -> bool {
        match self {
            Self::Query(QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Self::Query(QueryError::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                info.message() == "deadlock detected"
            }
            Self::Rule(_) | Self::Query(_) => false,
        }
    }

    /// Whether this is a value that is taken already, in `column`.
    pub(super) fn is_taken(error: &QueryError, column: &str) -> bool {
        let QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else { return false };
        // PostgreSQL names the constraint, `table_column_key`; SQLite has `table.column` in its message.
        info.constraint_name().map_or_else(|| info.message().contains(column), |name| name.contains(column))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let conflict = failure.is_conflict();
        match failure {
            Failure::Rule(error) => error,
            Failure::Query(error) if conflict || is_passing(&error) => Self::unavailable(DEPENDENCY, error),
            Failure::Query(error) => Self::internal(error),
        }
    }
}

/// Whether the database, and not the query, is what failed: unreachable, busy for too long, full or broken.
fn is_passing(error: &QueryError) -> bool {
    match error {
        QueryError::BrokenTransactionManager => true,
        QueryError::DatabaseError(kind, info) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            DatabaseErrorKind::Unknown => says_passing(info.as_ref()),
            _ => false,
        },
        _ => false,
    }
}

/// Diesel gives neither SQLite's result codes nor SQLSTATEs, so these are their messages: of `SQLITE_BUSY`,
/// `SQLITE_FULL`, `SQLITE_IOERR`, `SQLITE_CANTOPEN`, `SQLITE_READONLY`, `SQLITE_PROTOCOL`, `SQLITE_NOMEM`; and of PostgreSQL's
/// classes 53 (insufficient resources), 57 (shutdown, and what took too long), 55P03 and 25006.
fn says_passing(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> bool {
    const MESSAGES: [&str; 14] = [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "attempt to write a readonly database",
        "locking protocol",
        "out of memory",
        "No space left on device",
        "too many clients already",
        "remaining connection slots are reserved",
        "terminating connection",
        "canceling statement due to",
        "the database system is",
        "read-only transaction",
    ];
    MESSAGES.iter().any(|message| info.message().contains(message))
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
    use tempfile::TempDir;

    use super::*;

    fn open(dir: &TempDir) -> SqliteConnection {
        SqliteConnection::establish(dir.path().join("db").to_str().unwrap()).unwrap()
    }

    fn fails(conn: &mut SqliteConnection, sql: &str) -> Error {
        Error::from(Failure::from(conn.batch_execute(sql).unwrap_err()))
    }

    fn is_unavailable(error: &Error) -> bool {
        matches!(error, Error::Unavailable { dependency: DEPENDENCY, .. })
    }

    #[test]
    fn what_passes_is_told_from_defects() {
        let dir = TempDir::new().unwrap();
        let (mut one, mut two) = (open(&dir), open(&dir));
        one.batch_execute("CREATE TABLE t (x TEXT NOT NULL UNIQUE); PRAGMA max_page_count = 4;").unwrap();

        let full = fails(&mut one, "INSERT INTO t VALUES (randomblob(100000))");
        assert!(is_unavailable(&full), "{full}");
        one.batch_execute("BEGIN IMMEDIATE").unwrap();
        let busy = fails(&mut two, "BEGIN IMMEDIATE");
        assert!(is_unavailable(&busy), "{busy}");
        one.batch_execute("ROLLBACK; PRAGMA query_only = ON").unwrap();
        let read_only = fails(&mut one, "INSERT INTO t VALUES ('x')");
        assert!(is_unavailable(&read_only), "{read_only}");

        let wrong = fails(&mut two, "SELECT nothing FROM nowhere");
        assert!(matches!(wrong, Error::Internal(_)), "{wrong}");
        two.batch_execute("INSERT INTO t VALUES ('x')").unwrap();
        let twice = two.batch_execute("INSERT INTO t VALUES ('x')").unwrap_err();
        assert!(Failure::is_taken(&twice, "x") && !Failure::is_taken(&twice, "username"));
    }
}
