//! One batch within the writer's transaction: its rows, and their fold into the messages that they concern.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, params};
use studyhall_wire::{Seq, StreamId};

use super::{
    row::{ClientId, Fold, NewBody, NewEvent, NewMessage, NewRow, Rows},
    schema::StreamNo,
};

/// Entries in [`Heads`]: about a megabyte. When it is full it is emptied, and filled again by seeks.
const HEADS: usize = 16 * 1024;

/// What the writer knows of streams, the running transaction included. Must be emptied when that is rolled back.
#[derive(Default)]
pub(super) struct Heads(HashMap<StreamId, (StreamNo, Seq)>);

impl Heads {
    fn get(&mut self, connection: &Connection, stream: StreamId) -> rusqlite::Result<Option<(StreamNo, Seq)>> {
        if let Some(known) = self.0.get(&stream) {
            return Ok(Some(*known));
        }
        let Some(no) = StreamNo::find(connection, stream)? else { return Ok(None) };
        let head = no.head(connection)?;
        self.set(stream, no, head);
        Ok(Some((no, head)))
    }

    fn set(&mut self, stream: StreamId, no: StreamNo, head: Seq) {
        if self.0.len() >= HEADS {
            self.0.clear();
        }
        self.0.insert(stream, (no, head));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Written,
    /// The head is another one, or a key is there already. Nothing of the batch was written.
    Conflict,
}

/// Writes one batch. A conflict leaves nothing behind, so that it costs the batches beside it nothing: the head is
/// compared before anything is written, and keys, the only thing that can be there already, come first.
pub(super) fn apply(connection: &Connection, heads: &mut Heads, batch: &Rows) -> rusqlite::Result<Applied> {
    let known = heads.get(connection, batch.stream)?;
    if known.map_or(0, |(_, head)| head) != batch.after {
        return Ok(Applied::Conflict);
    }
    let no = match known {
        Some((no, _)) => no,
        None => StreamNo(
            connection.prepare_cached("INSERT INTO streams (id) VALUES (?1)")?.insert([batch
                .stream
                .0
                .as_bytes()
                .as_slice()])?,
        ),
    };
    if !insert_keys(connection, no, batch)? {
        heads.set(batch.stream, no, batch.after);
        return Ok(Applied::Conflict);
    }
    let mut messages = connection.prepare_cached(MESSAGE)?;
    let mut seq = batch.after;
    for row in &batch.rows {
        seq += 1;
        match &row.body {
            NewBody::Message(message) => insert_message(&mut messages, no.id(seq), row, message)?,
            NewBody::Event(event) => insert_event(connection, no, seq, row, event)?,
        }
    }
    heads.set(batch.stream, no, seq);
    Ok(Applied::Written)
}

/// False if one of the batch's keys is there already; then none of them was kept.
fn insert_keys(connection: &Connection, no: StreamNo, batch: &Rows) -> rusqlite::Result<bool> {
    let keyed = || (batch.after + 1..).zip(&batch.rows).filter_map(|(seq, row)| Some((seq, row, row.key()?)));
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO idempotency_keys VALUES (?1, ?2, ?3, ?4)")?;
    for (nth, (seq, row, key)) in keyed().enumerate() {
        if insert.execute((ClientId::from(&*key.client_id), no.0, row.actor().unwrap_or_default(), seq))? == 0 {
            let mut delete = connection
                .prepare_cached("DELETE FROM idempotency_keys WHERE client_id = ?1 AND stream = ?2 AND actor = ?3")?;
            for (_, row, key) in keyed().take(nth) {
                delete.execute((ClientId::from(&*key.client_id), no.0, row.actor().unwrap_or_default()))?;
            }
            return Ok(false);
        }
    }
    Ok(true)
}

const MESSAGE: &str = "
INSERT INTO messages (id, author, created_at, at, mentions_everyone, reply_to, fingerprint, mentions, client_id,
    attachments, text)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

fn insert_message(
    insert: &mut CachedStatement<'_>,
    id: i64,
    row: &NewRow,
    NewMessage { message, mentions, attachments }: &NewMessage,
) -> rusqlite::Result<()> {
    let created_at = message.created_at.as_millis();
    insert.execute((
        id,
        row.actor(),
        created_at,
        (row.at() != created_at).then_some(row.at()),
        message.mentions_everyone,
        message.reply_to,
        row.fingerprint(),
        mentions,
        &message.client_id,
        attachments,
        &message.text,
    ))?;
    Ok(())
}

fn insert_event(
    connection: &Connection,
    no: StreamNo,
    seq: Seq,
    row: &NewRow,
    NewEvent { kind, inbox, system, target, data, fold }: &NewEvent,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO events (id, at, actor, kind, inbox, system, target, client_id, fingerprint, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            no.id(seq),
            row.at(),
            row.actor(),
            &**kind,
            inbox,
            system,
            target,
            row.key().map(|key| &*key.client_id),
            row.fingerprint(),
            data,
        ])?;
    match target {
        Some(target) => apply_fold(connection, no.id(*target), seq, fold),
        None => Ok(()),
    }
}

/// Deletion is final, a repeat changes nothing, the last edit wins. What concerns no message changes nothing either.
fn apply_fold(connection: &Connection, message: i64, seq: Seq, fold: &Fold) -> rusqlite::Result<()> {
    let run = |sql, params: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(params).map(drop);
    match fold {
        Fold::Nothing => Ok(()),
        Fold::Edit { text, mentions, mentions_everyone, edited_at } => run(
            "UPDATE messages SET text = ?2, mentions = ?3, mentions_everyone = ?4, edited_at = ?5
             WHERE id = ?1 AND deleted_at IS NULL",
            params![message, text, mentions, mentions_everyone, edited_at],
        ),
        Fold::Delete { deleted_at } => {
            run(
                "UPDATE messages SET deleted_at = ?2, text = '', mentions = NULL, mentions_everyone = 0,
                    attachments = NULL, pinned = 0
                 WHERE id = ?1 AND deleted_at IS NULL",
                params![message, deleted_at],
            )?;
            run("DELETE FROM reactions WHERE message = ?1", params![message])
        }
        Fold::React { emoji, user } => run(
            "INSERT OR IGNORE INTO reactions (message, emoji, user, at_seq)
             SELECT id, ?2, ?3, ?4 FROM messages WHERE id = ?1 AND deleted_at IS NULL",
            params![message, emoji, user.as_bytes().as_slice(), seq],
        ),
        Fold::Unreact { emoji, user } => run(
            "DELETE FROM reactions WHERE message = ?1 AND emoji = ?2 AND user = ?3",
            params![message, emoji, user.as_bytes().as_slice()],
        ),
        Fold::Pin(pinned) => run(
            "UPDATE messages SET pinned = ?2 WHERE id = ?1 AND deleted_at IS NULL AND pinned <> ?2",
            params![message, pinned],
        ),
    }
}
