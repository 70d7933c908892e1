//! Reading: what comes back, and in which pages.

use studyhall_domain::ports::{Anchor, HistoryQuery, InboxFact, LogBody, LogEvent};
use studyhall_wire::{ConversationId, ConversationRemoved, EventBody, ReadAdvanced, StreamId, UserId};

use super::Subject;
use crate::fixture::{append, deleted, edited, event, file, joined, message, moment, pinned, reaction, with};

pub async fn a_deleted_text_is_gone_everywhere(log: &Subject) {
    let (stream, ada, bob) = (StreamId::new(), UserId::new(), UserId::new());
    let first = with(message(stream, 1, ada, "a", "secret one"), |message| {
        message.attachments = vec![file(ada)];
        message.mentions = vec![bob];
        message.mentions_everyone = true;
    });
    append(&**log, vec![first.clone()]).await.unwrap();
    assert_eq!(log.events(stream, 0, 1).await.unwrap(), [first]);
    let changes = vec![
        event(stream, 2, ada, edited(1, "secret two", vec![bob], moment(20))),
        event(stream, 3, bob, EventBody::ReactionAdded(reaction(1, "👍", bob))),
        event(stream, 4, bob, pinned(1)),
        event(stream, 5, ada, deleted(1, moment(50))),
        event(stream, 6, ada, edited(1, "secret three", vec![bob], moment(60))),
        event(stream, 7, bob, EventBody::ReactionAdded(reaction(1, "👍", bob))),
        event(stream, 8, bob, pinned(1)),
        event(stream, 9, ada, deleted(1, moment(90))),
    ];
    append(&**log, changes).await.unwrap();
    let events = log.events(stream, 0, 100).await.unwrap();
    assert_eq!(events.len(), 9);
    assert!(!format!("{events:?}").contains("secret"), "{events:?}");
    let LogBody::Conversation(EventBody::MessageCreated(created)) = &events[0].body else { panic!("{events:?}") };
    assert!(created.attachments.is_empty() && created.mentions.is_empty() && !created.mentions_everyone);
    assert!(created.deleted_at.is_none() && created.edited_at.is_none() && !created.pinned);
    let LogBody::Conversation(EventBody::MessageEdited(edit)) = &events[1].body else { panic!("{events:?}") };
    assert!(edit.text.is_empty() && edit.mentions.is_empty() && edit.edited_at == moment(20));

    let now = log.messages(stream, &[1]).await.unwrap().remove(0);
    assert!(now.text.is_empty() && now.attachments.is_empty() && now.mentions.is_empty() && now.reactions.is_empty());
    assert!(!now.pinned && !now.mentions_everyone);
    assert_eq!(now.deleted_at, Some(moment(50)), "deletion is final");
    let pins = HistoryQuery { anchor: Anchor::Newest, pinned: true, limit: 10 };
    assert!(log.history(stream, pins).await.unwrap().items.is_empty());
}

pub async fn inbox_events_come_back_as_they_went_in(log: &Subject) {
    let user = UserId::new();
    let conversation_id = ConversationId::new();
    let facts = [
        InboxFact::ConversationAdded { conversation_id },
        InboxFact::ReadAdvanced(ReadAdvanced { conversation_id, seq: 5 }),
        InboxFact::ConversationRemoved(ConversationRemoved { conversation_id, reason: "left".to_owned() }),
    ];
    let events: Vec<LogEvent> = (1..)
        .zip(facts)
        .map(|(seq, fact)| LogEvent {
            stream: user.into(),
            seq,
            at: moment(seq),
            actor: (seq % 2 == 0).then_some(user),
            key: None,
            body: LogBody::Inbox(fact),
        })
        .collect();
    append(&**log, events.clone()).await.unwrap();
    assert_eq!(log.events(user.into(), 0, 10).await.unwrap(), events);
}

pub async fn unknown_kinds_are_kept(log: &Subject) {
    let (stream, actor) = (StreamId::new(), UserId::new());
    let data = serde_json::json!({ "colour": "blue", "n": [1, null] });
    let sent = vec![event(stream, 1, actor, EventBody::Other { kind: "wall.painted".to_owned(), data })];
    append(&**log, sent.clone()).await.unwrap();
    assert_eq!(log.events(stream, 0, 10).await.unwrap(), sent);
}

