//! The state of a conversation in one hash, streamed: it takes as much memory for a million messages as for one.

use rusqlite::{Connection, Row, Rows};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use studyhall_wire::{Digest, Seq, StreamId, UserId};

use super::{
    failure::Outcome,
    row,
    schema::{SEQ_MAX, StreamNo, seq_of},
};

/// The lines are hashed in pieces of about this many bytes.
const CHUNK: usize = 16 * 1024;

/// One line of the digest.
#[derive(Serialize)]
struct Line<'a>(Seq, UserId, &'a str, bool, bool, bool, &'a [(String, UserId)]);

/// SHA-256 over one JSON array per message, as API.md's "Digest" says, within one snapshot.
pub(super) fn digest(connection: &Connection, stream: StreamId) -> Outcome<Digest> {
    let mut hash = Sha256::new();
    let mut at = 0;
    if let Some(no) = StreamNo::find(connection, stream)? {
        at = no.head(connection)?;
        hash_lines(connection, no, &mut hash)?;
    }
    Ok(Digest { at, sha256: hex::encode(hash.finalize()) })
}

fn hash_lines(connection: &Connection, no: StreamNo, hash: &mut Sha256) -> Outcome<()> {
    let range = [no.id(1), no.id(SEQ_MAX)];
    let mut messages = connection.prepare_cached(
        "SELECT id, author, edited_at IS NOT NULL AND deleted_at IS NULL, deleted_at IS NOT NULL, pinned, text
         FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let mut messages = messages.query(range)?;
    // In the order of the table's key: the bytes of the emoji, then those of the user, which order like its text.
    let mut reactions = connection.prepare_cached(
        "SELECT message, emoji, user FROM reactions WHERE message BETWEEN ?1 AND ?2 ORDER BY message, emoji, user",
    )?;
    let mut reactions = Reactions { rows: reactions.query(range)?, next: None };
    reactions.advance()?;
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut pairs = Vec::new();
    while let Some(row) = messages.next()? {
        let id = row.get(0)?;
        reactions.take(id, &mut pairs)?;
        write_line(&mut buffer, row, &pairs)?;
        if buffer.len() >= CHUNK {
            hash.update(&buffer);
            buffer.clear();
        }
    }
    hash.update(&buffer);
    Ok(())
}

fn write_line(buffer: &mut Vec<u8>, row: &Row<'_>, reactions: &[(String, UserId)]) -> Outcome<()> {
    let text = row.get_ref(5)?.as_str()?;
    let author = row::uuid(row, 1)?.into();
    let line = Line(seq_of(row.get(0)?), author, text, row.get(2)?, row.get(3)?, row.get(4)?, reactions);
    serde_json::to_writer(&mut *buffer, &line)?;
    buffer.extend_from_slice(b"\n");
    Ok(())
}

/// The stream's reactions, read along with its messages.
struct Reactions<'a> {
    rows: Rows<'a>,
    next: Option<(i64, String, UserId)>,
}

impl Reactions<'_> {
    fn advance(&mut self) -> Outcome<()> {
        self.next = match self.rows.next()? {
            Some(row) => Some((row.get(0)?, row.get(1)?, row::uuid(row, 2)?.into())),
            None => None,
        };
        Ok(())
    }

    /// Those of one message. Messages ascend, so what came before it belongs to none and is left out.
    fn take(&mut self, message: i64, pairs: &mut Vec<(String, UserId)>) -> Outcome<()> {
        pairs.clear();
        while self.next.as_ref().is_some_and(|(of, ..)| *of <= message) {
            if let Some((of, emoji, user)) = self.next.take()
                && of == message
            {
                pairs.push((emoji, user));
            }
            self.advance()?;
        }
        Ok(())
    }
}
