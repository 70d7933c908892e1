//! Writing the index: everything here runs within one transaction of the indexer.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use studyhall_domain::search_text::{Words, keys};
use studyhall_wire::{Seq, StreamId};

use super::document::{self, Document};
use crate::log::{
    failure::Outcome,
    schema::{SEQ_MAX, StreamNo},
};

/// Takes over what `stream` has after what is indexed, up to about `limit` events. Returns how many were taken, and
/// whether that was all.
pub(super) fn follow(index: &Connection, log: &Connection, stream: StreamId, limit: Seq) -> Outcome<(Seq, bool)> {
    let Some((log_no, head)) = document::stream_in_log(log, stream)? else { return forget(index, stream, limit) };
    let (no, indexed) = match document::progress(index, stream)? {
        Some(known) => known,
        None => (StreamNo(register(index, stream)?), 0),
    };
    if indexed >= head {
        return Ok((0, true));
    }
    let span = (indexed + 1, head.min(indexed + limit));
    let mut scratch = String::new();
    document::visit(log, log_no, span, |message| add(index, no, message, None, &mut scratch))?;
    // Those within the span were just added with their present text.
    for seq in document::changed_before(log, log_no, span)? {
        document::visit_one(log, log_no, seq, |message| replace(index, no, message, &mut scratch))?;
    }
    index.prepare_cached("UPDATE streams SET indexed = ?2 WHERE no = ?1")?.execute([no.0, span.1])?;
    Ok((span.1 - indexed, span.1 == head))
}

/// Takes an erased stream's messages out, at most `limit` of them.
fn forget(index: &Connection, stream: StreamId, limit: Seq) -> Outcome<(Seq, bool)> {
    let Some((no, _)) = document::progress(index, stream)? else { return Ok((0, true)) };
    let positions: Vec<i64> = index
        .prepare_cached("SELECT position FROM documents WHERE place BETWEEN ?1 AND ?2 LIMIT ?3")?
        .query_map([no.id(0), no.id(SEQ_MAX), limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for position in &positions {
        index.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([position])?;
        index.prepare_cached("DELETE FROM documents WHERE position = ?1")?.execute([position])?;
    }
    let taken = Seq::try_from(positions.len()).unwrap_or(limit);
    if taken < limit {
        index.prepare_cached("DELETE FROM streams WHERE no = ?1")?.execute([no.0])?;
    }
    Ok((taken, taken < limit))
}

/// Empties the index.
pub(super) fn clear(index: &mut Connection) -> rusqlite::Result<()> {
    let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "INSERT INTO words (words) VALUES ('delete-all'); DELETE FROM documents; DELETE FROM streams;",
    )?;
    transaction.commit()
}

fn register(index: &Connection, stream: StreamId) -> rusqlite::Result<i64> {
    index.prepare_cached("INSERT INTO streams (id, indexed) VALUES (?1, 0)")?.insert([stream.0.as_bytes().as_slice()])
}

fn add(
    index: &Connection,
    no: StreamNo,
    message: &Document<'_>,
    position: Option<i64>,
    scratch: &mut String,
) -> rusqlite::Result<()> {
    scratch.clear();
    for word in Words::of(message.text).iter() {
        for key in keys(word) {
            scratch.push_str(key);
            scratch.push(' ');
        }
    }
    if scratch.is_empty() {
        return Ok(());
    }
    let position = match position {
        Some(position) => position,
        None => free_position(index, message.position())?,
    };
    index
        .prepare_cached("INSERT INTO documents (position, place) VALUES (?1, ?2)")?
        .execute([position, no.id(message.seq)])?;
    let owner = format!("{} {}", stream_token(no), author_token(message.author.0));
    index.prepare_cached("INSERT INTO words (rowid, text, owner) VALUES (?1, ?2, ?3)")?.execute(params![
        position,
        scratch.as_str(),
        owner
    ])?;
    Ok(())
}

/// An edited message keeps its position; a deleted one goes.
fn replace(index: &Connection, no: StreamNo, message: &Document<'_>, scratch: &mut String) -> rusqlite::Result<()> {
    let position: Option<i64> = index
        .prepare_cached("DELETE FROM documents WHERE place = ?1 RETURNING position")?
        .query_row([no.id(message.seq)], |row| row.get(0))
        .optional()?;
    if let Some(position) = position {
        index.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([position])?;
    }
    add(index, no, message, position, scratch)
}

/// `wanted`, or the next free position after it: looked for in windows that double, so that a million messages of one
/// millisecond (an import) cost a few seeks each.
fn free_position(index: &Connection, wanted: i64) -> rusqlite::Result<i64> {
    let mut last_in = index.prepare_cached(
        "SELECT position FROM documents WHERE position >= ?1 AND position < ?2 ORDER BY position DESC LIMIT 1",
    )?;
    let mut window = 1;
    loop {
        let end = wanted.saturating_add(window);
        let taken: Option<i64> = last_in.query_row([wanted, end], |row| row.get(0)).optional()?;
        match taken {
            None => return Ok(wanted),
            Some(last) if last + 1 < end => return Ok(last + 1),
            Some(_) => window *= 2,
        }
    }
}

/// What stands for a stream in `owner`.
pub(super) fn stream_token(no: StreamNo) -> String {
    format!("s{}", no.0)
}

/// What stands for an author in `owner`.
pub(super) fn author_token(author: uuid::Uuid) -> String {
    format!("a{}", author.simple())
}
