//! Where databases like to differ: collation, precision, order, sizes.

use studyhall_domain::ports::LogEvent;
use studyhall_wire::{EventBody, Seq, StreamId, Timestamp, UserId};

use super::Subject;
use crate::{
    fixture::{append, deleted, edited, event, message, moment, reaction, with},
    model::Model,
};

/// Case, accents, normal forms and blanks are differences.
pub async fn keys_and_emoji_are_compared_by_their_bytes(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    let keys =
        ["a", "A", "á", "a\u{301}", "a ", " a", "ａ", "ß", "ss", "i", "I", "ı", "İ", "0", "00", "$a", "a.b", "-"];
    let mut events: Vec<LogEvent> = (1..).zip(keys).map(|(seq, key)| message(stream, seq, ada, key, key)).collect();
    let emoji = ["❤", "❤️", "👍", "👍🏽", "a", "A", "ä", "a\u{308}"];
    for (seq, emoji) in (events.len() as Seq + 1..).zip(emoji) {
        events.push(event(stream, seq, ada, EventBody::ReactionAdded(reaction(1, emoji, ada))));
    }
    append(&**log, events.clone()).await.unwrap();
    for (seq, key) in (1..).zip(keys) {
        let known = log.known(stream, &[(ada, key.to_owned())]).await.unwrap();
        assert_eq!(known.iter().map(|known| known.seq).collect::<Vec<_>>(), [seq], "{key:?}");
    }
    let mut emoji = emoji.to_vec();
    let mut found = log.messages(stream, &[1]).await.unwrap().remove(0).reactions;
    found.sort_by(|a, b| a.emoji.cmp(&b.emoji));
    emoji.sort_unstable();
    assert!(found.iter().map(|reaction| reaction.emoji.as_str()).eq(emoji), "{found:?}");
    assert_eq!(log.digest(stream).await.unwrap(), Model::of(&events).digest());
}

/// Milliseconds, the largest numbers, and whatever JSON has come back as they were.
pub async fn values_come_back_as_they_went_in(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    let data = serde_json::json!({
        "$set": { "a.b": u64::MAX, "": i64::MIN }, "float": 0.1, "whole": 1.0, "list": [[], {}, null, "\u{0}"],
    });
    let mut sent = vec![event(stream, 1, ada, EventBody::Other { kind: "odd.thing".to_owned(), data })];
    for (seq, millis) in (2..).zip([-1, 0, 1, 999, 253_402_300_799_999]) {
        let mut odd = with(message(stream, seq, ada, &seq.to_string(), "x"), |message| {
            message.created_at = Timestamp::from_millis(millis);
            message.reply_to = Some(seq - 1);
        });
        odd.at = Timestamp::from_millis(millis);
        odd.key.as_mut().unwrap().fingerprint = if seq % 2 == 0 { i64::MAX } else { i64::MIN };
        sent.push(odd);
    }
    // The time of the event and that of the message can differ.
    sent.push(with(message(stream, 7, ada, "later", "x"), |message| message.created_at = moment(1_000)));
    append(&**log, sent.clone()).await.unwrap();
    assert_eq!(log.events(stream, 0, 100).await.unwrap(), sent);
}

/// As UUIDs order: by their bytes, none of which is a sign.
pub async fn streams_order_by_their_bytes(log: &Subject) {
    let author = UserId::new();
    let ids = [
        "00000000-0000-7000-8000-000000000001",
        "7fffffff-ffff-7fff-8000-000000000000",
        "80000000-0000-7000-8000-0000000000ff",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
    ];
    let streams = ids.map(|id| id.parse::<StreamId>().unwrap());
    for stream in [2, 0, 3, 1].map(|nth| streams[nth]) {
        append(&**log, vec![message(stream, 1, author, "a", "x")]).await.unwrap();
    }
    assert_eq!(log.streams_after(None, 100).await.unwrap(), streams.map(|stream| (stream, 1)));
    assert_eq!(log.streams_after(Some(streams[1]), 1).await.unwrap(), [(streams[2], 1)]);
    assert_eq!(log.heads(&[streams[3], StreamId::new(), streams[0]]).await.unwrap(), [1, 0, 1]);
}

/// The longest texts in the largest batches, and as many edits of them.
pub async fn the_largest_batches_are_taken(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    let text = |mark: &str| format!("{mark}{}", "😀".repeat(7_999));
    let count: Seq = 300;
    append(&**log, (1..=count).map(|seq| message(stream, seq, ada, &seq.to_string(), &text("a"))).collect())
        .await
        .unwrap();
    let edit = |seq| event(stream, count + seq, ada, edited(seq, &text("b"), Vec::new(), moment(count + seq)));
    append(&**log, (1..=count).map(edit).collect()).await.unwrap();
    append(&**log, vec![event(stream, 2 * count + 1, ada, deleted(1, moment(1)))]).await.unwrap();
    let messages = log.messages(stream, &(1..=count).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(messages.len() as Seq, count);
    assert!(messages[0].text.is_empty());
    assert!(messages[1..].iter().all(|message| message.text == text("b") && message.edited_at.is_some()));
    assert_eq!(log.events(stream, 0, 1_000).await.unwrap().len() as Seq, 2 * count + 1);
}
