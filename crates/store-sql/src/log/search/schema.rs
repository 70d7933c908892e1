//! The tables of `search.db`. All of it is derived from the log: a file that is missing, damaged, of another version or
//! of another epoch is made anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use studyhall_wire::Epoch;

const VERSION: i64 = 1;

/// `words` keeps no text, only its keys, made by [`studyhall_domain::search_text`]: the tokenizer splits at blanks
/// and leaves everything else as it is. Its rowid is the message's position, so that FTS5 itself gives newest first.
/// `owner` has a token for the stream and one for the author.
const TABLES: &str = "
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE streams (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    indexed INTEGER NOT NULL             -- the last seq that is in the index
) STRICT;

CREATE TABLE documents (
    position INTEGER PRIMARY KEY,        -- by time, see Position
    place INTEGER NOT NULL UNIQUE        -- streams.no << 32 | seq
) STRICT;

CREATE VIRTUAL TABLE words USING fts5(text, owner, content = '', contentless_delete = 1, tokenize = 'ascii');
";

/// The connection of the indexer. What was made of another epoch of the log is dropped.
pub(super) fn open_writer(path: &Path, epoch: Epoch) -> rusqlite::Result<Connection> {
    match try_open(path, epoch) {
        Ok(Some(connection)) => Ok(connection),
        Err(error) if !is_damage(&error) => Err(error),
        stale => {
            if let Err(error) = stale {
                tracing::warn!(%error, "the search index is damaged and will be made anew");
            }
            remove(path).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            try_open(path, epoch)?.ok_or(rusqlite::Error::InvalidQuery)
        }
    }
}

/// None where the file is of another version or epoch.
fn try_open(path: &Path, epoch: Epoch) -> rusqlite::Result<Option<Connection>> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -2048;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLES)?;
        transaction.execute("INSERT INTO meta VALUES ('epoch', ?1)", [epoch])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    } else if version != VERSION
        || connection.query_row("SELECT value FROM meta WHERE name = 'epoch'", [], |row| row.get::<_, Epoch>(0))?
            != epoch
    {
        return Ok(None);
    }
    Ok(Some(connection))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch("PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}
