//! A [`Live`] message as it travels between nodes: a few fixed bytes, and events' JSON as it is.
//!
//! `version, kind, node (16)`, then by kind, ids as 16 bytes and numbers big-endian:
//!
//! | kind | |
//! |---|---|
//! | 1 events | stream, first seq (8), number (4); each: effect, length (4), JSON |
//! | 2 typing | conversation, user |
//! | 3 presence | user, state (1) |
//! | 4 profile | user |
//! | 5 session ended | session |
//! | 6 heartbeat | messages lost so far (8) |
//! | 7 standing | user |
//! | 8 acquaintance | user, viewer |
//!
//! An effect is `0`, or `1` conversation head (8), `2` user, `3` conversation, `4` user role (1), or `5` archived (1).
//!
//! What another version sends, and kinds that are not known, are left out: the log has what matters.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use studyhall_domain::ports::{Effect, Live, LiveEvent};
use studyhall_wire::{GroupRole, Presence, StreamId};
use uuid::Uuid;

const VERSION: u8 = 1;
/// Bytes of everything but the events, and of an event but its JSON, at most.
const HEAD: usize = 2 + 16 + 16 + 16 + 8 + 4;
const EVENT: usize = 1 + 24 + 4;

/// Which channel a message goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// To nodes with sockets on the stream.
    Stream(StreamId),
    /// To every node.
    Nodes,
}

/// What a node tells others.
#[derive(Clone, Debug)]
pub enum Packet {
    Live(Live),
    /// This node is there. It could not tell others so many messages since it started: whoever sees another number than
    /// before has missed some.
    Heartbeat {
        lost: u64,
    },
}

pub fn channel(message: &Live) -> Channel {
    match message {
        Live::Events { stream, .. } => Channel::Stream(*stream),
        Live::Typing { conversation, .. } => Channel::Stream((*conversation).into()),
        Live::Presence { .. }
        | Live::Standing { .. }
        | Live::Acquaintance { .. }
        | Live::Profile { .. }
        | Live::SessionEnded(_) => Channel::Nodes,
    }
}

pub fn encode(node: Uuid, packet: &Packet) -> Bytes {
    let events = if let Packet::Live(Live::Events { events, .. }) = packet { events.as_slice() } else { &[] };
    let mut out = BytesMut::with_capacity(HEAD + events.iter().map(|event| EVENT + event.json.len()).sum::<usize>());
    let mut open = |kind: u8| {
        out.put_u8(VERSION);
        out.put_u8(kind);
        out.put_slice(node.as_bytes());
    };
    match packet {
        Packet::Live(Live::Events { stream, first, events }) => {
            open(1);
            out.put_slice(stream.0.as_bytes());
            out.put_i64(*first);
            // What does not fit a number of 32 bits does not fit a message of Redis either.
            out.put_u32(u32::try_from(events.len()).unwrap_or(u32::MAX));
            for event in events {
                put_event(&mut out, event);
            }
        }
        Packet::Live(Live::Typing { conversation, user }) => {
            open(2);
            out.put_slice(conversation.0.as_bytes());
            out.put_slice(user.0.as_bytes());
        }
        Packet::Live(Live::Presence { user, state }) => {
            open(3);
            out.put_slice(user.0.as_bytes());
            out.put_u8(match state {
                Presence::Offline => 0,
                Presence::Online => 1,
                Presence::Away => 2,
            });
        }
        Packet::Live(Live::Profile { user }) => {
            open(4);
            out.put_slice(user.0.as_bytes());
        }
        Packet::Live(Live::SessionEnded(session)) => {
            open(5);
            out.put_slice(session.0.as_bytes());
        }
        Packet::Heartbeat { lost } => {
            open(6);
            out.put_u64(*lost);
        }
        Packet::Live(Live::Standing { user }) => {
            open(7);
            out.put_slice(user.0.as_bytes());
        }
        Packet::Live(Live::Acquaintance { user, viewer }) => {
            open(8);
            out.put_slice(user.0.as_bytes());
            out.put_slice(viewer.0.as_bytes());
        }
    }
    out.freeze()
}

fn put_event(out: &mut BytesMut, event: &LiveEvent) {
    match event.effect {
        Effect::None => out.put_u8(0),
        Effect::Enter { conversation, head } => {
            out.put_u8(1);
            out.put_slice(conversation.0.as_bytes());
            out.put_i64(head);
        }
        Effect::Leave(user) => {
            out.put_u8(2);
            out.put_slice(user.0.as_bytes());
        }
        Effect::Exit { conversation } => {
            out.put_u8(3);
            out.put_slice(conversation.0.as_bytes());
        }
        Effect::Role { user, role } => {
            out.put_u8(4);
            out.put_slice(user.0.as_bytes());
            out.put_u8(match role {
                GroupRole::Owner => 0,
                GroupRole::Admin => 1,
                GroupRole::Moderator => 2,
                GroupRole::Member => 3,
            });
        }
        Effect::Archived(archived) => {
            out.put_u8(5);
            out.put_u8(archived.into());
        }
    }
    out.put_u32(u32::try_from(event.json.len()).unwrap_or(u32::MAX));
    out.put_slice(&event.json);
}

