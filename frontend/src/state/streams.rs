//! Where this client stands in each stream that it follows: what to resume from, which event is the next, and whether
//! something was lost on the way. Pure; no browser.

use std::collections::{BTreeMap, HashMap};

use studyhall_wire::{Epoch, Resume, Seq, StreamId, StreamState};

/// The most streams that one `hello` names: what fits into a frame of 64 KiB with room to spare. Streams beyond start
/// live at their head and are fetched anew.
const RESUME_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    epoch: Epoch,
    after: Seq,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// It is the next one.
    Next,
    /// It was here before.
    Repeat,
    /// Something between it and the last one is missing.
    Gap,
}

/// A client's positions in its streams.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    positions: HashMap<StreamId, Position>,
    /// The heads that the last heartbeat told.
    heads: BTreeMap<StreamId, Seq>,
}

impl Streams {
    /// What `hello` names, those in `first` before all others: the server replays in this order until its limit.
    pub fn resume(&self, first: &[StreamId]) -> Vec<Resume> {
        let mut order: Vec<StreamId> = first.to_vec();
        order.extend(self.positions.keys().filter(|stream| !first.contains(stream)));
        order
            .into_iter()
            .filter_map(|stream| {
                let Position { epoch, after } = *self.positions.get(&stream)?;
                Some(Resume { stream, epoch, after })
            })
            .take(RESUME_MAX)
            .collect()
    }

    /// The server's answer to `hello`. Answers the streams that go on where they were: what was missed will be sent.
    /// The state of all others must be fetched anew.
    pub fn ready(&mut self, states: &[StreamState]) -> Vec<StreamId> {
        self.heads.clear();
        let known = std::mem::take(&mut self.positions);
        let mut resumed = Vec::new();
        for state in states {
            let position = match known.get(&state.stream) {
                Some(position) if state.recovered => {
                    resumed.push(state.stream);
                    *position
                }
                _ => Position { epoch: state.epoch, after: state.head },
            };
            self.positions.insert(state.stream, position);
        }
        resumed
    }

    /// Judges an event by its place and, when it is the next one, moves on to it. An event of a stream that was not
    /// known begins it: the server subscribes a socket to what its user enters.
    pub fn admit(&mut self, stream: StreamId, seq: Seq) -> Admit {
        let Some(position) = self.positions.get_mut(&stream) else {
            self.positions.insert(stream, Position { epoch: 0, after: seq });
            return Admit::Next;
        };
        if seq <= position.after {
            Admit::Repeat
        } else if seq == position.after + 1 {
            position.after = seq;
            Admit::Next
        } else {
            Admit::Gap
        }
    }

    /// A stream that was entered while connected: live after `head`. A known stream keeps its place in the same epoch.
    pub fn enter(&mut self, stream: StreamId, epoch: Epoch, head: Seq) {
        let position = self.positions.entry(stream).or_insert(Position { epoch, after: head });
        position.epoch = epoch;
    }

    /// A stream that was left.
    pub fn leave(&mut self, stream: StreamId) {
        self.positions.remove(&stream);
        self.heads.remove(&stream);
    }

    /// The heads of a heartbeat, which come behind their events. Answers whether a stream is still behind what the
    /// heartbeat before had told: then something was lost, and a new connection resumes.
    #[must_use]
    pub fn heads(&mut self, heads: BTreeMap<StreamId, Seq>) -> bool {
        let behind = self
            .heads
            .iter()
            .any(|(stream, head)| self.positions.get(stream).is_some_and(|position| position.after < *head));
        self.heads = heads;
        behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(stream: StreamId, head: Seq, recovered: bool) -> StreamState {
        StreamState { stream, epoch: 1, head, recovered }
    }

    #[test]
    fn a_recovered_stream_goes_on_where_it_was() {
        let (a, b) = (StreamId::new(), StreamId::new());
        let mut streams = Streams::default();
        assert_eq!(streams.ready(&[state(a, 5, false), state(b, 2, false)]), []);
        assert_eq!(streams.admit(a, 6), Admit::Next);
        assert_eq!(streams.ready(&[state(a, 8, true), state(b, 2, true)]), [a, b]);
        assert_eq!(streams.admit(a, 6), Admit::Repeat);
        assert_eq!(streams.admit(a, 7), Admit::Next);
        assert_eq!(streams.admit(b, 4), Admit::Gap);
        assert_eq!(streams.admit(b, 3), Admit::Next);
    }

    #[test]
    fn a_stream_that_is_not_recovered_starts_at_its_head() {
        let a = StreamId::new();
        let mut streams = Streams::default();
        streams.ready(&[state(a, 5, false)]);
        assert_eq!(streams.ready(&[state(a, 5_000, false)]), []);
        assert_eq!(streams.resume(&[]), [Resume { stream: a, epoch: 1, after: 5_000 }]);
    }

    #[test]
    fn the_streams_named_first_come_first_and_the_frame_is_bounded() {
        let mut streams = Streams::default();
        let states: Vec<_> = (0..600).map(|_| state(StreamId::new(), 1, false)).collect();
        streams.ready(&states);
        let resume = streams.resume(&[states[599].stream, states[300].stream]);
        assert_eq!(resume.len(), RESUME_MAX);
        assert_eq!((resume[0].stream, resume[1].stream), (states[599].stream, states[300].stream));
    }

    #[test]
    fn behind_at_the_second_heartbeat_is_a_loss() {
        let a = StreamId::new();
        let mut streams = Streams::default();
        streams.ready(&[state(a, 5, false)]);
        assert!(!streams.heads([(a, 6)].into()), "its event may be on its way");
        assert!(streams.heads(BTreeMap::new()));
        streams.admit(a, 6);
        assert!(!streams.heads([(a, 6)].into()));
        assert!(!streams.heads(BTreeMap::new()));
    }
}
