//! The calls about groups: what they are, who is in them, and how one comes in.

use studyhall_wire::{
    Ban, BanMember, CreateGroup, CreateInvite, Group, GroupId, GroupMember, GroupRole, Invite, InvitePreview,
    JoinRequest, Page, SetMember, TransferGroup, UpdateGroup, UserId,
};

use super::{
    Api, Body, Method, Request,
    calls::{escape, json, page_path, read},
    error::Result,
    transport,
};

/// Members in one page.
const MEMBERS: u32 = 200;

/// What asking to join led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    Joined,
    /// Somebody who may must answer first.
    Waiting,
}

/// What adding somebody led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adding {
    Added,
    /// They do not let everybody add them, and were invited instead.
    Invited,
}

// The groups themselves.
impl Api {
    pub async fn groups(self) -> Result<Vec<Group>> {
        self.all("/groups").await
    }

    /// Public groups, those whose name fits; all of them for nothing.
    pub async fn discover(self, query: &str, cursor: Option<&str>) -> Result<Page<Group>> {
        self.get(page_path(&format!("/groups/discover?query={}", escape(query)), 30, cursor)).await
    }

    pub async fn group(self, id: GroupId) -> Result<Group> {
        self.get(format!("/groups/{id}")).await
    }

    pub async fn create_group(self, body: &CreateGroup) -> Result<Group> {
        self.ask(Method::Post, "/groups".into(), body).await
    }

    pub async fn update_group(self, id: GroupId, body: &UpdateGroup) -> Result<Group> {
        self.ask(Method::Patch, format!("/groups/{id}"), body).await
    }

    pub async fn delete_group(self, id: GroupId) -> Result<()> {
        self.delete(format!("/groups/{id}")).await
    }

    pub async fn set_group_avatar(self, id: GroupId, file: web_sys::File) -> Result<()> {
        self.exchange(Method::Put, format!("/groups/{id}/avatar"), Body::File(file)).await.map(drop)
    }

    pub async fn remove_group_avatar(self, id: GroupId) -> Result<()> {
        self.delete(format!("/groups/{id}/avatar")).await
    }

    pub async fn transfer_group(self, id: GroupId, user_id: UserId) -> Result<()> {
        self.tell(Method::Post, format!("/groups/{id}/owner"), &TransferGroup { user_id }).await
    }
}

// Members and bans.
impl Api {
    pub async fn members(self, id: GroupId, cursor: Option<&str>) -> Result<Page<GroupMember>> {
        self.get(page_path(&format!("/groups/{id}/members"), MEMBERS, cursor)).await
    }

    /// Adds somebody, or changes a role.
    pub async fn set_member(self, id: GroupId, user: UserId, role: GroupRole) -> Result<Adding> {
        let body = json(&SetMember { role })?;
        let answer = self.answer(Method::Put, format!("/groups/{id}/members/{user}"), body).await?;
        Ok(if answer.status == 202 { Adding::Invited } else { Adding::Added })
    }

    /// Removes somebody; oneself: leaves.
    pub async fn remove_member(self, id: GroupId, user: UserId) -> Result<()> {
        self.delete(format!("/groups/{id}/members/{user}")).await
    }

    pub async fn bans(self, id: GroupId) -> Result<Vec<Ban>> {
        self.all(&format!("/groups/{id}/bans")).await
    }

    pub async fn ban(self, id: GroupId, user: UserId, body: &BanMember) -> Result<()> {
        self.tell(Method::Put, format!("/groups/{id}/bans/{user}"), body).await
    }

    pub async fn unban(self, id: GroupId, user: UserId) -> Result<()> {
        self.delete(format!("/groups/{id}/bans/{user}")).await
    }
}

// Coming in.
impl Api {
    pub async fn join_group(self, id: GroupId) -> Result<Joining> {
        let answer = self.answer(Method::Post, format!("/groups/{id}/join"), Body::None).await?;
        Ok(if answer.status == 202 { Joining::Waiting } else { Joining::Joined })
    }

    pub async fn join_requests(self, id: GroupId) -> Result<Vec<JoinRequest>> {
        self.all(&format!("/groups/{id}/join-requests")).await
    }

    pub async fn answer_join_request(self, id: GroupId, user: UserId, welcome: bool) -> Result<()> {
        let word = if welcome { "approve" } else { "deny" };
        self.post(format!("/groups/{id}/join-requests/{user}/{word}")).await
    }

    pub async fn invites(self, id: GroupId) -> Result<Vec<Invite>> {
        self.all(&format!("/groups/{id}/invites")).await
    }

    pub async fn create_invite(self, id: GroupId, body: &CreateInvite) -> Result<Invite> {
        self.ask(Method::Post, format!("/groups/{id}/invites"), body).await
    }

    pub async fn withdraw_invite(self, id: GroupId, code: &str) -> Result<()> {
        self.delete(format!("/groups/{id}/invites/{}", escape(code))).await
    }

    /// What an invitation says to everybody who has it, signed in or not.
    pub async fn invite_preview(self, code: &str) -> Result<InvitePreview> {
        let path = format!("/invites/{}", escape(code));
        let request = Request { method: Method::Get, path, body: Body::None, token: None };
        read(&transport::send(&request).await?.text)
    }

    pub async fn accept_invite(self, code: &str) -> Result<Group> {
        read(&self.exchange(Method::Post, format!("/invites/{}/accept", escape(code)), Body::None).await?)
    }
}
