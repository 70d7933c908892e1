//! The circle of people, fetched and kept true, and what one does about it.

use leptos::prelude::*;
use studyhall_wire::{Event, FriendshipState, Timestamp, UserId};

use super::{
    Desk, Load,
    circle::{Circle, Relation},
};
use crate::{api, clock};

/// What one does about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Ask,
    TakeBack,
    Accept,
    Reject,
    Remove,
    Block,
    Unblock,
}

impl Desk {
    /// Fetches friends, requests and blocks.
    pub async fn refresh_circle(self) {
        let answer = async {
            let friends = self.api.friends().await?;
            let requests = self.api.friend_requests().await?;
            let blocked = self.api.blocks().await?;
            Ok((friends, requests, blocked))
        };
        match answer.await {
            Ok((friends, requests, blocked)) => {
                let asked = requests.incoming.iter().chain(&requests.outgoing).map(|request| request.user.clone());
                let others: Vec<_> = asked.chain(blocked.iter().cloned()).collect();
                self.remember(&others);
                self.remember(&friends);
                self.circle.set(Circle::new(&friends, &requests, &blocked));
                self.circle_load.set(Load::Ready);
            }
            Err(error) => {
                if self.circle_load.get_untracked() != Load::Ready {
                    self.circle_load.set(Load::Failed(error));
                }
            }
        }
    }

    /// How somebody stands to the reader, tracked.
    pub fn relation(self, user: UserId) -> Relation {
        self.circle.with(|circle| circle.relation(user))
    }

    /// Does something about somebody. What the server agreed to is shown at once; its event says it to other devices.
    ///
    /// # Errors
    /// What the server says about it.
    pub async fn deal_with(self, user: UserId, what: Move) -> api::Result<()> {
        let relation = match what {
            Move::Ask => match self.api.request_friendship(user).await? {
                FriendshipState::Pending => Relation::Asked,
                FriendshipState::Friends => Relation::Friend,
            },
            Move::Accept => {
                self.api.accept_friendship(user).await?;
                Relation::Friend
            }
            Move::Reject => {
                self.api.reject_friendship(user).await?;
                Relation::Stranger
            }
            Move::TakeBack => {
                self.api.withdraw_friendship(user).await?;
                Relation::Stranger
            }
            Move::Remove => {
                self.api.remove_friend(user).await?;
                Relation::Stranger
            }
            Move::Block => {
                self.api.block(user, true).await?;
                Relation::Blocked
            }
            Move::Unblock => {
                self.api.block(user, false).await?;
                Relation::Stranger
            }
        };
        self.circle.update(|circle| circle.set(user, relation, Timestamp::from_millis(clock::now_millis())));
        Ok(())
    }

    /// Applies an event of the inbox that is about friends; answers whether it was.
    pub(super) fn friends_event(self, event: &Event) -> bool {
        use studyhall_wire::EventBody::{FriendAccepted, FriendDeclined, FriendRemoved, FriendRequested};
        if let FriendRequested(change) | FriendAccepted(change) | FriendDeclined(change) | FriendRemoved(change) =
            &event.body
        {
            self.remember(std::slice::from_ref(&change.user));
        }
        self.circle.try_update(|circle| circle.apply(&event.body, event.at)).unwrap_or_default()
    }
}
