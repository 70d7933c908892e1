//! Pages of a conversation's messages, and what lies between them.
//!
//! Messages have an index of their own, so a page is one seek and `limit + 1` neighbouring entries, wherever in the
//! stream it lies and whatever happened in between.

use futures_util::{TryStreamExt, future::try_join};
use mongodb::bson::doc;
use studyhall_domain::ports::{Anchor, History, HistoryQuery, LogBody, LogEvent};
use studyhall_wire::{Event, Message, Seq, StreamId};

use super::{document::Stored, fold::Folds, read};
use crate::{
    Mongo,
    database::{hint, id},
    failure::Outcome,
};

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

/// Reads one page. It ends at the head as it was at the beginning; every event up to that one is folded in it.
pub(super) async fn history(mongo: &Mongo, folds: &Folds, stream: StreamId, query: HistoryQuery) -> Outcome<History> {
    let as_of = read::head(mongo, stream).await?;
    if as_of == 0 {
        return Ok(History { items: Vec::new(), system: Vec::new(), has_more: false, as_of });
    }
    folds.settle(&[stream]).await?;
    let reader = Reader { mongo, stream, pinned: query.pinned, head: as_of };
    let limit = query.limit.max(1) as usize;
    let page = match query.anchor {
        Anchor::Newest => reader.older(as_of, limit).await?,
        Anchor::Before(seq) => reader.older(seq.saturating_sub(1).min(as_of), limit).await?,
        Anchor::After(seq) => reader.newer(seq.max(0).saturating_add(1), limit).await?,
        Anchor::Around(seq) => reader.around(seq.clamp(0, as_of), limit).await?,
    };
    let system = if query.pinned { Vec::new() } else { reader.system(page.span).await? };
    Ok(History { items: page.items, system, has_more: page.has_more, as_of })
}

struct Reader<'a> {
    mongo: &'a Mongo,
    stream: StreamId,
    pinned: bool,
    head: Seq,
}

impl Reader<'_> {
    /// The last `limit` messages up to `to`.
    async fn older(&self, to: Seq, limit: usize) -> Outcome<Page> {
        let mut items = self.descending(to, limit + 1).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        items.reverse();
        let from = if has_more { items[0].seq } else { 1 };
        Ok(Page { items, has_more, span: Span { from, to } })
    }

    /// The first `limit` messages from `from` on.
    async fn newer(&self, from: Seq, limit: usize) -> Outcome<Page> {
        let mut items = self.ascending(from, limit + 1).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let to = if has_more { items[limit - 1].seq } else { self.head };
        Ok(Page { items, has_more, span: Span { from, to } })
    }

    /// `limit` messages around `seq`, half of them newer; what one side lacks the other one gives.
    async fn around(&self, seq: Seq, limit: usize) -> Outcome<Page> {
        let (mut older, mut newer) =
            try_join(self.descending(seq, limit + 1), self.ascending(seq + 1, limit + 1)).await?;
        let keep_newer = (limit / 2).max(limit.saturating_sub(older.len())).min(newer.len());
        let keep_older = (limit - keep_newer).min(older.len());
        let more = (older.len() > keep_older, newer.len() > keep_newer);
        older.truncate(keep_older);
        older.reverse();
        newer.truncate(keep_newer);
        older.append(&mut newer);
        let from = older.first().filter(|_| more.0).map_or(1, |first| first.seq);
        let to = older.last().filter(|_| more.1).map_or(self.head, |last| last.seq);
        Ok(Page { items: older, has_more: more.0 || more.1, span: Span { from, to } })
    }

    async fn descending(&self, to: Seq, limit: usize) -> Outcome<Vec<Message>> {
        self.messages(Span { from: 1, to }, -1, limit).await
    }

    async fn ascending(&self, from: Seq, limit: usize) -> Outcome<Vec<Message>> {
        self.messages(Span { from, to: self.head }, 1, limit).await
    }

    async fn messages(&self, span: Span, direction: i32, limit: usize) -> Outcome<Vec<Message>> {
        let mut messages = Vec::new();
        if span.from > span.to {
            return Ok(messages);
        }
        let mut only = doc! { "stream": id(self.stream), "seq": { "$gte": span.from, "$lte": span.to } };
        let index = if self.pinned {
            only.insert("pinned", true);
            "pinned"
        } else {
            only.insert("kind", "message.created");
            "messages"
        };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let events = self.mongo.events();
        let find = events.find(only).sort(doc! { "seq": direction }).hint(hint(index));
        let mut cursor = find.limit(limit.into()).batch_size(limit.saturating_add(1)).await?;
        while cursor.advance().await? {
            messages.push(Stored::read(cursor.current())?.message()?);
        }
        Ok(messages)
    }

    /// The events of a span that are shown between messages.
    async fn system(&self, span: Span) -> Outcome<Vec<Event>> {
        if span.from > span.to {
            return Ok(Vec::new());
        }
        let documents = self
            .mongo
            .events()
            .find(doc! {
                "stream": id(self.stream), "seq": { "$gte": span.from, "$lte": span.to }, "system": true,
            })
            .sort(doc! { "seq": 1 })
            .hint(hint("system"))
            .await?
            .try_collect()
            .await?;
        let shown = |LogEvent { stream, seq, at, actor, body, .. }| match body {
            LogBody::Conversation(body) => Some(Event { stream, seq, at, actor_id: actor, body }),
            LogBody::Inbox(_) => None,
        };
        Ok(read::decode(self.mongo, documents).await?.into_iter().filter_map(shown).collect())
    }
}
