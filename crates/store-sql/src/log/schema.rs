//! The tables of `log.db`, and how its connections are opened.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use studyhall_wire::{Epoch, Seq, StreamId};

/// Kept in `PRAGMA user_version`. A file with a greater one was written by a newer program and is refused.
const VERSION: i64 = 2;

/// Each event is one row: of `messages` if it is a `message.created`, else of `events`. Both are keyed by
/// [`StreamNo::id`], so a stream's rows lie side by side in the order of their seqs, a page of messages is one range of
/// dense rows however many reactions were given in between, and no index on `(stream, seq)` has to be kept.
///
/// The row of a message is the message as it stands now; what later events change in it, they change in their own
/// transaction. Short columns come first, so that counting unread messages never follows a long text's overflow pages.
const TABLES: &str = "
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO meta VALUES ('epoch', 1);

CREATE TABLE streams (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,              -- streams.no << 32 | seq
    author BLOB NOT NULL,
    created_at INTEGER NOT NULL,         -- milliseconds since 1970, like every time here
    at INTEGER,                          -- of the event, where it differs
    edited_at INTEGER,
    deleted_at INTEGER,
    pinned INTEGER NOT NULL DEFAULT 0,
    mentions_everyone INTEGER NOT NULL,
    reply_to INTEGER,
    fingerprint INTEGER,
    mentions TEXT,                       -- JSON, NULL for none
    client_id TEXT NOT NULL,
    attachments TEXT,                    -- JSON, NULL for none
    text TEXT NOT NULL
) STRICT;
CREATE INDEX messages_pinned ON messages (id) WHERE pinned = 1;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,              -- streams.no << 32 | seq
    at INTEGER NOT NULL,
    actor BLOB,
    kind TEXT NOT NULL,
    inbox INTEGER NOT NULL,              -- 1: data holds ids, and is filled in when sent
    system INTEGER NOT NULL,             -- 1: shown between messages
    target INTEGER,                      -- the seq of the message that it concerns
    client_id TEXT,
    fingerprint INTEGER,
    data TEXT NOT NULL                   -- JSON, without a message's text and mentions: these stand in its row
) STRICT;
CREATE INDEX events_system ON events (id) WHERE system = 1;

CREATE TABLE reactions (
    message INTEGER NOT NULL,            -- messages.id
    emoji TEXT NOT NULL,
    user BLOB NOT NULL,
    at_seq INTEGER NOT NULL,
    PRIMARY KEY (message, emoji, user)
) WITHOUT ROWID, STRICT;
";

/// Since version 2 the `client_id` comes first. Clients make it of the time (UUID version 7), so the new keys of all
/// conversations lie side by side at the end: a commit writes a few pages of them instead of one per conversation.
const KEYS: &str = "
CREATE TABLE idempotency_keys (
    client_id ANY NOT NULL,              -- the 16 bytes of a UUID, else the text: see ClientId
    stream INTEGER NOT NULL,             -- streams.no
    actor BLOB NOT NULL,                 -- empty for none
    seq INTEGER NOT NULL,
    PRIMARY KEY (client_id, stream, actor)
) WITHOUT ROWID, STRICT;
";

/// Takes over the keys of version 1, all of which were texts.
const KEYS_FROM_1: &str = "
INSERT INTO idempotency_keys
SELECT CASE WHEN client_id GLOB '????????-????-????-????-????????????' AND client_id = lower(client_id)
            THEN coalesce(unhex(client_id, '-'), client_id) ELSE client_id END, stream, actor, seq FROM keys_1;
DROP TABLE keys_1;
";

/// Seqs take the lower 32 bits of a row's id; four thousand million events are more than a conversation has.
pub(super) const SEQ_BITS: u32 = 32;
pub(super) const SEQ_MAX: Seq = (1 << SEQ_BITS) - 1;

/// A stream's number in this file: what makes `(stream, seq)` one integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamNo(pub i64);

impl StreamNo {
    /// The id of the row of `seq`. What lies outside of `0..=SEQ_MAX` stands for the nearest bound, so that a range
    /// never reaches into another stream.
    pub fn id(self, seq: Seq) -> i64 {
        (self.0 << SEQ_BITS) | seq.clamp(0, SEQ_MAX)
    }

    /// Looks a stream up; none where it has no events.
    pub fn find(connection: &Connection, stream: StreamId) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached("SELECT no FROM streams WHERE id = ?1")?
            .query_row([stream.0.as_bytes().as_slice()], |row| row.get(0))
            .optional()
            .map(|no| no.map(Self))
    }

    /// The seq of the stream's last event, 0 where there is none: one seek in each table.
    pub fn head(self, connection: &Connection) -> rusqlite::Result<Seq> {
        connection
            .prepare_cached(
                "SELECT max(
                    coalesce((SELECT id FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1), ?1),
                    coalesce((SELECT id FROM events WHERE id > ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1), ?1))",
            )?
            .query_row([self.id(0), self.id(SEQ_MAX)], |row| row.get(0).map(seq_of))
    }
}

/// The seq in a row's id.
pub(super) fn seq_of(id: i64) -> Seq {
    id & SEQ_MAX
}

/// The connection that writes: WAL, every commit synced to the disk before it is acknowledged. Who writes sees to
/// checkpoints, since a commit that did would answer late.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -4096;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    create(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}

fn create(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    match transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? {
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.execute_batch(KEYS)?;
        }
        1 => {
            transaction.execute_batch("ALTER TABLE idempotency_keys RENAME TO keys_1")?;
            transaction.execute_batch(KEYS)?;
            transaction.execute_batch(KEYS_FROM_1)?;
        }
        VERSION => return Ok(()),
        other => return Err(newer(other)),
    }
    transaction.pragma_update(None, "user_version", VERSION)
}

fn newer(version: i64) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(
        format!("log.db has version {version}, this program knows version {VERSION}: start the newer program").into(),
    )
}

/// Fails where a newer program wrote the file, which only who opens it for writing finds out otherwise.
pub(super) fn check_version(connection: &Connection) -> rusqlite::Result<()> {
    match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
        known if known <= VERSION => Ok(()),
        other => Err(newer(other)),
    }
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch("PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

pub(super) fn epoch(connection: &Connection) -> rusqlite::Result<Epoch> {
    connection.query_row("SELECT value FROM meta WHERE name = 'epoch'", [], |row| row.get(0))
}

/// Empties every table and sets the epoch, in one transaction.
pub(super) fn start_over(connection: &mut Connection, epoch: Epoch) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DELETE FROM reactions; DELETE FROM idempotency_keys; DELETE FROM events; DELETE FROM messages;
         DELETE FROM streams;",
    )?;
    transaction.execute("UPDATE meta SET value = ?1 WHERE name = 'epoch'", [epoch])?;
    transaction.commit()
}
