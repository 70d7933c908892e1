//! What the index takes from the log: messages with their present text, and which of them changed.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row};
use studyhall_wire::{Seq, UserId};

use crate::log::{
    failure::Outcome,
    row,
    schema::{StreamNo, seq_of},
};

/// Bits of a position below the millisecond.
const POSITION_BITS: u32 = 10;

/// A message as the index sees it.
pub(super) struct Document<'a> {
    pub seq: Seq,
    pub author: UserId,
    pub created_at: i64,
    /// Empty once deleted.
    pub text: &'a str,
}

impl Document<'_> {
    /// Where the message stands among all others: by the millisecond in which it was made, then by seq. Two messages of
    /// one millisecond in different streams can have the same; the index then gives the later one the next free one.
    pub fn position(&self) -> i64 {
        first_position(self.created_at) | (self.seq & ((1 << POSITION_BITS) - 1))
    }

    fn of<'a>(row: &'a Row<'_>) -> Outcome<Document<'a>> {
        Ok(Document {
            seq: seq_of(row.get(0)?),
            author: row::uuid(row, 1)?.into(),
            created_at: row.get(2)?,
            text: row.get_ref(3)?.as_str()?,
        })
    }
}

fn first_position(created_at: i64) -> i64 {
    created_at.clamp(0, i64::MAX >> POSITION_BITS) << POSITION_BITS
}

/// Visits the messages of `from ..= to`, newest first, until `visit` says `false`.
pub(super) fn visit_newest_first(
    log: &Connection,
    no: StreamNo,
    (from, to): (Seq, Seq),
    mut visit: impl FnMut(&Document<'_>) -> bool,
) -> Outcome<()> {
    let mut statement = log.prepare_cached(
        "SELECT id, author, created_at, text FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    )?;
    let mut rows = statement.query([no.id(from), no.id(to)])?;
    while let Some(row) = rows.next()? {
        if !visit(&Document::of(row)?) {
            break;
        }
    }
    Ok(())
}

/// Visits the messages of `from ..= to`, oldest first.
pub(super) fn visit(
    log: &Connection,
    no: StreamNo,
    (from, to): (Seq, Seq),
    mut visit: impl FnMut(&Document<'_>) -> rusqlite::Result<()>,
) -> Outcome<()> {
    let mut statement =
        log.prepare_cached("SELECT id, author, created_at, text FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = statement.query([no.id(from), no.id(to)])?;
    while let Some(row) = rows.next()? {
        visit(&Document::of(row)?)?;
    }
    Ok(())
}

/// Visits one message.
pub(super) fn visit_one<T>(
    log: &Connection,
    no: StreamNo,
    seq: Seq,
    visit: impl FnOnce(&Document<'_>) -> rusqlite::Result<T>,
) -> Outcome<Option<T>> {
    let mut statement = log.prepare_cached("SELECT id, author, created_at, text FROM messages WHERE id = ?1")?;
    let mut rows = statement.query([no.id(seq)])?;
    Ok(match rows.next()? {
        Some(row) => Some(visit(&Document::of(row)?)?),
        None => None,
    })
}

/// The messages before `from` that the events of `from ..= to` edited or deleted.
pub(super) fn changed_before(log: &Connection, no: StreamNo, (from, to): (Seq, Seq)) -> Outcome<BTreeSet<Seq>> {
    let mut statement = log.prepare_cached(
        "SELECT DISTINCT target FROM events
         WHERE id BETWEEN ?1 AND ?2 AND target < ?3 AND kind IN ('message.edited', 'message.deleted')",
    )?;
    let seqs = statement.query_map([no.id(from), no.id(to), from], |row| row.get(0))?;
    Ok(seqs.collect::<rusqlite::Result<_>>()?)
}

/// The stream's number in the log and its head; none where it has no events.
pub(super) fn stream_in_log(log: &Connection, stream: studyhall_wire::StreamId) -> Outcome<Option<(StreamNo, Seq)>> {
    Ok(match StreamNo::find(log, stream)? {
        Some(no) => Some((no, no.head(log)?)),
        None => None,
    })
}

/// How far the index is with a stream: its number there, and the last seq that it has.
pub(super) fn progress(
    index: &Connection,
    stream: studyhall_wire::StreamId,
) -> rusqlite::Result<Option<(StreamNo, Seq)>> {
    index
        .prepare_cached("SELECT no, indexed FROM streams WHERE id = ?1")?
        .query_row([stream.0.as_bytes().as_slice()], |row| Ok((StreamNo(row.get(0)?), row.get(1)?)))
        .optional()
}

/// Streams of the index that the log does not have any more.
pub(super) fn not_in_log(index: &Connection, log: &Connection) -> Outcome<Vec<studyhall_wire::StreamId>> {
    let mut statement = index.prepare_cached("SELECT id FROM streams")?;
    let mut rows = statement.query([])?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next()? {
        let stream = row::uuid(row, 0)?.into();
        if StreamNo::find(log, stream)?.is_none() {
            gone.push(stream);
        }
    }
    Ok(gone)
}
