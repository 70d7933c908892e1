//! Friends, the requests for it, and blocks; and who may see whom.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use studyhall_domain::{
    Error, Result,
    notifications::Notice,
    ports::{Account, Audience, FriendStore, InboxFact, OpenRequest, Related, Relation, Revoked},
};
use studyhall_wire::{ConversationId, ErrorCode, FriendshipState, Timestamp, UserId, limits};

use super::{
    SqlStore,
    accounts::{AccountRow, AccountSteps as _},
    conversations::ConversationSteps as _,
    failure::{Failure, Outcome},
    notifications::NotificationSteps as _,
    sessions::SessionSteps as _,
    transaction::{steps, with_conn},
    types::Bind,
};
use crate::schema::{accounts, blocks, conversations, friend_requests, friendships, memberships};

/// Ids in one query.
const CHUNK: usize = 500;

steps! {
    /// How people stand to each other, for whoever decides by it.
    pub(super) trait FriendSteps {
        async fn are_friends(conn, one: UserId, other: UserId) -> Outcome<bool> {
            let found: i64 = friendships::table.find((Bind(one), Bind(other))).count().get_result(conn).await?;
            Ok(found > 0)
        }

        /// Whether either has blocked the other.
        async fn are_blocked(conn, one: UserId, other: UserId) -> Outcome<bool> {
            for (blocker, blocked) in [(one, other), (other, one)] {
                let found: i64 = blocks::table.find((Bind(blocker), Bind(blocked))).count().get_result(conn).await?;
                if found > 0 {
                    return Ok(true);
                }
            }
            Ok(false)
        }

        /// Everybody who has blocked `user` or was blocked by them.
        async fn blocked_with(conn, user: UserId) -> Outcome<HashSet<UserId>> {
            let by: Vec<UserId> = blocks::table
                .filter(blocks::blocker_id.eq(Bind(user)))
                .select(blocks::blocked_id)
                .load(conn)
                .await?;
            let of: Vec<UserId> = blocks::table
                .filter(blocks::blocked_id.eq(Bind(user)))
                .select(blocks::blocker_id)
                .load(conn)
                .await?;
            Ok(by.into_iter().chain(of).collect())
        }

        /// Whether there was such a request.
        async fn forget_request(conn, asker: UserId, asked: UserId) -> Outcome<bool> {
            Ok(diesel::delete(friend_requests::table.find((Bind(asker), Bind(asked)))).execute(conn).await? > 0)
        }

        /// Makes two people friends and tells both.
        async fn befriend(conn, actor: UserId, other: UserId, now: Timestamp) -> Outcome<()> {
            for (user, friend) in [(actor, other), (other, actor)] {
                diesel::insert_into(friendships::table)
                    .values((
                        friendships::user_id.eq(Bind(user)),
                        friendships::friend_id.eq(Bind(friend)),
                        friendships::created_at.eq(Bind(now)),
                    ))
                    .execute(conn)
                    .await?;
                let fact = InboxFact::FriendAccepted(Related { user_id: friend });
                conn.owe(user.into(), Some(actor), fact, now).await?;
            }
            conn.notify(other, &Notice::FriendAccepted { user_id: actor }, now).await?;
            Ok(())
        }

        /// Ends a friendship and tells both. False where there was none.
        async fn part(conn, actor: UserId, other: UserId, now: Timestamp) -> Outcome<bool> {
            for (user, friend) in [(actor, other), (other, actor)] {
                if diesel::delete(friendships::table.find((Bind(user), Bind(friend)))).execute(conn).await? == 0 {
                    return Ok(false);
                }
                let fact = InboxFact::FriendRemoved(Related { user_id: friend });
                conn.owe(user.into(), Some(actor), fact, now).await?;
            }
            Ok(true)
        }

        /// Declines a request and tells the asker; false where there was none.
        async fn decline(conn, user: UserId, asker: UserId, now: Timestamp) -> Outcome<bool> {
            let found = conn.forget_request(asker, user).await?;
            if found {
                let fact = InboxFact::FriendDeclined(Related { user_id: user });
                conn.owe(asker.into(), Some(user), fact, now).await?;
            }
            Ok(found)
        }

        /// Takes a request back, so that who was asked does not see it any more; false where there was none.
        async fn take_back(conn, asker: UserId, asked: UserId, now: Timestamp) -> Outcome<bool> {
            let found = conn.forget_request(asker, asked).await?;
            if found {
                let fact = InboxFact::FriendRemoved(Related { user_id: asker });
                conn.owe(asked.into(), Some(asker), fact, now).await?;
            }
            Ok(found)
        }

        /// Ends everything between a user whose account is deleted and everybody else.
        async fn forget_relations(conn, user: UserId, now: Timestamp) -> Outcome<()> {
            let friends: Vec<UserId> = friendships::table
                .filter(friendships::user_id.eq(Bind(user)))
                .select(friendships::friend_id)
                .load(conn)
                .await?;
            for friend in friends {
                conn.part(user, friend, now).await?;
            }
            let asked: Vec<UserId> = friend_requests::table
                .filter(friend_requests::asker_id.eq(Bind(user)))
                .select(friend_requests::asked_id)
                .load(conn)
                .await?;
            for asked in asked {
                conn.take_back(user, asked, now).await?;
            }
            diesel::delete(friend_requests::table.filter(friend_requests::asked_id.eq(Bind(user))))
                .execute(conn)
                .await?;
            diesel::delete(blocks::table.filter(blocks::blocker_id.eq(Bind(user)))).execute(conn).await?;
            diesel::delete(blocks::table.filter(blocks::blocked_id.eq(Bind(user)))).execute(conn).await?;
            Ok(())
        }
    }
}

