//! What every message search must do. It follows a log: what was appended and touched is found at most two seconds
//! later.

use std::{sync::Arc, time::Duration};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use studyhall_domain::{
    ports::{EventLog, LogEvent, SearchIndex, SearchQuery},
    search_text::Words,
};
use studyhall_wire::{Seq, StreamId, UserId};
use tokio::time::{Instant, sleep};

use crate::fixture::{append, deleted, edited, event, message, moment};

/// An empty log and the search that follows it.
pub struct Subject {
    pub log: Arc<dyn EventLog>,
    pub search: Arc<dyn SearchIndex>,
}

/// How far behind a search may be.
const LAG: Duration = Duration::from_secs(2);

impl Subject {
    async fn append(&self, events: Vec<LogEvent>) {
        let stream = events[0].stream;
        append(&*self.log, events).await.unwrap();
        self.search.touch(stream);
    }

    /// A new stream with these messages.
    async fn stream(&self, texts: &[&str]) -> (StreamId, UserId) {
        let (stream, author) = (StreamId::new(), UserId::new());
        let messages = (1..).zip(texts).map(|(seq, text)| message(stream, seq, author, &seq.to_string(), text));
        self.append(messages.collect()).await;
        (stream, author)
    }

    async fn find(&self, query: SearchQuery) -> Vec<(StreamId, Seq)> {
        self.search.search(query).await.unwrap().into_iter().map(|found| (found.stream, found.seq)).collect()
    }

    /// The seqs found in one stream, newest first.
    async fn seqs(&self, stream: StreamId, text: &str) -> Vec<Seq> {
        self.find(query(text, vec![stream])).await.into_iter().map(|(_, seq)| seq).collect()
    }

