//! Pictures of groups: stored by content beside those of people.

use bytes::Bytes;
use studyhall_wire::{Group, GroupId};

use super::Groups;
use crate::{
    Result,
    audit::Action,
    auth::Actor,
    permissions::group::{self as rules, GroupAction},
    ports::{BlobId, GroupChange},
};

impl Groups {
    /// Sets a picture that was checked and encoded already.
    pub async fn set_avatar(&self, actor: &Actor, group: GroupId, picture: Bytes) -> Result<Group> {
        // Looked at before anything is kept, and again when it is changed.
        let role = self.visible(actor, group).await?.role;
        let may = rules::allow(role.is_some_and(|role| rules::can(role, GroupAction::Settings)));
        self.recorded(actor, Action::UpdateGroup, group, None, may).await?;
        let blob = self.accounts.store_picture(picture).await?;
        self.refer(actor, group, Some(blob)).await
    }

    /// Takes the picture away; nothing happens where there is none.
    pub async fn clear_avatar(&self, actor: &Actor, group: GroupId) -> Result<Group> {
        self.refer(actor, group, None).await
    }

    async fn refer(&self, actor: &Actor, group: GroupId, blob: Option<BlobId>) -> Result<Group> {
        let change = GroupChange { avatar: Some(blob), ..GroupChange::default() };
        let group = self.change(actor, group, change).await?;
        self.accounts.let_go_of_pictures();
        Ok(group)
    }

    /// A group's picture with its id, which changes with it, for who may see the group.
    pub async fn avatar(&self, actor: &Actor, group: GroupId) -> Result<Option<(BlobId, Bytes)>> {
        let Some(blob) = self.visible(actor, group).await?.group.avatar else { return Ok(None) };
        let bytes = self.accounts.picture(&blob).await?;
        Ok(bytes.map(|bytes| (blob, bytes)))
    }
}
