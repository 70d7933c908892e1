//! The end of a stream: its rows go in pieces, each in a transaction of its own, so that no send waits for a long one.

use rusqlite::{Connection, params};
use studyhall_wire::StreamId;

use super::schema::{SEQ_MAX, StreamNo};

/// Rows of each table in one transaction.
const PIECE: u32 = 500;

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erased {
    /// There is more: call again.
    Some,
    All,
}

/// Deletes one piece, the oldest events first: as long as there is a later one, the stream's head stays where it is.
pub(super) fn erase(connection: &Connection, stream: StreamId) -> rusqlite::Result<Erased> {
    let Some(no) = StreamNo::find(connection, stream)? else { return Ok(Erased::All) };
    let (first, last) = (no.id(0), no.id(SEQ_MAX));
    let keys = "DELETE FROM idempotency_keys WHERE (stream, actor, client_id) IN
        (SELECT stream, actor, client_id FROM idempotency_keys WHERE stream = ?1 LIMIT ?2)";
    let mut rows = connection.prepare_cached(keys)?.execute(params![no.0, PIECE])?;
    let reactions = "DELETE FROM reactions WHERE (message, emoji, user) IN
        (SELECT message, emoji, user FROM reactions WHERE message BETWEEN ?1 AND ?2 LIMIT ?3)";
    rows = rows.max(connection.prepare_cached(reactions)?.execute(params![first, last, PIECE])?);
    for table in ["messages", "events"] {
        let rows_of = format!(
            "DELETE FROM {table} WHERE id IN
                (SELECT id FROM {table} WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)"
        );
        rows = rows.max(connection.prepare_cached(&rows_of)?.execute(params![first, last, PIECE])?);
    }
    if rows == PIECE as usize {
        return Ok(Erased::Some);
    }
    connection.prepare_cached("DELETE FROM streams WHERE no = ?1")?.execute([no.0])?;
    Ok(Erased::All)
}
