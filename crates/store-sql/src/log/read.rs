//! Reads of a few rows: events, messages, keys, heads. Each function runs within one snapshot.

use rusqlite::{Connection, OptionalExtension, params};
use studyhall_domain::ports::{IdempotencyKey, Known, LogEvent, Overview};
use studyhall_wire::{Message, Reaction, Seq, StreamId, UserId, limits::UNREAD_MAX};
use uuid::Uuid;

use super::{
    failure::Outcome,
    row::{self, ClientId, event_columns, message_columns},
    schema::{SEQ_MAX, StreamNo, seq_of},
};

/// Where one event is as good as the next, pages end here whatever was asked for.
const EVENTS_MAX: u32 = 10_000;

pub(super) fn head(connection: &Connection, stream: StreamId) -> Outcome<Seq> {
    Ok(match StreamNo::find(connection, stream)? {
        Some(no) => no.head(connection)?,
        None => 0,
    })
}

/// Seqs have no holes, so the two tables' rows of `after + 1 ..= after + limit` are the events asked for.
pub(super) fn events(connection: &Connection, stream: StreamId, after: Seq, limit: u32) -> Outcome<Vec<LogEvent>> {
    let Some(no) = StreamNo::find(connection, stream)? else { return Ok(Vec::new()) };
    let after = after.clamp(0, SEQ_MAX);
    let range = [no.id(after), no.id(after + i64::from(limit.min(EVENTS_MAX)))];
    let mut events = Vec::new();
    let mut created = connection.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id"
    ))?;
    let mut rows = created.query(range)?;
    while let Some(row) = rows.next()? {
        events.push(row::created(stream, row)?);
    }
    let messages = events.len();
    let mut others = connection.prepare_cached(concat!(
        "SELECT ",
        event_columns!(),
        " FROM events WHERE id > ?1 AND id <= ?2 ORDER BY id"
    ))?;
    let mut rows = others.query(range)?;
    while let Some(row) = rows.next()? {
        events.push(row::event(connection, stream, no, row)?);
    }
    if messages > 0 && messages < events.len() {
        // Two ascending runs: the sort is a merge.
        events.sort_by_key(|event| event.seq);
    }
    Ok(events)
}

pub(super) fn known(connection: &Connection, stream: StreamId, keys: &[(UserId, String)]) -> Outcome<Vec<Known>> {
    let Some(no) = StreamNo::find(connection, stream)? else { return Ok(Vec::new()) };
    let mut seq_of_key = connection
        .prepare_cached("SELECT seq FROM idempotency_keys WHERE client_id = ?1 AND stream = ?2 AND actor = ?3")?;
    let mut fingerprint_of = connection.prepare_cached(
        "SELECT fingerprint FROM messages WHERE id = ?1 UNION ALL SELECT fingerprint FROM events WHERE id = ?1",
    )?;
    let mut known = Vec::new();
    for (actor, client_id) in keys {
        let seq = seq_of_key
            .query_row(params![ClientId::from(&**client_id), no.0, actor.0.as_bytes().as_slice()], |row| {
                row.get::<_, Seq>(0)
            })
            .optional()?;
        if let Some(seq) = seq {
            let fingerprint = fingerprint_of.query_row([no.id(seq)], |row| row.get(0))?;
            known.push(Known { actor: *actor, key: IdempotencyKey { client_id: client_id.clone(), fingerprint }, seq });
        }
    }
    Ok(known)
}

/// The messages at `seqs`, ascending, each once.
pub(super) fn messages(connection: &Connection, stream: StreamId, seqs: &[Seq]) -> Outcome<Vec<Message>> {
    let Some(no) = StreamNo::find(connection, stream)? else { return Ok(Vec::new()) };
    let mut seqs: Vec<Seq> = seqs.iter().copied().filter(|seq| (1..=SEQ_MAX).contains(seq)).collect();
    seqs.sort_unstable();
    seqs.dedup();
    let mut statement =
        connection.prepare_cached(concat!("SELECT ", message_columns!(), " FROM messages WHERE id = ?1"))?;
    let mut messages = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let mut rows = statement.query([no.id(seq)])?;
        if let Some(row) = rows.next()? {
            messages.push(row::message(stream, row)?);
        }
    }
    add_reactions(connection, no, &mut messages, Spread::Sparse)?;
    Ok(messages)
}

