//! The rules of refresh tokens, against a model of them, over any order of use and any pause.

use std::collections::HashMap;

use crate::common::Node;
use proptest::prelude::*;
use studyhall_domain::ports::{EndSessions, NewSession, Rotation, SessionStore, TokenHash};
use studyhall_wire::{SessionId, Timestamp, UserId};

const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Clone, Debug)]
enum Step {
    /// Presents the token that is so many places back from the newest one of the session.
    Present { session: usize, back: usize },
    /// So much later.
    Wait { ms: i64 },
    /// Signs out.
    End { session: usize },
    /// Presents what was never given.
    Guess,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![0..100_i64, 29_900..30_100_i64, 0..120_000_i64, Just(DAY_MS), Just(31 * DAY_MS)];
    let step = prop_oneof![
        12 => (0..2_usize, prop_oneof![5 => Just(0_usize), 4 => Just(1), 1 => 2..5_usize])
            .prop_map(|(session, back)| Step::Present { session, back }),
        6 => pause.prop_map(|ms| Step::Wait { ms }),
        1 => (0..2_usize).prop_map(|session| Step::End { session }),
        1 => Just(Step::Guess),
    ];
    prop::collection::vec(step, 1..40)
}

/// One session as the rules describe it.
struct Model {
    id: SessionId,
    /// How many tokens were given; the last one is unused.
    given: usize,
    /// When the last use was.
    used_at: i64,
    over: bool,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Rotated,
    Repeated,
    Reused,
    Unknown,
}

impl Model {
    fn present(&mut self, back: usize, now: i64) -> Outcome {
        if self.over || now - self.used_at > 30 * DAY_MS {
            return Outcome::Unknown;
        }
        match back {
            0 => {
                self.given += 1;
                self.used_at = now;
                Outcome::Rotated
            }
            1 if now - self.used_at <= 30_000 => Outcome::Repeated,
            _ => {
                self.over = true;
                Outcome::Reused
            }
        }
    }
}

/// The token with this number, of this session: as good as an HMAC of its predecessor, and easy to read.
fn token(session: SessionId, number: usize) -> TokenHash {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(session.0.as_bytes());
    hash[16..24].copy_from_slice(&(number as u64).to_be_bytes());
    hash
}

async fn follow_the_rules(node: &Node, user: UserId, steps: Vec<Step>) {
    let mut now = studyhall_domain::now().as_millis();
    let mut sessions = [SessionId::new(), SessionId::new()].map(|id| Model { id, given: 1, used_at: now, over: false });
    for session in &sessions {
        let new = NewSession {
            id: session.id,
            user,
            token: token(session.id, 0),
            ip: None,
            user_agent: None,
            created_at: Timestamp::from_millis(now),
        };
        node.store.create_session(new).await.unwrap();
    }
    for step in steps {
        let at = Timestamp::from_millis(now);
        match step {
            Step::Wait { ms } => now += ms,
            Step::Guess => {
                let strange = token(SessionId::new(), 0);
                assert_eq!(node.store.rotate(strange, token(sessions[0].id, 99), at).await.unwrap(), Rotation::Unknown);
            }
            Step::End { session } => {
                let model = &mut sessions[session];
                let ended = node.store.end_sessions(user, EndSessions::One(model.id), at).await.unwrap();
                assert_eq!(ended, if model.over { vec![] } else { vec![model.id] });
                model.over = true;
            }
            Step::Present { session, back } => {
                let model = &mut sessions[session];
                let Some(number) = (model.given - 1).checked_sub(back) else { continue };
                let (id, presented) = (model.id, token(model.id, number));
                let expected = model.present(back, now);
                let got = node.store.rotate(presented, token(id, number + 1), at).await.unwrap();
                let got = match got {
                    Rotation::Rotated(session) if session.id == id => Outcome::Rotated,
                    Rotation::Repeated(session) if session.id == id => Outcome::Repeated,
                    Rotation::Reused(session) if session == id => Outcome::Reused,
                    Rotation::Unknown => Outcome::Unknown,
                    other => panic!("{other:?} is about another session"),
                };
                assert_eq!(got, expected, "token {number} of {} given", model.given);
            }
        }
    }
    let ended: HashMap<_, _> = sessions.iter().map(|session| (session.id, session.over)).collect();
    for (id, over) in ended {
        assert_eq!(node.store.standing(id).await.unwrap().unwrap().ended, over);
    }
}

#[test]
fn tokens_rotate_by_the_rules() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (node, user) = runtime.block_on(async {
        let node = Node::start().await;
        let user = node.register("ada").await.user.id;
        (node, user)
    });
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in steps())| {
        runtime.block_on(follow_the_rules(&node, user, steps));
    });
}
