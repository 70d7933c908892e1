//! Writing: seqs, keys, conflicts, and many writers at once.

use std::sync::Arc;

use futures_util::future::join_all;
use studyhall_domain::ports::{AppendError, Batch, IdempotencyKey, InboxFact, Known, LogBody, LogEvent};
use studyhall_wire::{EventBody, ReadAdvanced, Seq, StreamId, UserId};

use super::Subject;
use crate::fixture::{append, edited, event, fingerprint, message, moment, reaction};

fn is_conflict(outcome: &Result<(), AppendError>) -> bool {
    matches!(outcome, Err(AppendError::Conflict { stored: 0, .. }))
}

/// Of a conflict: how many of the batch's first events are in the log.
fn stored(outcome: Result<(), AppendError>) -> usize {
    match outcome {
        Err(AppendError::Conflict { stored, .. }) => stored,
        outcome => panic!("{outcome:?} is no conflict"),
    }
}

/// Events `1 ..= head` are there, and these are the texts of the messages.
async fn expect_texts(log: &Subject, stream: StreamId, texts: &[&str]) {
    let events = log.events(stream, 0, 100).await.unwrap();
    let found: Vec<_> = events
        .iter()
        .map(|event| match &event.body {
            LogBody::Conversation(EventBody::MessageCreated(message)) => (event.seq, message.text.as_str()),
            body => panic!("{body:?}"),
        })
        .collect();
    assert_eq!(found, (1..).zip(texts.iter().copied()).collect::<Vec<_>>());
    assert_eq!(log.heads(&[stream]).await.unwrap(), [found.len() as Seq]);
}