const REQUEST: Failure = Failure::Rule(Error::NotFound("friend request"));

#[async_trait]
impl FriendStore for SqlStore {
    async fn request_friendship(&self, asker: UserId, asked: UserId, now: Timestamp) -> Result<FriendshipState> {
        let conflict = |code| Err(Failure::Rule(Error::Conflict(code)));
        with_conn!(self, Write, |conn| {
            conn.living(asked).await?;
            if conn.are_blocked(asker, asked).await? {
                return Err(Failure::Rule(Error::Forbidden(ErrorCode::Blocked)));
            }
            if conn.are_friends(asker, asked).await? {
                return conflict(ErrorCode::AlreadyFriends);
            }
            if conn.forget_request(asked, asker).await? {
                // Asking whom one was asked by is accepting.
                conn.befriend(asker, asked, now).await?;
                return Ok(FriendshipState::Friends);
            }
            let open: i64 = friend_requests::table
                .filter(friend_requests::asker_id.eq(Bind(asker)))
                .count()
                .get_result(conn)
                .await?;
            let same: i64 = friend_requests::table.find((Bind(asker), Bind(asked))).count().get_result(conn).await?;
            if same > 0 {
                return conflict(ErrorCode::AlreadyRequested);
            }
            if open >= i64::from(limits::OPEN_REQUESTS) {
                return conflict(ErrorCode::TooManyRequests);
            }
            diesel::insert_into(friend_requests::table)
                .values((
                    friend_requests::asker_id.eq(Bind(asker)),
                    friend_requests::asked_id.eq(Bind(asked)),
                    friend_requests::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            let fact = InboxFact::FriendRequested(Related { user_id: asker });
            conn.owe(asked.into(), Some(asker), fact, now).await?;
            conn.notify(asked, &Notice::FriendRequest { user_id: asker }, now).await?;
            Ok(FriendshipState::Pending)
        })
    }

    async fn accept_friendship(&self, user: UserId, asker: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            if !conn.forget_request(asker, user).await? {
                return Err(REQUEST);
            }
            conn.befriend(user, asker, now).await
        })
    }

