use async_trait::async_trait;
use studyhall_wire::{ConversationId, GroupId, GroupRole, GroupUpdated, JoinPolicy, Timestamp, UserId, Visibility};

use super::{Account, BlobId};
use crate::Result;

/// A group as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    pub id: GroupId,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub join_policy: JoinPolicy,
    pub owner: UserId,
    pub avatar: Option<BlobId>,
    pub conversation: ConversationId,
    pub member_count: u32,
    pub archived: bool,
    pub created_at: Timestamp,
}

impl GroupRecord {
    /// As every reader sees it.
    #[must_use]
    pub fn updated(&self) -> GroupUpdated {
        let id = self.id;
        GroupUpdated {
            id,
            name: self.name.clone(),
            description: self.description.clone(),
            visibility: self.visibility,
            join_policy: self.join_policy,
            owner_id: self.owner,
            member_count: self.member_count,
            conversation_id: self.conversation,
            avatar_url: self.avatar.as_ref().map(|b| format!("/api/v1/groups/{id}/avatar?v={}", b.version())),
            created_at: self.created_at,
            archived: self.archived,
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewGroup {
    pub id: GroupId,
    pub conversation: ConversationId,
    pub owner: UserId,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub join_policy: JoinPolicy,
    pub created_at: Timestamp,
}

/// What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub join_policy: Option<JoinPolicy>,
    pub archived: Option<bool>,
    pub avatar: Option<Option<BlobId>>,
}

/// A group as one person stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStanding {
    pub group: GroupRecord,
    pub role: Option<GroupRole>,
}

/// A member, with the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    pub account: Account,
    pub role: GroupRole,
    pub joined_at: Timestamp,
}

/// A place in a list of members: by role, the highest first, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberPlace {
    pub role: GroupRole,
    pub user: UserId,
}

/// What became of somebody whom an actor wanted in a group, or in another role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    Added,
    Changed,
    Unchanged,
    /// The actor is shut out by the other's `dm_policy`: there is an invitation.
    Invited,
}

/// What became of somebody who wants to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    Joined,
    /// A member already.
    Member,
    /// Waits for an answer.
    Waiting,
}

/// How somebody is put out of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// By themselves, or by somebody above them.
    Leave,
    /// And may not come back. Somebody who is no member can be banned, too.
    Ban { reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanRecord {
    pub user: Account,
    pub banned_by: Account,
    pub reason: String,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequestRecord {
    pub user: Account,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    pub code: String,
    pub max_uses: Option<u32>,
    pub uses: u32,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Groups in the relational database. Every method is one transaction, with the outbox rows of what the conversation and
/// the inboxes are told. Who may do what is asked of [`permissions::group`](crate::permissions::group) inside of the
/// transaction, by the roles that stand then: to who may not see a group it is `NotFound`, to who may not act
/// `Forbidden`.
#[async_trait]
pub trait GroupStore: Send + Sync {
    async fn create_group(&self, group: NewGroup) -> Result<GroupRecord>;

    /// The group and the user's role in it; `NotFound` where it is private and the user no member.
    async fn standing(&self, user: UserId, group: GroupId) -> Result<GroupStanding>;

    /// A user's groups, the newest first, those with an id below `before`.
    async fn groups_of(&self, user: UserId, before: Option<GroupId>, limit: u32) -> Result<Vec<GroupStanding>>;

    /// Public groups with a word that begins with `prefix` in their name, the newest first, as `user` stands to them.
    async fn discover(
        &self,
        user: UserId,
        prefix: &str,
        before: Option<GroupId>,
        limit: u32,
    ) -> Result<Vec<GroupStanding>>;

    /// Gives the group as it is then. The picture before is owed an [`EraseBlob`](super::Job::EraseBlob).
    async fn update_group(
        &self,
        actor: UserId,
        group: GroupId,
        change: GroupChange,
        now: Timestamp,
    ) -> Result<GroupStanding>;

    /// Removes the group for everybody. Its picture is owed an [`EraseBlob`](super::Job::EraseBlob).
    async fn delete_group(&self, actor: UserId, group: GroupId, now: Timestamp) -> Result<()>;

    async fn group_members(&self, group: GroupId, after: Option<MemberPlace>, limit: u32) -> Result<Vec<MemberRecord>>;

    /// The role of a member of a group.
    async fn role_in(&self, conversation: ConversationId, user: UserId) -> Result<Option<GroupRole>>;

    /// Adds a member, or changes a role. `code` is that of the invitation, should there be one.
    async fn place_member(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        role: GroupRole,
        code: &str,
        now: Timestamp,
    ) -> Result<Placed>;

    /// `Conflict(OwnerMustTransfer)` for an owner who leaves; `NotFound` for who is no member and not banned by it.
    /// Gives the conversation.
    async fn remove_member(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        how: Removal,
        now: Timestamp,
    ) -> Result<ConversationId>;

    /// `NotFound` for a new owner who is no member.
    async fn transfer_group(&self, actor: UserId, group: GroupId, user: UserId, now: Timestamp) -> Result<()>;

    /// Joins a group, or asks to. `Forbidden(InviteOnly)`, `Forbidden(Banned)`.
    async fn join_group(&self, user: UserId, group: GroupId, now: Timestamp) -> Result<Joined>;

    /// Who waits, the longest first, after the request of `after`.
    async fn join_requests(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<JoinRequestRecord>>;

    /// Lets somebody in, or not; `NotFound` without a request.
    async fn answer_join_request(
        &self,
        actor: UserId,
        group: GroupId,
        user: UserId,
        approve: bool,
        now: Timestamp,
    ) -> Result<()>;

    /// Who is banned, ascending by id, after `after`.
    async fn group_bans(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<BanRecord>>;

    /// `NotFound` where there is no such ban.
    async fn unban(&self, actor: UserId, group: GroupId, user: UserId, now: Timestamp) -> Result<()>;

    async fn create_invite(&self, actor: UserId, group: GroupId, invite: InviteRecord) -> Result<()>;

    /// Those that still let somebody in and are for whoever has them, the newest first, after `after`.
    async fn invites(
        &self,
        actor: UserId,
        group: GroupId,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<InviteRecord>>;

    /// `NotFound` where there is no such invitation to this group.
    async fn withdraw_invite(&self, actor: UserId, group: GroupId, code: &str) -> Result<()>;

    /// The group that an invitation leads to. `Absent(InviteInvalid)` for one that is spent, expired or withdrawn.
    async fn invited_to(&self, code: &str, now: Timestamp) -> Result<GroupRecord>;

    /// Comes in by an invitation. Who is a member already comes in without using it. `Absent(InviteInvalid)`,
    /// `Forbidden(Banned)`.
    async fn accept_invite(&self, user: UserId, code: &str, now: Timestamp) -> Result<GroupStanding>;
}
