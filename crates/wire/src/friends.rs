//! Friends, requests for friendship, and blocks.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, User, UserId};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestFriendship {
    pub user_id: UserId,
}

/// What asking led to: 201 with `pending`, or 200 with `friends` where the other had asked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Friendship {
    pub state: FriendshipState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FriendshipState {
    Pending,
    Friends,
}

/// The requests that wait for an answer, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FriendRequests {
    /// For oneself to answer.
    pub incoming: Vec<FriendRequest>,
    /// For the other to answer.
    pub outgoing: Vec<FriendRequest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FriendRequest {
    /// The other one.
    pub user: User,
    pub created_at: Timestamp,
}