pub async fn an_unknown_stream_is_empty(log: &Subject) {
    let stream = StreamId::new();
    assert_eq!(log.heads(&[stream]).await.unwrap(), [0]);
    assert_eq!(log.events(stream, 0, 10).await.unwrap(), []);
    assert_eq!(log.known(stream, &[(UserId::new(), "a".to_owned())]).await.unwrap(), []);
    assert_eq!(log.messages(stream, &[1]).await.unwrap(), []);
    assert_eq!(log.epoch().await.unwrap(), 1);
    let digest = log.digest(stream).await.unwrap();
    assert_eq!(digest.at, 0);
    // SHA-256 of nothing.
    assert_eq!(digest.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let overviews = log.overviews(UserId::new(), &[(stream, 0)]).await.unwrap();
    assert!(overviews.len() == 1 && overviews[0].head == 0 && overviews[0].last_message.is_none());
}

pub async fn seqs_are_given_back_without_holes(log: &Subject) {
    let (stream, author) = (StreamId::new(), UserId::new());
    let sent: Vec<LogEvent> =
        (1..=7).map(|seq| message(stream, seq, author, &format!("c{seq}"), "text\n\"é😀")).collect();
    append(&**log, sent[..3].to_vec()).await.unwrap();
    append(&**log, sent[3..].to_vec()).await.unwrap();
    assert_eq!(log.heads(&[StreamId::new(), stream]).await.unwrap(), [0, 7]);
    assert_eq!(log.events(stream, 0, 100).await.unwrap(), sent);
    assert_eq!(log.events(stream, 2, 3).await.unwrap(), sent[2..5]);
    assert_eq!(log.events(stream, 7, 3).await.unwrap(), []);
    assert_eq!(log.events(stream, Seq::MAX, u32::MAX).await.unwrap(), []);
}

pub async fn another_head_is_a_conflict(log: &Subject) {
    let (stream, author) = (StreamId::new(), UserId::new());
    assert!(is_conflict(&append(&**log, vec![message(stream, 2, author, "b", "early")]).await));
    append(&**log, vec![message(stream, 1, author, "a", "first")]).await.unwrap();
    assert!(is_conflict(&append(&**log, vec![message(stream, 1, author, "b", "late")]).await));
    assert!(is_conflict(&append(&**log, vec![message(stream, 3, author, "b", "early")]).await));
    assert_eq!(log.heads(&[stream]).await.unwrap(), [1]);
    append(&**log, vec![message(stream, 2, author, "b", "second")]).await.unwrap();
    assert_eq!(log.heads(&[stream]).await.unwrap(), [2]);
}

pub async fn a_repeated_key_is_a_conflict(log: &Subject) {
    let (stream, author) = (StreamId::new(), UserId::new());
    append(&**log, vec![message(stream, 1, author, "a", "first")]).await.unwrap();
    // What stands before the repeated key may be stored, what stands after it may not.
    let batch = vec![
        message(stream, 2, author, "b", "before"),
        message(stream, 3, author, "a", "again"),
        message(stream, 4, author, "c", "after"),
    ];
    let before = stored(append(&**log, batch).await);
    let mut texts = vec!["first", "before"];
    texts.truncate(1 + before);
    expect_texts(log, stream, &texts).await;
    let keys = ["a", "b", "c"].map(|key| (author, key.to_owned()));
    assert_eq!(log.known(stream, &keys).await.unwrap().len(), 1 + before);
    // The rest goes on from there, and finds no key of it taken.
    let rest = [message(stream, 2, author, "b", "before"), message(stream, 3, author, "c", "after")];
    append(&**log, rest[before..].to_vec()).await.unwrap();
    expect_texts(log, stream, &["first", "before", "after"]).await;
    // A key twice in one batch, the first of its stream.
    let fresh = StreamId::new();
    let twice = vec![message(fresh, 1, author, "x", "one"), message(fresh, 2, author, "x", "two")];
    let before = stored(append(&**log, twice).await);
    expect_texts(log, fresh, &["one"][..before]).await;
    if before == 0 {
        append(&**log, vec![message(fresh, 1, author, "x", "one")]).await.unwrap();
    }
    // An event of another kind has a key, too, and shares its space.
    let read = EventBody::ReadAdvanced(ReadAdvanced { conversation_id: stream.0.into(), seq: 1 });
    let key = Some(IdempotencyKey { client_id: "x".to_owned(), fingerprint: 5 });
    let keyed = |seq| LogEvent { key: key.clone(), ..event(fresh, seq, author, read.clone()) };
    assert!(is_conflict(&append(&**log, vec![keyed(2)]).await));
}

pub async fn a_key_belongs_to_its_author_and_stream(log: &Subject) {
    let (stream, other, ada, bob) = (StreamId::new(), StreamId::new(), UserId::new(), UserId::new());
    append(&**log, vec![message(stream, 1, ada, "a", "ada"), message(stream, 2, bob, "a", "bob")]).await.unwrap();
    append(&**log, vec![message(other, 1, ada, "a", "elsewhere")]).await.unwrap();
    let known =
        log.known(stream, &[(bob, "a".to_owned()), (ada, "a".to_owned()), (ada, "A".to_owned())]).await.unwrap();
    let key = |text| IdempotencyKey { client_id: "a".to_owned(), fingerprint: fingerprint(text) };
    assert!(known.contains(&Known { actor: bob, key: key("bob"), seq: 2 }));
    assert!(known.contains(&Known { actor: ada, key: key("ada"), seq: 1 }));
    assert_eq!(known.len(), 2);
}

pub async fn known_keys_keep_their_first_fingerprint(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    append(&**log, vec![message(stream, 1, ada, "a", "before")]).await.unwrap();
    append(&**log, vec![event(stream, 2, ada, edited(1, "after", Vec::new(), moment(9)))]).await.unwrap();
    let known = log.known(stream, &[(ada, "a".to_owned())]).await.unwrap();
    assert_eq!(known[0].key.fingerprint, fingerprint("before"));
    // An event without a message, found by its key.
    let read = LogBody::Inbox(InboxFact::ReadAdvanced(ReadAdvanced { conversation_id: stream.0.into(), seq: 1 }));
    let key = IdempotencyKey { client_id: "outbox".to_owned(), fingerprint: i64::MIN };
    let inbox =
        LogEvent { stream: ada.into(), seq: 1, at: moment(1), actor: Some(ada), key: Some(key.clone()), body: read };
    append(&**log, vec![inbox]).await.unwrap();
    let known = log.known(ada.into(), &[(ada, "outbox".to_owned())]).await.unwrap();
    assert_eq!(known, [Known { actor: ada, key, seq: 1 }]);
}

pub async fn nonsense_is_refused(log: &Subject) {
    let (stream, author) = (StreamId::new(), UserId::new());
    let failed = |outcome| matches!(outcome, Err(AppendError::Failed(_)));
    let hole = vec![message(stream, 1, author, "a", "one"), message(stream, 3, author, "b", "three")];
    assert!(failed(append(&**log, hole).await));
    let astray = vec![message(stream, 1, author, "a", "one"), message(StreamId::new(), 2, author, "b", "two")];
    assert!(failed(append(&**log, astray).await));
    let numbered = Batch { stream, after: 5, events: vec![message(stream, 1, author, "a", "one").into()] };
    assert!(failed(log.append(numbered).await));
    log.append(Batch { stream, after: 0, events: Vec::new() }).await.unwrap();
    assert_eq!(log.heads(&[stream]).await.unwrap(), [0]);
}

pub async fn many_streams_at_once(log: &Subject) {
    let author = UserId::new();
    let writers = (0..40).map(|_| {
        let log = Arc::clone(log);
        tokio::spawn(async move {
            let stream = StreamId::new();
            for seq in 1..=20 {
                append(&*log, vec![message(stream, seq, author, &format!("c{seq}"), "text")]).await.unwrap();
                // What was acknowledged is there to read.
                assert_eq!(log.heads(&[stream]).await.unwrap(), [seq]);
            }
            stream
        })
    });
    for stream in join_all(writers).await {
        let events = log.events(stream.unwrap(), 0, 100).await.unwrap();
        assert!(events.iter().map(|event| event.seq).eq(1..=20));
    }
}

pub async fn a_contended_stream_has_one_winner_for_each_seq(log: &Subject) {
    let stream = StreamId::new();
    let writers = (0..8).map(|nth| {
        let log = Arc::clone(log);
        tokio::spawn(async move {
            let author = UserId::new();
            let (mut won, mut seq) = (0, 1);
            while won < 10 {
                match append(&*log, vec![message(stream, seq, author, &format!("{nth}-{won}"), "text")]).await {
                    Ok(()) => won += 1,
                    Err(AppendError::Conflict { stored, .. }) => assert_eq!(stored, 0),
                    Err(AppendError::Failed(error)) => panic!("{error}"),
                }
                seq = log.heads(&[stream]).await.unwrap()[0] + 1;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let events = log.events(stream, 0, 1000).await.unwrap();
    assert!(events.iter().map(|event| event.seq).eq(1..=80));
}

pub async fn a_bad_batch_harms_no_other(log: &Subject) {
    let (author, taken) = (UserId::new(), StreamId::new());
    append(&**log, vec![message(taken, 1, author, "a", "first")]).await.unwrap();
    // All at once, so that good and bad ones meet in one write.
    let outcomes = join_all((0..200).map(|nth| {
        let log = Arc::clone(log);
        async move {
            if nth % 3 == 0 {
                let bad = vec![message(taken, 2, author, "fresh", "second"), message(taken, 3, author, "a", "again")];
                return stored(append(&*log, bad).await);
            }
            let stream = StreamId::new();
            let good = (1..=3).map(|seq| message(stream, seq, author, &format!("c{seq}"), "text")).collect();
            append(&*log, good).await.unwrap();
            assert_eq!(log.heads(&[stream]).await.unwrap(), [3]);
            0
        }
    }));
    let stored: usize = outcomes.await.into_iter().sum();
    expect_texts(log, taken, &["first", "second"][..=stored]).await;
    let next = 2 + stored as Seq;
    append(&**log, vec![message(taken, next, author, "later", "text")]).await.unwrap();
}

pub async fn an_erased_stream_is_as_if_it_had_never_been(log: &Subject) {
    let (stream, other, ada) = (StreamId::new(), StreamId::new(), UserId::new());
    for stream in [stream, other] {
        let texts = (1..=1_200).map(|seq| message(stream, seq, ada, &seq.to_string(), "secret"));
        append(&**log, texts.collect()).await.unwrap();
        let reactions = (1_201..=1_210)
            .map(|seq| event(stream, seq, ada, EventBody::ReactionAdded(reaction(seq - 1_200, "👍", ada))));
        append(&**log, reactions.collect()).await.unwrap();
    }
    let kept = log.digest(other).await.unwrap();
    log.erase(stream).await.unwrap();
    assert_eq!(log.heads(&[stream, other]).await.unwrap(), [0, 1_210]);
    assert_eq!(log.events(stream, 0, 10).await.unwrap(), []);
    assert_eq!(log.messages(stream, &[1, 2]).await.unwrap(), []);
    assert_eq!(log.known(stream, &[(ada, "1".to_owned())]).await.unwrap(), []);
    assert_eq!(log.digest(other).await.unwrap(), kept, "nobody else's");
    assert!(!log.streams_after(None, 100).await.unwrap().iter().any(|(id, _)| *id == stream));

    log.erase(stream).await.expect("erased already");
    log.erase(StreamId::new()).await.expect("never there");
    append(&**log, vec![message(stream, 1, ada, "1", "anew")]).await.expect("begins anew");
    let first = log.messages(stream, &[1]).await.unwrap().remove(0);
    assert_eq!((first.text.as_str(), first.reactions.len()), ("anew", 0));
}

pub async fn a_log_that_starts_over_is_empty(log: &Subject) {
    let (stream, ada) = (StreamId::new(), UserId::new());
    let history = |text: &str| {
        vec![
            message(stream, 1, ada, "1", text),
            event(stream, 2, ada, EventBody::ReactionAdded(reaction(1, "👍", ada))),
        ]
    };
    for (epoch, text) in [(7, "before"), (8, "after")] {
        log.start_over(epoch).await.unwrap();
        assert_eq!(log.epoch().await.unwrap(), epoch);
        assert_eq!(log.streams_after(None, 10).await.unwrap(), []);
        assert_eq!(log.known(stream, &[(ada, "1".to_owned())]).await.unwrap(), []);
        append(&**log, history(text)).await.unwrap();
        let first = log.messages(stream, &[1]).await.unwrap().remove(0);
        assert_eq!((first.text.as_str(), first.reactions.len()), (text, 1));
    }
}
