//! What a conversation's log shows, line by line: days, where one left off, messages and whether each needs a head.
//! Pure; no browser.

use studyhall_wire::{Seq, Timestamp, UserId};

use super::{outbox::Outgoing, window::Window};

/// Messages of one author share a head within this time, in milliseconds.
const GROUP_MS: i64 = 5 * 60_000;

/// One line of the log. Equal lines are the same element in the document: a message that one sent keeps its element
/// from its echo on, since its line is named by its `client_id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    /// The day of what follows.
    Day { key: String, at: Timestamp },
    /// Where one left off.
    New,
    /// Somebody's message.
    Message { seq: Seq, head: bool },
    /// One's own, on its way or there.
    Own { client_id: String, head: bool },
    /// A member came or went.
    System { seq: Seq },
}

struct Line {
    at: Timestamp,
    seq: Option<Seq>,
    author: Option<UserId>,
    own: Option<String>,
}

/// The lines of a window and of what is on its way behind it. The "new" line stands before the first message of
/// somebody else after `left_off`, once that is held. `day_of` names the day that an instant falls on for the reader.
pub fn rows<'a>(
    window: &Window,
    outgoing: impl Iterator<Item = &'a Outgoing>,
    me: UserId,
    left_off: Option<Seq>,
    mut day_of: impl FnMut(Timestamp) -> String,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(window.messages().len() + 8);
    let mut before: Option<(UserId, Timestamp)> = None;
    let mut day: Option<String> = None;
    let mut left_off = left_off.filter(|seq| !window.starts_after(*seq));
    for line in lines(window, outgoing, me) {
        let today = day_of(line.at);
        if day.as_ref() != Some(&today) {
            rows.push(Row::Day { key: today.clone(), at: line.at });
            day = Some(today);
            before = None;
        }
        let is_news = line.author.is_some_and(|author| author != me);
        if is_news && left_off.is_some_and(|seq| line.seq.is_some_and(|at| at > seq)) {
            rows.push(Row::New);
            left_off = None;
            before = None;
        }
        let Some(author) = line.author else {
            before = None;
            rows.extend(line.seq.map(|seq| Row::System { seq }));
            continue;
        };
        let head =
            before.is_none_or(|(last, at)| last != author || (line.at.as_millis() - at.as_millis()).abs() > GROUP_MS);
        before = Some((author, line.at));
        match (line.own, line.seq) {
            (Some(client_id), _) => rows.push(Row::Own { client_id, head }),
            (None, Some(seq)) => rows.push(Row::Message { seq, head }),
            (None, None) => {}
        }
    }
    rows
}

fn lines<'a>(window: &Window, outgoing: impl Iterator<Item = &'a Outgoing>, me: UserId) -> Vec<Line> {
    let messages = window.messages().iter().map(|message| Line {
        at: message.created_at,
        seq: Some(message.seq),
        author: Some(message.author_id),
        own: (message.author_id == me).then(|| message.client_id.clone()),
    });
    let system =
        window.system().values().map(|event| Line { at: event.at, seq: Some(event.seq), author: None, own: None });
    let mut lines: Vec<Line> = messages.chain(system).collect();
    lines.sort_by_key(|line| line.seq);
    if !window.has_newer() {
        let waiting = outgoing.filter(|item| window.messages().sent_as(me, &item.client_id).is_none());
        lines.extend(waiting.map(|item| Line {
            at: Timestamp::from_millis(item.at),
            seq: None,
            author: Some(me),
            own: Some(item.client_id.clone()),
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{ConversationId, Message, MessagePage};

    use super::*;
    use crate::state::{outbox::Fate, window::Span};

    const MINUTE: i64 = 60_000;

    fn message(conversation_id: ConversationId, seq: Seq, author_id: UserId, at: i64) -> Message {
        Message {
            conversation_id,
            seq,
            client_id: format!("c{seq}"),
            author_id,
            text: "text".into(),
            reply_to: None,
            attachments: vec![],
            mentions: vec![],
            mentions_everyone: false,
            reactions: vec![],
            pinned: false,
            created_at: Timestamp::from_millis(at),
            edited_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn the_new_line_waits_for_the_message_that_it_stands_before() {
        let (conversation, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let page = |seqs: std::ops::Range<Seq>, has_more| {
            let items = seqs.map(|seq| message(conversation, seq, peer, seq)).collect();
            MessagePage { items, system: vec![], has_more, epoch: 1, as_of: 99 }
        };
        let mut window = Window::default();
        let ticket = window.begin(Span::Newest);
        window.join(ticket, page(5..7, true));
        let lines = |window: &Window| rows(window, std::iter::empty(), me, Some(2), day_of);
        assert!(!lines(&window).contains(&Row::New));
        let ticket = window.begin(Span::Before(5));
        window.join(ticket, page(1..5, false));
        assert_eq!(lines(&window)[3..5], [Row::New, Row::Message { seq: 3, head: true }]);
    }

    fn day_of(at: Timestamp) -> String {
        (at.as_millis() / (24 * 60 * MINUTE)).to_string()
    }

    #[test]
    fn heads_days_and_where_one_left_off() {
        let (conversation, me, peer) = (ConversationId::new(), UserId::new(), UserId::new());
        let items = vec![
            message(conversation, 1, peer, 0),
            message(conversation, 2, peer, 4 * MINUTE),
            message(conversation, 3, peer, 10 * MINUTE),
            message(conversation, 4, me, 11 * MINUTE),
            message(conversation, 7, peer, 12 * MINUTE),
            message(conversation, 8, peer, 24 * 60 * MINUTE),
        ];
        let mut window = Window::default();
        let ticket = window.begin(Span::Newest);
        window.join(ticket, MessagePage { items, system: vec![], has_more: false, epoch: 1, as_of: 9 });
        let echo = Outgoing {
            client_id: "echo".into(),
            conversation_id: conversation,
            text: "soon".into(),
            reply_to: None,
            at: (24 * 60 + 1) * MINUTE,
            fate: Fate::Queued,
        };
        let landed = Outgoing { client_id: "c4".into(), ..echo.clone() };
        let rows = rows(&window, [&landed, &echo].into_iter(), me, Some(3), day_of);
        let day = |key: &str, at| Row::Day { key: key.into(), at: Timestamp::from_millis(at) };
        assert_eq!(
            rows,
            [
                day("0", 0),
                Row::Message { seq: 1, head: true },
                Row::Message { seq: 2, head: false },
                Row::Message { seq: 3, head: true },
                Row::Own { client_id: "c4".into(), head: true },
                Row::New,
                Row::Message { seq: 7, head: true },
                day("1", 24 * 60 * MINUTE),
                Row::Message { seq: 8, head: true },
                Row::Own { client_id: "echo".into(), head: true },
            ]
        );
    }
}
