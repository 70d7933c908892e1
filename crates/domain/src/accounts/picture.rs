//! Pictures of people: stored by content, so that the same one is there once.

use std::time::Duration;

use bytes::Bytes;
use studyhall_wire::{Me, UserId};
use tokio::time::{Instant, sleep};

use super::Accounts;
use crate::{
    Error, Result,
    auth::Actor,
    now,
    ports::{BlobId, Live},
    tasks::in_future,
};

/// More than storing a picture and referring to it takes.
const HOLD: Duration = Duration::from_mins(2);
/// How long to wait for the same picture to be erased, and how often to look.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

impl Accounts {
    /// Sets a picture that was checked and encoded already.
    pub async fn set_avatar(&self, actor: &Actor, picture: Bytes) -> Result<Me> {
        let blob = self.store_picture(picture).await?;
        self.refer(actor, Some(blob)).await
    }

    /// Takes the picture away; nothing happens where there is none.
    pub async fn clear_avatar(&self, actor: &Actor) -> Result<Me> {
        self.refer(actor, None).await
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

    /// Keeps a picture for something that will refer to it in a moment.
    pub(crate) async fn store_picture(&self, picture: Bytes) -> Result<BlobId> {
        self.hold(&BlobId::of(&picture)).await?;
        self.parts().blobs.put(picture).await
    }

    /// The bytes of a picture.
    pub(crate) async fn picture(&self, blob: &BlobId) -> Result<Option<Bytes>> {
        self.parts().blobs.get(blob).await
    }

    /// Something may not refer to a picture any more: the task for it is due.
    pub(crate) fn let_go_of_pictures(&self) {
        self.parts().queue.wake();
    }

    /// Keeps a blob that is about to be stored from being erased as one that somebody else had no use for any more.
    async fn hold(&self, blob: &BlobId) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !self.parts().ledger.hold_blob(blob, in_future(HOLD), now()).await? {
            if Instant::now() > end {
                return Err(Error::unavailable("blobs", "the same picture is being erased"));
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn refer(&self, actor: &Actor, blob: Option<BlobId>) -> Result<Me> {
        let account = self.parts().accounts.set_avatar(actor.user, blob, now()).await?;
        self.let_go_of_pictures();
        self.parts().fanout.publish(Live::Profile { user: actor.user });
        self.as_me(account).await
    }
}
