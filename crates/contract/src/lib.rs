//! The contract suites that every implementation of a storage port must pass: written against `dyn EventLog` and `dyn
//! SearchIndex`, so that SQLite and any other database are held to the same words.
//!
//! A crate with an implementation calls [`log_contract!`] and [`search_contract!`] in a test file, with a function that
//! opens an empty one. This crate knows only the ports, so that a store's tests build without the server.

#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a failing test panics")]
#![allow(clippy::cast_possible_wrap, reason = "small counts")]

pub mod fixture;
pub mod log;
pub mod model;
pub mod search;

/// Makes a test of each function named: `$open` is async and gives a value that the function takes by reference, and
/// one that is kept until the test ends.
#[macro_export]
macro_rules! contract_tests {
    ($open:path, $suite:path: $($name:ident),* $(,)?) => {
        use $suite as suite;
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (subject, _keep) = $open().await;
                suite::$name(&subject).await;
            }
        )*
    };
}

/// The whole suite of the event log. `$open` is an `async fn() -> (Arc<dyn EventLog>, impl Drop)`.
#[macro_export]
macro_rules! log_contract {
    ($open:path) => {
        $crate::contract_tests!(
            $open,
            $crate::log:
            an_unknown_stream_is_empty,
            seqs_are_given_back_without_holes,
            another_head_is_a_conflict,
            a_repeated_key_is_a_conflict,
            a_key_belongs_to_its_author_and_stream,
            known_keys_keep_their_first_fingerprint,
            nonsense_is_refused,
            many_streams_at_once,
            a_contended_stream_has_one_winner_for_each_seq,
            a_bad_batch_harms_no_other,
            an_erased_stream_is_as_if_it_had_never_been,
            a_log_that_starts_over_is_empty,
            a_deleted_text_is_gone_everywhere,
            inbox_events_come_back_as_they_went_in,
            unknown_kinds_are_kept,
            streams_are_listed_in_pages,
            unread_is_capped,
            a_clock_that_steps_back_changes_no_order,
            pages_are_right_among_many_other_events,
            keys_and_emoji_are_compared_by_their_bytes,
            values_come_back_as_they_went_in,
            streams_order_by_their_bytes,
            the_largest_batches_are_taken,
            any_history_agrees_with_the_model,
        );
    };
}

/// The whole suite of message search. `$open` is an `async fn() -> (search::Subject, impl Drop)`.
#[macro_export]
macro_rules! search_contract {
    ($open:path) => {
        $crate::contract_tests!(
            $open,
            $crate::search:
            parts_of_words_are_found,
            scripts_without_spaces_are_found,
            all_words_must_occur,
            edits_and_deletions_are_followed,
            only_the_named_streams_and_author,
            newest_first_in_pages,
            a_hostile_query_finds_nothing,
            an_erased_stream_is_forgotten,
            a_rebuilt_index_finds_the_same,
            finds_just_what_a_naive_search_finds,
        );
    };
}
