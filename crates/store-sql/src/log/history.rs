//! Pages of a conversation's messages, and what lies between them.
//!
//! Messages are a dense range of their own table, so a page is one seek and `limit + 1` neighbouring rows, wherever in
//! the stream it lies and whatever happened in between.

use rusqlite::Connection;
use studyhall_domain::ports::{Anchor, History, HistoryQuery, LogBody, LogEvent};
use studyhall_wire::{Event, Message, Seq, StreamId};

use super::{
    failure::Outcome,
    read::{Spread, add_reactions},
    row::{self, event_columns, message_columns},
    schema::{SEQ_MAX, StreamNo},
};

const DESCENDING: &str =
    concat!("SELECT ", message_columns!(), " FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3");
const ASCENDING: &str =
    concat!("SELECT ", message_columns!(), " FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
const PINNED_DESCENDING: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages INDEXED BY messages_pinned WHERE pinned = 1 AND id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3"
);
const PINNED_ASCENDING: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages INDEXED BY messages_pinned WHERE pinned = 1 AND id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3"
);
const SYSTEM: &str = concat!(
    "SELECT ",
    event_columns!(),
    " FROM events INDEXED BY events_system WHERE system = 1 AND id BETWEEN ?1 AND ?2 ORDER BY id"
);

/// Seqs `from ..= to`.
#[derive(Clone, Copy)]
struct Span {
    from: Seq,
    to: Seq,
}

struct Page {
    /// Ascending.
    items: Vec<Message>,
    /// Further in the asked direction.
    has_more: bool,
    /// Adjacent pages' spans meet, so that every event between messages belongs to just one page.
    span: Span,
}

/// Reads one page within one snapshot.
pub(super) fn history(connection: &Connection, stream: StreamId, query: HistoryQuery) -> Outcome<History> {
    let Some(no) = StreamNo::find(connection, stream)? else {
        return Ok(History { items: Vec::new(), system: Vec::new(), has_more: false, as_of: 0 });
    };
    let reader = Reader { connection, stream, no, pinned: query.pinned };
    let as_of = no.head(connection)?;
    let limit = query.limit.max(1) as usize;
    let mut page = match query.anchor {
        Anchor::Newest => reader.older(SEQ_MAX, limit)?,
        Anchor::Before(seq) => reader.older(seq.clamp(1, SEQ_MAX) - 1, limit)?,
        Anchor::After(seq) => reader.newer(seq.clamp(0, SEQ_MAX) + 1, limit)?,
        Anchor::Around(seq) => reader.around(seq.clamp(0, SEQ_MAX), limit)?,
    };
    let spread = if query.pinned { Spread::Sparse } else { Spread::Dense };
    add_reactions(connection, no, &mut page.items, spread)?;
    let system = if query.pinned { Vec::new() } else { reader.system(page.span)? };
    Ok(History { items: page.items, system, has_more: page.has_more, as_of })
}

struct Reader<'a> {
    connection: &'a Connection,
    stream: StreamId,
    no: StreamNo,
    pinned: bool,
}

impl Reader<'_> {
    /// The last `limit` messages up to `to`.
    fn older(&self, to: Seq, limit: usize) -> Outcome<Page> {
        let mut items = self.descending(to, limit + 1)?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        items.reverse();
        let from = if has_more { items[0].seq } else { 1 };
        Ok(Page { items, has_more, span: Span { from, to } })
    }

    /// The first `limit` messages from `from` on.
    fn newer(&self, from: Seq, limit: usize) -> Outcome<Page> {
        let mut items = self.ascending(from, limit + 1)?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let to = if has_more { items[limit - 1].seq } else { SEQ_MAX };
        Ok(Page { items, has_more, span: Span { from, to } })
    }

    /// `limit` messages around `seq`, half of them newer; what one side lacks the other one gives.
    fn around(&self, seq: Seq, limit: usize) -> Outcome<Page> {
        let mut older = self.descending(seq, limit + 1)?;
        let mut newer = self.ascending(seq + 1, limit + 1)?;
        let keep_newer = (limit / 2).max(limit.saturating_sub(older.len())).min(newer.len());
        let keep_older = (limit - keep_newer).min(older.len());
        let more = (older.len() > keep_older, newer.len() > keep_newer);
        older.truncate(keep_older);
        older.reverse();
        newer.truncate(keep_newer);
        older.append(&mut newer);
        let from = older.first().filter(|_| more.0).map_or(1, |first| first.seq);
        let to = older.last().filter(|_| more.1).map_or(SEQ_MAX, |last| last.seq);
        Ok(Page { items: older, has_more: more.0 || more.1, span: Span { from, to } })
    }

    fn descending(&self, to: Seq, limit: usize) -> Outcome<Vec<Message>> {
        self.messages(if self.pinned { PINNED_DESCENDING } else { DESCENDING }, Span { from: 1, to }, limit)
    }

    fn ascending(&self, from: Seq, limit: usize) -> Outcome<Vec<Message>> {
        self.messages(if self.pinned { PINNED_ASCENDING } else { ASCENDING }, Span { from, to: SEQ_MAX }, limit)
    }

    fn messages(&self, sql: &str, span: Span, limit: usize) -> Outcome<Vec<Message>> {
        let mut messages = Vec::new();
        // Beyond the last seq, `id` would fold `from` back onto it.
        if span.from <= span.to {
            let mut statement = self.connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query([self.no.id(span.from), self.no.id(span.to), limit])?;
            while let Some(row) = rows.next()? {
                messages.push(row::message(self.stream, row)?);
            }
        }
        Ok(messages)
    }

    /// The events of a span that are shown between messages.
    fn system(&self, span: Span) -> Outcome<Vec<Event>> {
        let mut statement = self.connection.prepare_cached(SYSTEM)?;
        let mut events = Vec::new();
        if span.from <= span.to {
            let mut rows = statement.query([self.no.id(span.from), self.no.id(span.to)])?;
            while let Some(row) = rows.next()? {
                let LogEvent { stream, seq, at, actor, body, .. } =
                    row::event(self.connection, self.stream, self.no, row)?;
                if let LogBody::Conversation(body) = body {
                    events.push(Event { stream, seq, at, actor_id: actor, body });
                }
            }
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::schema::open_writer;

    /// One seek and neighbouring rows: nothing is scanned from its start, and nothing is sorted.
    #[test]
    fn pages_are_read_by_seek() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = open_writer(&dir.path().join("log.db")).expect("an empty log");
        let expected = [
            (DESCENDING, "SEARCH messages USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
            (ASCENDING, "SEARCH messages USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
            (PINNED_DESCENDING, "SEARCH messages USING INDEX messages_pinned (id>? AND id<?)"),
            (PINNED_ASCENDING, "SEARCH messages USING INDEX messages_pinned (id>? AND id<?)"),
            (SYSTEM, "SEARCH events USING INDEX events_system (id>? AND id<?)"),
        ];
        for (sql, expected) in expected {
            let mut plan = log.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a plan");
            let any = rusqlite::params_from_iter(std::iter::repeat_n(1, plan.parameter_count()));
            let steps: Vec<String> =
                plan.query_map(any, |row| row.get(3)).and_then(Iterator::collect).expect("the plan's steps");
            assert_eq!(steps, [expected], "{sql}");
        }
    }
}