    async fn decline_friendship(&self, user: UserId, asker: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| { if conn.decline(user, asker, now).await? { Ok(()) } else { Err(REQUEST) } })
    }

    async fn take_request_back(&self, asker: UserId, asked: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| { if conn.take_back(asker, asked, now).await? { Ok(()) } else { Err(REQUEST) } })
    }

    async fn end_friendship(&self, user: UserId, friend: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            if conn.part(user, friend, now).await? { Ok(()) } else { Err(Error::NotFound("friend").into()) }
        })
    }

    async fn friends(&self, user: UserId, after: Option<&str>, limit: u32) -> Result<Vec<Account>> {
        let after = after.unwrap_or_default().to_owned();
        with_conn!(self, Read, |conn| {
            let rows: Vec<AccountRow> = friendships::table
                .inner_join(accounts::table)
                .filter(friendships::user_id.eq(Bind(user)))
                .filter(accounts::username.gt(&after))
                .order(accounts::username)
                .limit(i64::from(limit))
                .select(AccountRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(Account::from).collect())
        })
    }

    async fn incoming_requests(&self, user: UserId, limit: u32) -> Result<Vec<OpenRequest>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<(AccountRow, Timestamp)> = friend_requests::table
                .inner_join(accounts::table.on(accounts::id.eq(friend_requests::asker_id)))
                .filter(friend_requests::asked_id.eq(Bind(user)))
                .order((friend_requests::created_at.desc(), friend_requests::asker_id))
                .limit(i64::from(limit))
                .select((AccountRow::as_select(), friend_requests::created_at))
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(open_request).collect())
        })
    }

    async fn outgoing_requests(&self, user: UserId, limit: u32) -> Result<Vec<OpenRequest>> {
        with_conn!(self, Read, |conn| {
            let rows: Vec<(AccountRow, Timestamp)> = friend_requests::table
                .inner_join(accounts::table.on(accounts::id.eq(friend_requests::asked_id)))
                .filter(friend_requests::asker_id.eq(Bind(user)))
                .order((friend_requests::created_at.desc(), friend_requests::asked_id))
                .limit(i64::from(limit))
                .select((AccountRow::as_select(), friend_requests::created_at))
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(open_request).collect())
        })
    }

    async fn block(&self, user: UserId, other: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            conn.living(other).await?;
            let there: i64 = blocks::table.find((Bind(user), Bind(other))).count().get_result(conn).await?;
            if there == 0 {
                diesel::insert_into(blocks::table)
                    .values((
                        blocks::blocker_id.eq(Bind(user)),
                        blocks::blocked_id.eq(Bind(other)),
                        blocks::created_at.eq(Bind(now)),
                    ))
                    .execute(conn)
                    .await?;
                conn.part(user, other, now).await?;
                conn.decline(user, other, now).await?;
                conn.take_back(user, other, now).await?;
                for user in [user, other] {
                    conn.revoke(Revoked::User(user), now).await?;
                }
            }
            Ok(())
        })
    }

    async fn unblock(&self, user: UserId, other: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            if diesel::delete(blocks::table.find((Bind(user), Bind(other)))).execute(conn).await? > 0 {
                for user in [user, other] {
                    conn.revoke(Revoked::User(user), now).await?;
                }
            }
            Ok(())
        })
    }

    async fn blocks(&self, user: UserId, after: Option<&str>, limit: u32) -> Result<Vec<Account>> {
        let after = after.unwrap_or_default().to_owned();
        with_conn!(self, Read, |conn| {
            let rows: Vec<AccountRow> = blocks::table
                .inner_join(accounts::table)
                .filter(blocks::blocker_id.eq(Bind(user)))
                .filter(accounts::username.gt(&after))
                .order(accounts::username)
                .limit(i64::from(limit))
                .select(AccountRow::as_select())
                .load(conn)
                .await?;
            Ok(rows.into_iter().map(Account::from).collect())
        })
    }

    async fn relation(&self, one: UserId, other: UserId) -> Result<Relation> {
        with_conn!(self, Read, |conn| {
            let (friends, blocked) = (conn.are_friends(one, other).await?, conn.are_blocked(one, other).await?);
            Ok(Relation { friends, blocked })
        })
    }

    async fn acquainted(&self, viewer: UserId, others: &[UserId]) -> Result<HashSet<UserId>> {
        let others = others.to_vec();
        let most = i64::from(limits::PRESENCE_MEMBERS);
        with_conn!(self, Read, |conn| {
            let (mine, theirs) = diesel::alias!(memberships as mine, memberships as theirs);
            let conversation = mine.field(memberships::conversation_id);
            let mut acquainted = HashSet::new();
            for chunk in others.chunks(CHUNK) {
                let size = conversations::table
                    .filter(conversations::id.eq(conversation))
                    .select(conversations::member_count)
                    .single_value();
                let sharing: Vec<UserId> = mine
                    .inner_join(theirs.on(theirs.field(memberships::conversation_id).eq(conversation)))
                    .filter(mine.field(memberships::user_id).eq(Bind(viewer)))
                    .filter(theirs.field(memberships::user_id).eq_any(chunk.iter().copied().map(Bind)))
                    .filter(size.le(most))
                    .select(theirs.field(memberships::user_id))
                    .distinct()
                    .load(conn)
                    .await?;
                let friends: Vec<UserId> = friendships::table
                    .filter(friendships::user_id.eq(Bind(viewer)))
                    .filter(friendships::friend_id.eq_any(chunk.iter().copied().map(Bind)))
                    .select(friendships::friend_id)
                    .load(conn)
                    .await?;
                acquainted.extend(sharing.into_iter().chain(friends));
            }
            if !acquainted.is_empty() {
                let blocked = conn.blocked_with(viewer).await?;
                acquainted.retain(|user| !blocked.contains(user));
            }
            Ok(acquainted)
        })
    }

    async fn audience(&self, user: UserId) -> Result<Audience> {
        with_conn!(self, Read, |conn| {
            let counted: Vec<(ConversationId, i64)> = memberships::table
                .inner_join(conversations::table)
                .filter(memberships::user_id.eq(Bind(user)))
                .select((conversations::id, conversations::member_count))
                .load(conn)
                .await?;
            let friends: Vec<UserId> = friendships::table
                .filter(friendships::user_id.eq(Bind(user)))
                .select(friendships::friend_id)
                .load(conn)
                .await?;
            let conversations = counted.into_iter().map(|(id, count)| (id, u32::try_from(count).unwrap_or(u32::MAX)));
            Ok(Audience { conversations: conversations.collect(), friends, blocked: conn.blocked_with(user).await? })
        })
    }
}

fn open_request((other, created_at): (AccountRow, Timestamp)) -> OpenRequest {
    OpenRequest { other: other.into(), created_at }
}