    /// Asks again and again: the answer must come within [`LAG`], and be the same after it, too.
    async fn expect(&self, stream: StreamId, text: &str, seqs: &[Seq]) {
        let end = Instant::now() + LAG;
        loop {
            let found = self.seqs(stream, text).await;
            if found == seqs {
                break;
            }
            assert!(Instant::now() < end, "{text:?} finds {found:?} instead of {seqs:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What is asked is asked twice: at once, and when an indexer has certainly taken it.
async fn later(round: u32) {
    if round > 0 {
        sleep(LAG).await;
    }
}

fn query(text: &str, streams: Vec<StreamId>) -> SearchQuery {
    SearchQuery { text: text.to_owned(), streams, author: None, before: None, limit: 100 }
}

pub async fn parts_of_words_are_found(subject: &Subject) {
    let (stream, _) = subject.stream(&["The Photosynthesis lecture", "x2 + y = 3.5", "O", "tea for two"]).await;
    for round in 0..2 {
        later(round).await;
        for part in ["photosynthesis", "PHOTO", "synth", "sis", "p", "s", "os", "otosynthesi"] {
            subject.expect(stream, part, &[1]).await;
        }
        subject.expect(stream, "o", &[4, 3, 1]).await;
        subject.expect(stream, "x2", &[2]).await;
        subject.expect(stream, "3.5", &[2]).await;
        subject.expect(stream, "te", &[4]).await;
        subject.expect(stream, "photosynthesisx", &[]).await;
        // Parts of two words that stand side by side are no part of a word.
        subject.expect(stream, "teafor", &[]).await;
        subject.expect(stream, "eaf", &[]).await;
    }
}

pub async fn scripts_without_spaces_are_found(subject: &Subject) {
    let texts = ["明日の会議は午後三時です", "ภาษาไทยไม่มีช่องว่าง", "हिन्दी में लिखा", "Straße CAFÉ ﬁn", "שלום עולם"];
    let (stream, _) = subject.stream(&texts).await;
    for round in 0..2 {
        later(round).await;
        for (part, seq) in [
            ("会議", 1),
            ("午後三時", 1),
            ("明", 1),
            ("議", 1),
            ("す", 1),
            ("ไทย", 2),
            ("ว่าง", 2),
            ("हिन्दी", 3),
            ("लिखा", 3),
            ("STRAß", 4),
            ("cafe\u{301}", 4),
            ("fin", 4),
            ("שלו", 5),
        ] {
            subject.expect(stream, part, &[seq]).await;
        }
        subject.expect(stream, "会三", &[]).await;
        subject.expect(stream, "cafe", &[]).await;
    }
}

pub async fn all_words_must_occur(subject: &Subject) {
    let (stream, _) = subject.stream(&["linear algebra notes", "algebra only", "linear regression", "notes"]).await;
    for round in 0..2 {
        later(round).await;
        subject.expect(stream, "algebra linear", &[1]).await;
        subject.expect(stream, "line, alg! (n)", &[1]).await;
        subject.expect(stream, "algebra", &[2, 1]).await;
        subject.expect(stream, "linear notes regression", &[]).await;
    }
}

pub async fn edits_and_deletions_are_followed(subject: &Subject) {
    let (stream, author) = subject.stream(&["first apple", "second apple", "third apple"]).await;
    subject.expect(stream, "apple", &[3, 2, 1]).await;
    sleep(LAG).await;
    subject.append(vec![event(stream, 4, author, edited(2, "second pear", Vec::new(), moment(4)))]).await;
    subject.expect(stream, "apple", &[3, 1]).await;
    subject.expect(stream, "pear", &[2]).await;
    subject.append(vec![event(stream, 5, author, deleted(1, moment(5)))]).await;
    subject.expect(stream, "apple", &[3]).await;
    sleep(LAG).await;
    subject.expect(stream, "apple", &[3]).await;
    subject.expect(stream, "pear", &[2]).await;
    // Both between two looks of the indexer.
    subject
        .append(vec![
            message(stream, 6, author, "6", "sixth plum"),
            event(stream, 7, author, edited(6, "sixth apple", Vec::new(), moment(7))),
            event(stream, 8, author, edited(2, "second apple", Vec::new(), moment(8))),
            event(stream, 9, author, deleted(3, moment(9))),
        ])
        .await;
    for round in 0..2 {
        later(round).await;
        subject.expect(stream, "plum", &[]).await;
        subject.expect(stream, "pear", &[]).await;
        subject.expect(stream, "apple", &[6, 2]).await;
    }
}

pub async fn only_the_named_streams_and_author(subject: &Subject) {
    let mut streams = Vec::new();
    for _ in 0..120 {
        streams.push(subject.stream(&["common word"]).await);
    }
    let empty = StreamId::new();
    for round in 0..2 {
        later(round).await;
        // Few streams and many are asked for in different ways.
        for count in [1, 3, 100] {
            let asked: Vec<StreamId> =
                streams[10..10 + count].iter().map(|(stream, _)| *stream).chain([empty]).collect();
            let mut found = subject.find(query("word", asked.clone())).await;
            found.sort();
            let mut expected: Vec<_> = asked[..count].iter().map(|stream| (*stream, 1)).collect();
            expected.sort();
            assert_eq!(found, expected);
        }
        let (stream, author) = streams[5];
        let everywhere: Vec<StreamId> = streams.iter().map(|(stream, _)| *stream).collect();
        let by = |author| SearchQuery { author: Some(author), ..query("word", everywhere.clone()) };
        assert_eq!(subject.find(by(author)).await, [(stream, 1)]);
        assert_eq!(subject.find(by(UserId::new())).await, []);
        assert_eq!(subject.find(query("word", Vec::new())).await, []);
    }
}

pub async fn newest_first_in_pages(subject: &Subject) {
    let (one, other, author) = (StreamId::new(), StreamId::new(), UserId::new());
    // The streams take turns in time; each is appended whole.
    let at = |stream, seq, time| {
        let mut message = crate::fixture::with(message(stream, seq, author, &seq.to_string(), "needle"), |message| {
            message.created_at = moment(time);
        });
        message.at = moment(time);
        message
    };
    subject.append((1..=20).map(|seq| at(one, seq, seq * 2)).collect()).await;
    subject.append((1..=20).map(|seq| at(other, seq, seq * 2 + 1)).collect()).await;
    let expected: Vec<_> = (1..=20).rev().flat_map(|seq| [(other, seq), (one, seq)]).collect();
    for round in 0..2 {
        later(round).await;
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page = SearchQuery { before, limit: 7, ..query("needle", vec![one, other]) };
            let page = subject.search.search(page).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.position);
            found.extend(page.iter().map(|found| (found.stream, found.seq)));
        }
        assert_eq!(found, expected);
    }
}

pub async fn a_hostile_query_finds_nothing(subject: &Subject) {
    let (stream, _) = subject.stream(&["plain text near to nothing", "not or and"]).await;
    let long = "x".repeat(8_000);
    let many = (0..4_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    for round in 0..2 {
        later(round).await;
        for hostile in [
            "",
            " ",
            "\"",
            "\"\"",
            "*",
            "'; DROP TABLE words; --",
            "text:zzz",
            "-",
            "^",
            "(",
            "NEAR(a b)zzz",
            "\0",
            "a\0zzz",
            "{text}:zzz",
            "()",
            "%",
            "🦀",
            "\u{301}",
            "\u{200d}",
            "AND AND zzz",
            "s1 zzz",
            &long,
            &many,
        ] {
            assert!(subject.seqs(stream, hostile).await.is_empty(), "{hostile:?}");
        }
        // Words that are operators elsewhere are words here.
        subject.expect(stream, "NOT OR", &[2]).await;
        subject.expect(stream, "near NOT", &[1]).await;
    }
}

pub async fn an_erased_stream_is_forgotten(subject: &Subject) {
    let (kept, _) = subject.stream(&["a common secret"]).await;
    let (stream, _) = subject.stream(&["a common secret"; 3]).await;
    for round in 0..2 {
        subject.expect(stream, "common", &[3, 2, 1]).await;
        later(round).await;
    }
    subject.log.erase(stream).await.unwrap();
    subject.search.touch(stream);
    subject.expect(stream, "common", &[]).await;
    subject.expect(kept, "common", &[1]).await;
    let author = UserId::new();
    subject.append(vec![message(stream, 1, author, "1", "begun anew")]).await;
    subject.expect(stream, "anew", &[1]).await;
    subject.expect(stream, "common", &[]).await;
}

pub async fn a_rebuilt_index_finds_the_same(subject: &Subject) {
    let (stream, author) = subject.stream(&["one fish", "two fish", "red fish", "blue whale"]).await;
    subject.append(vec![event(stream, 5, author, deleted(2, moment(9)))]).await;
    subject.expect(stream, "fish", &[3, 1]).await;
    later(1).await;
    subject.search.rebuild().await.unwrap();
    for round in 0..2 {
        later(round).await;
        subject.expect(stream, "fish", &[3, 1]).await;
        subject.expect(stream, "whale", &[4]).await;
        subject.expect(stream, "two", &[]).await;
    }
    subject.append(vec![message(stream, 6, author, "6", "a new fish")]).await;
    subject.expect(stream, "fish", &[6, 3, 1]).await;
}

/// An exact index has neither false matches nor misses.
pub async fn finds_just_what_a_naive_search_finds(subject: &Subject) {
    let word = prop_oneof!["[ab]{1,4}", "[abc明日]{1,6}", Just("É".to_owned()), "[a-c]{1,2}\u{301}?"];
    let text = vec(word, 0..5).prop_map(|words| words.join(" "));
    let cases = (vec(text.clone(), 1..40), vec(text, 60));
    let (texts, queries) = cases.new_tree(&mut TestRunner::default()).expect("nothing is filtered").current();
    let (stream, _) = subject.stream(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for round in 0..2 {
        later(round).await;
        for query in &queries {
            assert_eq!(subject.seqs(stream, query).await, naive(&texts, query), "{query:?} in {texts:?}");
        }
    }
}

fn naive(texts: &[String], query: &str) -> Vec<Seq> {
    let query = Words::of(query);
    if query.is_empty() {
        return Vec::new();
    }
    let has = |text: &String| {
        let text = Words::of(text);
        query.iter().all(|part| text.iter().any(|word| word.contains(part)))
    };
    let found = (1..).zip(texts).filter(|(_, text)| has(text)).map(|(seq, _)| seq);
    let mut found: Vec<Seq> = found.collect();
    found.reverse();
    found
}
