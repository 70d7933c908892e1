//! Pictures of people: stored by content, so that the same one is there once.

use bytes::Bytes;
use studyhall_wire::{Me, UserId};
use tokio::sync::MutexGuard;

use super::Accounts;
use crate::{
    Result,
    auth::Actor,
    ports::{BlobId, Live},
};

impl Accounts {
    /// Sets a picture that was checked and encoded already.
    pub async fn set_avatar(&self, actor: &Actor, picture: Bytes) -> Result<Me> {
        let pictures = self.0.pictures.lock().await;
        let blob = self.parts().blobs.put(picture).await?;
        self.refer(actor, pictures, Some(blob)).await
    }

    /// Takes the picture away; nothing happens where there is none.
    pub async fn clear_avatar(&self, actor: &Actor) -> Result<Me> {
        let pictures = self.0.pictures.lock().await;
        self.refer(actor, pictures, None).await
    }

    /// A person's picture with its id, which changes with it. `None` where there is no such person, no picture, or a
    /// deleted account.
    pub async fn avatar(&self, user: UserId) -> Result<Option<(BlobId, Bytes)>> {
        let account = self.parts().accounts.account(user).await?;
        let Some(blob) = account.filter(|account| account.deleted_at.is_none()).and_then(|account| account.avatar)
        else {
            return Ok(None);
        };
        let bytes = self.parts().blobs.get(&blob).await?;
        Ok(bytes.map(|bytes| (blob, bytes)))
    }

    async fn refer(&self, actor: &Actor, pictures: MutexGuard<'_, ()>, blob: Option<BlobId>) -> Result<Me> {
        let (account, unused) = self.parts().accounts.set_avatar(actor.user, blob).await?;
        self.discard(&pictures, unused).await;
        drop(pictures);
        self.parts().fanout.publish(Live::Profile { user: actor.user });
        self.as_me(account).await
    }

    /// Deletes a picture that nobody refers to any more. The account is changed by then: what fails here costs
    /// nothing but space.
    pub(super) async fn discard(&self, _pictures: &MutexGuard<'_, ()>, unused: Option<BlobId>) {
        let Some(blob) = unused else { return };
        if let Err(error) = self.parts().blobs.delete(&blob).await {
            tracing::warn!(%error, blob.id = %blob.0, "an unused picture is left behind");
        }
    }
}
