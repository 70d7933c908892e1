//! Random histories, compared with the [`Model`].

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use studyhall_domain::ports::{Anchor, HistoryQuery, LogEvent};
use studyhall_wire::{EventBody, Message, Seq, StreamId, UserId};

use super::Subject;
use crate::{
    fixture::{append, deleted, edited, event, file, joined, message, moment, pinned, reaction, with},
    model::Model,
};

const CASES: u32 = 48;
const EMOJI: [&str; 3] = ["👍", "❤️", "a"];

/// One event, but for its place. Targets are any seq of the history: of a message or not, of the past or the future.
#[derive(Clone, Debug)]
enum Step {
    Post { author: usize, text: String, mention: Option<usize>, everyone: bool, file: bool },
    Edit { target: Seq, text: String, mention: Option<usize> },
    Delete { target: Seq },
    React { target: Seq, emoji: usize, user: usize, add: bool },
    Pin { target: Seq, on: bool },
    Join { user: usize },
}

fn step(length: Seq) -> impl Strategy<Value = Step> {
    let user = 0..3_usize;
    let target = 1..length + 2;
    let text = prop_oneof!["[a-z ]{0,12}", any::<String>(), Just("\"\\\u{1}\u{2028}é😀".to_owned())];
    prop_oneof![
        4 => (user.clone(), text.clone(), option::of(user.clone()), any::<bool>(), any::<bool>()).prop_map(
            |(author, text, mention, everyone, file)| Step::Post { author, text, mention, everyone, file }
        ),
        2 => (target.clone(), text, option::of(user.clone()))
            .prop_map(|(target, text, mention)| Step::Edit { target, text, mention }),
        1 => target.clone().prop_map(|target| Step::Delete { target }),
        3 => (target.clone(), 0..EMOJI.len(), user.clone(), any::<bool>())
            .prop_map(|(target, emoji, user, add)| Step::React { target, emoji, user, add }),
        1 => (target, any::<bool>()).prop_map(|(target, on)| Step::Pin { target, on }),
        1 => user.prop_map(|user| Step::Join { user }),
    ]
}

fn to_event(step: Step, stream: StreamId, seq: Seq, users: &[UserId]) -> LogEvent {
    let mention = |mention: Option<usize>| mention.map(|user| users[user]).into_iter().collect::<Vec<_>>();
    match step {
        Step::Post { author, text, mention: mentioned, everyone, file: attach } => {
            with(message(stream, seq, users[author], &seq.to_string(), &text), |message| {
                message.mentions = mention(mentioned);
                message.mentions_everyone = everyone;
                message.reply_to = (seq > 2).then_some(seq - 2);
                if attach {
                    message.attachments = vec![file(users[author])];
                }
            })
        }
        Step::Edit { target, text, mention: mentioned } => {
            event(stream, seq, users[0], edited(target, &text, mention(mentioned), moment(seq + 1)))
        }
        Step::Delete { target } => event(stream, seq, users[0], deleted(target, moment(seq))),
        Step::React { target, emoji, user, add } => {
            let change = reaction(target, EMOJI[emoji], users[user]);
            let body = if add { EventBody::ReactionAdded(change) } else { EventBody::ReactionRemoved(change) };
            event(stream, seq, users[user], body)
        }
        Step::Pin { target, on: true } => event(stream, seq, users[0], pinned(target)),
        Step::Pin { target, on: false } => {
            event(stream, seq, users[0], EventBody::MessageUnpinned(studyhall_wire::MessageRef { seq: target }))
        }
        Step::Join { user } => event(stream, seq, users[user], joined(users[user])),
    }
}

/// Whatever is appended, in whatever batches: state, digest, pages, counts and replay are those of the model.
pub async fn any_history_agrees_with_the_model(log: &Subject) {
    let mut runner = TestRunner::default();
    let cases = (1..60_i64).prop_flat_map(|length| (vec(step(length), 1..=60), vec(1..8_usize, 60)));
    for _ in 0..CASES {
        let (steps, batches) = cases.new_tree(&mut runner).expect("the strategy filters nothing").current();
        let (stream, users) = (StreamId::new(), [UserId::new(), UserId::new(), UserId::new()]);
        let events: Vec<LogEvent> = (1..).zip(steps).map(|(seq, step)| to_event(step, stream, seq, &users)).collect();
        let mut rest = events.as_slice();
        for size in batches {
            let (batch, after) = rest.split_at(size.min(rest.len()));
            if !batch.is_empty() {
                append(&**log, batch.to_vec()).await.unwrap();
            }
            rest = after;
        }
        let model = Model::of(&events);
        check_state(log, stream, &model).await;
        check_replay(log, stream, &model).await;
        check_pages(log, stream, &model).await;
        check_unread(log, stream, &model, &users).await;
    }
}