/// Who sent what. `None` for what this version does not understand.
pub fn decode(bytes: Vec<u8>) -> Option<(Uuid, Packet)> {
    let mut rest = Bytes::from(bytes);
    if rest.try_get_u8().ok()? != VERSION {
        return None;
    }
    let kind = rest.try_get_u8().ok()?;
    let node = id(&mut rest)?;
    let packet = match kind {
        1 => {
            let stream = id(&mut rest)?.into();
            let first = rest.try_get_i64().ok()?;
            let count = rest.try_get_u32().ok()?;
            let events = (0..count).map(|_| get_event(&mut rest)).collect::<Option<_>>()?;
            Packet::Live(Live::Events { stream, first, events })
        }
        2 => Packet::Live(Live::Typing { conversation: id(&mut rest)?.into(), user: id(&mut rest)?.into() }),
        3 => {
            let user = id(&mut rest)?.into();
            let state = match rest.try_get_u8().ok()? {
                0 => Presence::Offline,
                1 => Presence::Online,
                2 => Presence::Away,
                _ => return None,
            };
            Packet::Live(Live::Presence { user, state })
        }
        4 => Packet::Live(Live::Profile { user: id(&mut rest)?.into() }),
        5 => Packet::Live(Live::SessionEnded(id(&mut rest)?.into())),
        6 => Packet::Heartbeat { lost: rest.try_get_u64().ok()? },
        7 => Packet::Live(Live::Standing { user: id(&mut rest)?.into() }),
        8 => Packet::Live(Live::Acquaintance { user: id(&mut rest)?.into(), viewer: id(&mut rest)?.into() }),
        _ => return None,
    };
    Some((node, packet))
}

/// The JSON stays where it is.
fn get_event(rest: &mut Bytes) -> Option<LiveEvent> {
    let effect = match rest.try_get_u8().ok()? {
        0 => Effect::None,
        1 => Effect::Enter { conversation: id(rest)?.into(), head: rest.try_get_i64().ok()? },
        2 => Effect::Leave(id(rest)?.into()),
        3 => Effect::Exit { conversation: id(rest)?.into() },
        4 => {
            let user = id(rest)?.into();
            let role = match rest.try_get_u8().ok()? {
                0 => GroupRole::Owner,
                1 => GroupRole::Admin,
                2 => GroupRole::Moderator,
                3 => GroupRole::Member,
                _ => return None,
            };
            Effect::Role { user, role }
        }
        5 => Effect::Archived(rest.try_get_u8().ok()? != 0),
        _ => return None,
    };
    let length = rest.try_get_u32().ok()? as usize;
    (length <= rest.len()).then(|| LiveEvent { effect, json: rest.split_to(length) })
}

fn id(rest: &mut Bytes) -> Option<Uuid> {
    rest.try_get_u128().ok().map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{ConversationId, SessionId, UserId};

    use super::*;

    fn examples() -> Vec<Packet> {
        let user = UserId::new();
        let conversation = ConversationId::new();
        let effects = [
            Effect::None,
            Effect::Enter { conversation, head: 7 },
            Effect::Exit { conversation },
            Effect::Leave(user),
            Effect::Role { user, role: GroupRole::Moderator },
            Effect::Archived(true),
        ];
        let json = Bytes::from_static("{\"text\":\"día\"}".as_bytes());
        let some = effects.map(|effect| LiveEvent { effect, json: json.clone() }).to_vec();
        let events = |events| Packet::Live(Live::Events { stream: StreamId::new(), first: 1 << 40, events });
        let mut examples = vec![
            events(some),
            events(Vec::new()),
            Packet::Live(Live::Typing { conversation: ConversationId::new(), user }),
            Packet::Live(Live::Profile { user }),
            Packet::Live(Live::Standing { user }),
            Packet::Live(Live::Acquaintance { user, viewer: UserId::new() }),
            Packet::Live(Live::SessionEnded(SessionId::new())),
            Packet::Heartbeat { lost: u64::MAX },
        ];
        for state in [Presence::Online, Presence::Away, Presence::Offline] {
            examples.push(Packet::Live(Live::Presence { user, state }));
        }
        examples
    }

    #[test]
    fn packets_arrive_as_they_were_sent() {
        let node = Uuid::now_v7();
        for packet in examples() {
            let (from, arrived) = decode(encode(node, &packet).to_vec()).expect("understood");
            assert_eq!((from, format!("{arrived:?}")), (node, format!("{packet:?}")));
        }
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        for packet in examples() {
            let whole = encode(Uuid::now_v7(), &packet).to_vec();
            for length in 0..whole.len() {
                assert!(decode(whole[..length].to_vec()).is_none(), "{packet:?} cut to {length}");
            }
            for (at, value) in [(0, 2), (1, 99)] {
                let mut other = whole.clone();
                other[at] = value;
                assert!(decode(other).is_none());
            }
        }
    }
}
