//! Who one is friends with, who has asked whom, and whom one has blocked. Pure; no browser.

use std::collections::BTreeSet;

use studyhall_wire::{EventBody, FriendRequests, Timestamp, User, UserId};

/// How somebody stands to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Stranger,
    Friend,
    /// They have asked, and wait for an answer.
    AskedMe,
    /// The reader has asked, and waits.
    Asked,
    Blocked,
}

/// A request for friendship that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The other one.
    pub user: UserId,
    pub at: Timestamp,
}

/// The people around the reader, by id: who they are is in the cache of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circle {
    friends: BTreeSet<UserId>,
    incoming: Vec<Request>,
    outgoing: Vec<Request>,
    blocked: BTreeSet<UserId>,
}

impl Circle {
    /// The circle as the server has it now.
    pub fn new(friends: &[User], requests: &FriendRequests, blocked: &[User]) -> Self {
        let request =
            |request: &studyhall_wire::FriendRequest| Request { user: request.user.id, at: request.created_at };
        Self {
            friends: friends.iter().map(|user| user.id).collect(),
            incoming: requests.incoming.iter().map(request).collect(),
            outgoing: requests.outgoing.iter().map(request).collect(),
            blocked: blocked.iter().map(|user| user.id).collect(),
        }
    }

    pub fn friends(&self) -> impl Iterator<Item = UserId> {
        self.friends.iter().copied()
    }

    /// Requests for the reader to answer, the newest first.
    pub fn incoming(&self) -> &[Request] {
        &self.incoming
    }

    /// The reader's own requests, the newest first.
    pub fn outgoing(&self) -> &[Request] {
        &self.outgoing
    }

    pub fn blocked(&self) -> impl Iterator<Item = UserId> {
        self.blocked.iter().copied()
    }

    pub fn relation(&self, user: UserId) -> Relation {
        let asked = |requests: &[Request]| requests.iter().any(|request| request.user == user);
        if self.blocked.contains(&user) {
            Relation::Blocked
        } else if self.friends.contains(&user) {
            Relation::Friend
        } else if asked(&self.incoming) {
            Relation::AskedMe
        } else if asked(&self.outgoing) {
            Relation::Asked
        } else {
            Relation::Stranger
        }
    }

    /// From now on somebody stands so to the reader; each stands in one way only.
    pub fn set(&mut self, user: UserId, relation: Relation, at: Timestamp) {
        if self.relation(user) == relation {
            return;
        }
        self.friends.remove(&user);
        self.incoming.retain(|request| request.user != user);
        self.outgoing.retain(|request| request.user != user);
        self.blocked.remove(&user);
        match relation {
            Relation::Stranger => {}
            Relation::Friend => drop(self.friends.insert(user)),
            Relation::AskedMe => self.incoming.insert(0, Request { user, at }),
            Relation::Asked => self.outgoing.insert(0, Request { user, at }),
            Relation::Blocked => drop(self.blocked.insert(user)),
        }
    }

    /// Applies an event of the inbox; answers whether it was about friends. A block of one's own stays: the other hears
    /// of nothing more than the end of a friendship.
    pub fn apply(&mut self, body: &EventBody, at: Timestamp) -> bool {
        let (change, relation) = match body {
            EventBody::FriendRequested(change) => (change, Relation::AskedMe),
            EventBody::FriendAccepted(change) => (change, Relation::Friend),
            EventBody::FriendDeclined(change) | EventBody::FriendRemoved(change) => (change, Relation::Stranger),
            _ => return false,
        };
        if self.relation(change.user.id) != Relation::Blocked {
            self.set(change.user.id, relation, at);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{FriendChange, Presence, Role};

    use super::*;

    fn user() -> User {
        User {
            id: UserId::new(),
            username: "ada".into(),
            display_name: "Ada".into(),
            bio: String::new(),
            role: Role::User,
            avatar_url: None,
            presence: Presence::Offline,
            created_at: Timestamp::from_millis(0),
            deleted: false,
        }
    }

    #[test]
    fn a_request_becomes_a_friendship_and_ends() {
        let (mut circle, ada) = (Circle::default(), user());
        let change = |user: &User| Box::new(FriendChange { user: user.clone() });
        let at = Timestamp::from_millis(1);
        assert!(circle.apply(&EventBody::FriendRequested(change(&ada)), at));
        assert_eq!(circle.incoming(), [Request { user: ada.id, at }]);
        assert!(circle.apply(&EventBody::FriendAccepted(change(&ada)), at));
        assert_eq!((circle.relation(ada.id), circle.incoming()), (Relation::Friend, &[][..]));
        assert!(circle.apply(&EventBody::FriendRemoved(change(&ada)), at));
        assert_eq!(circle, Circle::default());
    }

    #[test]
    fn a_block_outlasts_the_end_of_the_friendship() {
        let (mut circle, ada) = (Circle::default(), user());
        let at = Timestamp::from_millis(1);
        circle.set(ada.id, Relation::Friend, at);
        circle.set(ada.id, Relation::Blocked, at);
        assert_eq!(circle.friends().count(), 0);
        circle.apply(&EventBody::FriendRemoved(Box::new(FriendChange { user: ada.clone() })), at);
        assert_eq!(circle.relation(ada.id), Relation::Blocked);
    }
}