/// The order of emoji is not part of the contract: after a removal a page and a replay may differ in it.
fn sorted(mut messages: Vec<Message>) -> Vec<Message> {
    for message in &mut messages {
        message.reactions.sort_by(|a, b| a.emoji.cmp(&b.emoji));
    }
    messages
}

fn expected<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<Message> {
    sorted(messages.into_iter().cloned().collect())
}

async fn check_state(log: &Subject, stream: StreamId, model: &Model) {
    assert_eq!(log.heads(&[stream]).await.unwrap(), [model.head]);
    let seqs: Vec<Seq> = (0..=model.head + 1).rev().collect();
    assert_eq!(sorted(log.messages(stream, &seqs).await.unwrap()), expected(model.messages.values()));
    assert_eq!(log.digest(stream).await.unwrap(), model.digest());
}

/// What `events` gives folds to the same state, from the start.
async fn check_replay(log: &Subject, stream: StreamId, model: &Model) {
    let mut replayed: Vec<LogEvent> = Vec::new();
    loop {
        let page = log.events(stream, replayed.last().map_or(0, |last| last.seq), 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        replayed.extend(page);
    }
    assert!(replayed.iter().map(|event| event.seq).eq(1..=model.head));
    let replayed = Model::of(&replayed);
    assert_eq!(expected(replayed.messages.values()), expected(model.messages.values()));
    assert_eq!(replayed.digest(), model.digest());
    assert_eq!(replayed.system, model.system);
}

async fn check_pages(log: &Subject, stream: StreamId, model: &Model) {
    let page = async |anchor, pinned, limit| {
        let page = log.history(stream, HistoryQuery { anchor, pinned, limit }).await.unwrap();
        assert_eq!(page.as_of, model.head);
        (sorted(page.items), page.has_more, page.system)
    };
    for pinned in [false, true] {
        let all = expected(model.messages.values().filter(|message| message.pinned || !pinned));
        for seq in 0..=model.head + 1 {
            let before = all.partition_point(|message| message.seq < seq);
            let until = all.partition_point(|message| message.seq <= seq);
            let (items, more, _) = page(Anchor::Before(seq), pinned, 3).await;
            assert_eq!((items.as_slice(), more), (&all[before.saturating_sub(3)..before], before > 3));
            let (items, more, _) = page(Anchor::After(seq), pinned, 3).await;
            assert_eq!((items.as_slice(), more), (&all[until..all.len().min(until + 3)], all.len() - until > 3));
            let (items, more, _) = page(Anchor::Around(seq), pinned, 5).await;
            assert_eq!((items.len(), more), (all.len().min(5), all.len() > 5));
            let start = all.partition_point(|message| message.seq < items.first().map_or(0, |first| first.seq));
            assert_eq!(items, all[start..start + items.len()], "side by side");
            assert!(before == until || items.iter().any(|message| message.seq == seq), "around includes its seq");
        }
        // Paging from the newest back shows everything once, system events too.
        let (mut items, mut more, mut system) = page(Anchor::Newest, pinned, 4).await;
        while more {
            let (older, further, earlier) = page(Anchor::Before(items[0].seq), pinned, 4).await;
            (items, more, system) = ([older, items].concat(), further, [earlier, system].concat());
        }
        assert_eq!(items, all);
        assert_eq!(system, if pinned { Vec::new() } else { model.system.clone() });
    }
}

async fn check_unread(log: &Subject, stream: StreamId, model: &Model, users: &[UserId]) {
    for user in users {
        let asked: Vec<_> = (0..=model.head + 1).map(|read| (stream, read)).collect();
        for (overview, (_, read)) in log.overviews(*user, &asked).await.unwrap().into_iter().zip(asked) {
            assert_eq!((overview.unread, overview.unread_mentions), model.unread(*user, read));
            assert_eq!(
                sorted(overview.last_message.into_iter().collect()),
                expected(model.messages.values().next_back())
            );
        }
    }
}