pub async fn streams_are_listed_in_pages(log: &Subject) {
    let author = UserId::new();
    let mut all = Vec::new();
    for nth in 1..=7 {
        let stream = StreamId::new();
        append(&**log, (1..=nth).map(|seq| message(stream, seq, author, &seq.to_string(), "text")).collect())
            .await
            .unwrap();
        all.push((stream, nth));
    }
    all.sort();
    let mut listed = Vec::new();
    loop {
        let page = log.streams_after(listed.last().map(|(stream, _)| *stream), 3).await.unwrap();
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert_eq!(listed, all);
}

pub async fn unread_is_capped(log: &Subject) {
    let (stream, ada, bob) = (StreamId::new(), UserId::new(), UserId::new());
    let mentioning =
        |seq| with(message(stream, seq, ada, &seq.to_string(), "x"), |message| message.mentions = vec![bob]);
    append(&**log, (1..=1_200).map(mentioning).collect()).await.unwrap();
    let overviews = log.overviews(bob, &[(stream, 0), (StreamId::new(), 3), (stream, 1_000), (stream, 9_999)]).await;
    let counts: Vec<_> = overviews.unwrap().iter().map(|o| (o.head, o.unread, o.unread_mentions)).collect();
    assert_eq!(counts, [(1_200, 1_000, 1_000), (0, 0, 0), (1_200, 200, 200), (1_200, 0, 0)]);
    let own = log.overviews(ada, &[(stream, 0)]).await.unwrap();
    assert_eq!((own[0].unread, own[0].last_message.as_ref().map(|m| m.seq)), (0, Some(1_200)));
}

/// What is shown comes in the order in which it was written, whatever the clocks said.
pub async fn a_clock_that_steps_back_changes_no_order(log: &Subject) {
    let (stream, ada, bob) = (StreamId::new(), UserId::new(), UserId::new());
    let at_reversed = |seq| {
        let message = with(message(stream, seq, ada, &seq.to_string(), "x"), |m| m.created_at = moment(1_000 - seq));
        LogEvent { at: moment(1_000 - seq), ..message }
    };
    append(&**log, (1..=20).map(at_reversed).collect()).await.unwrap();
    append(&**log, vec![event(stream, 21, ada, edited(20, "y", Vec::new(), moment(0)))]).await.unwrap();

    let events = log.events(stream, 0, 30).await.unwrap();
    assert!(events.iter().map(|event| event.seq).eq(1..=21));
    let newest = HistoryQuery { anchor: Anchor::Newest, pinned: false, limit: 5 };
    let page = log.history(stream, newest).await.unwrap();
    assert!(page.items.iter().map(|message| message.seq).eq(16..=20));
    assert_eq!((page.as_of, page.items[4].text.as_str()), (21, "y"));
    let overview = log.overviews(bob, &[(stream, 15)]).await.unwrap().remove(0);
    assert_eq!((overview.unread, overview.last_message.map(|message| message.seq)), (5, Some(20)));
}

/// Ten messages with a hundred reactions after each, and someone who joins in between.
pub async fn pages_are_right_among_many_other_events(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    let mut events = vec![event(stream, 1, ada, joined(ada))];
    let mut messages = Vec::new();
    for _ in 0..10 {
        let seq = events.last().map_or(1, |last| last.seq + 1);
        messages.push(seq);
        events.push(message(stream, seq, ada, &seq.to_string(), "x"));
        for nth in 1..=100 {
            let body =
                if nth == 50 { joined(ada) } else { EventBody::ReactionAdded(reaction(seq, "👍", UserId::new())) };
            events.push(event(stream, seq + nth, ada, body));
        }
    }
    let head = events.last().map_or(0, |last| last.seq);
    append(&**log, events).await.unwrap();
    let page = async |anchor| {
        let page = log.history(stream, HistoryQuery { anchor, pinned: false, limit: 4 }).await.unwrap();
        assert_eq!(page.as_of, head);
        assert!(page.items.iter().all(|message| message.reactions[0].user_ids.len() == 99));
        let seqs: Vec<_> = page.items.iter().map(|message| message.seq).collect();
        let system: Vec<_> = page.system.iter().map(|event| event.seq).collect();
        (seqs, system, page.has_more)
    };
    let joins = |span: &[i64]| span.iter().map(|seq| seq + 50).collect::<Vec<_>>();
    assert_eq!(page(Anchor::Newest).await, (messages[6..].to_vec(), joins(&messages[6..]), true));
    // Pages that meet show each join once: that between two pages belongs to the older one.
    assert_eq!(page(Anchor::Before(messages[6])).await, (messages[2..6].to_vec(), joins(&messages[2..6]), true));
    let oldest = [&[1][..], &joins(&messages[..2])].concat();
    assert_eq!(page(Anchor::Before(messages[2])).await, (messages[..2].to_vec(), oldest, false));
    assert_eq!(page(Anchor::Before(1)).await, (Vec::new(), Vec::new(), false));
    assert_eq!(page(Anchor::After(messages[1])).await, (messages[2..6].to_vec(), joins(&messages[1..5]), true));
    assert_eq!(page(Anchor::After(messages[7])).await, (messages[8..].to_vec(), joins(&messages[7..]), false));
    assert_eq!(page(Anchor::After(head)).await, (Vec::new(), Vec::new(), false));
    assert_eq!(page(Anchor::Around(messages[5])).await.0, messages[4..8]);
    assert_eq!(page(Anchor::Around(messages[5] + 7)).await.0, messages[4..8]);
    assert_eq!(page(Anchor::Around(messages[9])).await.0, messages[6..]);
    assert_eq!(page(Anchor::Around(0)).await.0, messages[..4]);
    assert_eq!(page(Anchor::Around(i64::MAX)).await.0, messages[6..]);
}
