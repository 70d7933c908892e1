//! The calls about friends, requests for friendship, and blocks.

use studyhall_wire::{FriendRequests, Friendship, FriendshipState, RequestFriendship, User, UserId};

use super::{Api, Method, error::Result};

impl Api {
    pub async fn friends(self) -> Result<Vec<User>> {
        self.all("/friends").await
    }

    pub async fn friend_requests(self) -> Result<FriendRequests> {
        self.get("/friends/requests".into()).await
    }

    pub async fn blocks(self) -> Result<Vec<User>> {
        self.all("/blocks").await
    }

    /// Asks for friendship; who had asked already is a friend at once.
    pub async fn request_friendship(self, user_id: UserId) -> Result<FriendshipState> {
        let body = RequestFriendship { user_id };
        let answer: Friendship = self.ask(Method::Post, "/friends/requests".into(), &body).await?;
        Ok(answer.state)
    }

    pub async fn accept_friendship(self, user: UserId) -> Result<()> {
        self.post(format!("/friends/requests/{user}/accept")).await
    }

    pub async fn reject_friendship(self, user: UserId) -> Result<()> {
        self.post(format!("/friends/requests/{user}/reject")).await
    }

    /// Takes back one's own request.
    pub async fn withdraw_friendship(self, user: UserId) -> Result<()> {
        self.delete(format!("/friends/requests/{user}")).await
    }

    pub async fn remove_friend(self, user: UserId) -> Result<()> {
        self.delete(format!("/friends/{user}")).await
    }

    pub async fn block(self, user: UserId, on: bool) -> Result<()> {
        self.switch(format!("/blocks/{user}"), on).await
    }
}