/// How messages lie in their stream: side by side, or with others between them.
#[derive(Clone, Copy)]
pub(super) enum Spread {
    Dense,
    Sparse,
}

/// Fills in the reactions of `messages`, which ascend by seq: emoji in the order of their first use, users in the order
/// in which they chose. One range for neighbours, else a seek each.
pub(super) fn add_reactions(
    connection: &Connection,
    no: StreamNo,
    messages: &mut [Message],
    spread: Spread,
) -> Outcome<()> {
    match (spread, &mut *messages) {
        (_, []) => Ok(()),
        (Spread::Sparse, messages) => messages.iter_mut().try_for_each(|one| reactions_of(connection, no, &mut [one])),
        (Spread::Dense, messages) => reactions_of(connection, no, &mut messages.iter_mut().collect::<Vec<_>>()),
    }
}

fn reactions_of(connection: &Connection, no: StreamNo, messages: &mut [&mut Message]) -> Outcome<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let range = [no.id(first.seq), no.id(last.seq)];
    let mut statement = connection
        .prepare_cached("SELECT message, emoji, user, at_seq FROM reactions WHERE message BETWEEN ?1 AND ?2")?;
    let mut rows = statement.query(range)?;
    let mut found: Vec<(Seq, Seq, String, Uuid)> = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((seq_of(row.get(0)?), row.get(3)?, row.get(1)?, row::uuid(row, 2)?));
    }
    found.sort_unstable_by_key(|(message, at, ..)| (*message, *at));
    let mut messages = messages.iter_mut().peekable();
    for (seq, _, emoji, user) in found {
        while messages.next_if(|message| message.seq < seq).is_some() {}
        let Some(message) = messages.peek_mut() else { break };
        match message.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => reaction.user_ids.push(user.into()),
            None => message.reactions.push(Reaction { emoji, user_ids: vec![user.into()] }),
        }
    }
    Ok(())
}

/// What a conversation list shows of one stream: a seek for the head and the last message, and at most
/// [`UNREAD_MAX`] unread ones counted.
pub(super) fn overview(connection: &Connection, reader: UserId, stream: StreamId, read: Seq) -> Outcome<Overview> {
    let Some(no) = StreamNo::find(connection, stream)? else { return Ok(Overview::default()) };
    let head = no.head(connection)?;
    let mut last = Vec::with_capacity(1);
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1"
    ))?;
    let mut rows = statement.query([no.id(0), no.id(SEQ_MAX)])?;
    if let Some(row) = rows.next()? {
        last.push(row::message(stream, row)?);
    }
    add_reactions(connection, no, &mut last, Spread::Dense)?;
    let last_message = last.pop();
    let read = read.clamp(0, head);
    let (unread, unread_mentions) = match &last_message {
        Some(last) if last.seq > read => count_unread(connection, reader, no, read)?,
        _ => (0, 0),
    };
    Ok(Overview { head, last_message, unread, unread_mentions })
}

fn count_unread(connection: &Connection, reader: UserId, no: StreamNo, read: Seq) -> Outcome<(u32, u32)> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), coalesce(sum(mentioned), 0) FROM (
            SELECT mentions_everyone OR coalesce(instr(mentions, ?4), 0) > 0 AS mentioned FROM messages
            WHERE id > ?1 AND id <= ?2 AND author <> ?3 AND deleted_at IS NULL
            ORDER BY id LIMIT ?5)",
    )?;
    Ok(statement.query_row(
        params![no.id(read), no.id(SEQ_MAX), reader.0.as_bytes().as_slice(), reader.to_string(), UNREAD_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

pub(super) fn streams_after(
    connection: &Connection,
    after: Option<StreamId>,
    limit: u32,
) -> Outcome<Vec<(StreamId, Seq)>> {
    let mut statement = connection.prepare_cached("SELECT id, no FROM streams WHERE id > ?1 ORDER BY id")?;
    let after = after.map_or_else(Vec::new, |stream| stream.0.as_bytes().to_vec());
    let mut rows = statement.query([after])?;
    let mut streams = Vec::new();
    while let Some(row) = rows.next()?
        && streams.len() < limit as usize
    {
        let head = StreamNo(row.get(1)?).head(connection)?;
        // A stream whose only batch was refused has a number and no events.
        if head > 0 {
            streams.push((row::uuid(row, 0)?.into(), head));
        }
    }
    Ok(streams)
}
