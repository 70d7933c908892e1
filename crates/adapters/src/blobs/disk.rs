//! Blobs as files: `blobs/2c/f24dba…`, the name being the SHA-256 of the content.
//!
//! A blob is written to a temporary file, synced, moved into its place, and its folder is synced: after a crash it is
//! there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, BlobStore, Health},
};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

/// Hexadecimal digits of a SHA-256.
const ID_LEN: usize = 64;
/// A temporary file that is older was left by a crash.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// Blobs below a data directory.
#[derive(Clone, Debug)]
pub struct DiskBlobs {
    root: PathBuf,
    temporary: PathBuf,
}

impl DiskBlobs {
    /// Opens `blobs` in `data_dir`, makes it where it is missing, and clears what a crash left behind.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let root = data_dir.join("blobs");
        let temporary = root.join("tmp");
        fs::create_dir_all(&temporary).map_err(unavailable)?;
        let blobs = Self { root, temporary };
        blobs.clear_temporary().map_err(unavailable)?;
        Ok(blobs)
    }

    fn clear_temporary(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.temporary)? {
            let entry = entry?;
            let age = SystemTime::now().duration_since(entry.metadata()?.modified()?).unwrap_or_default();
            if age > LEFT_BEHIND {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// The folder and the file of a blob; `None` for what cannot be an id.
    fn place(&self, id: &BlobId) -> Option<(PathBuf, PathBuf)> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if id.0.len() != ID_LEN || !id.0.bytes().all(hex) {
            return None;
        }
        let folder = self.root.join(&id.0[..2]);
        let file = folder.join(&id.0[2..]);
        Some((folder, file))
    }

    fn write(&self, id: &BlobId, bytes: &[u8]) -> io::Result<()> {
        let Some((folder, file)) = self.place(id) else { return Err(io::Error::other("not a SHA-256")) };
        if !file.try_exists()? {
            let mut temporary = NamedTempFile::new_in(&self.temporary)?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            if !folder.try_exists()? {
                fs::create_dir_all(&folder)?;
                sync(&self.root)?;
            }
            temporary.persist(&file)?;
        }
        // Also where it was there: whoever puts the same at this moment may not have come to this line.
        sync(&folder)
    }
}

#[async_trait]
impl BlobStore for DiskBlobs {
    async fn put(&self, bytes: Bytes) -> Result<BlobId> {
        let blobs = self.clone();
        blocking(move || {
            let id = BlobId(hex::encode(Sha256::digest(&bytes)));
            blobs.write(&id, &bytes)?;
            Ok(id)
        })
        .await
    }

    async fn get(&self, id: &BlobId) -> Result<Option<Bytes>> {
        let Some((_, file)) = self.place(id) else { return Ok(None) };
        blocking(move || match fs::read(file) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn delete(&self, id: &BlobId) -> Result<()> {
        let Some((_, file)) = self.place(id) else { return Ok(()) };
        blocking(move || match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }
}

#[async_trait]
impl Health for DiskBlobs {
    fn name(&self) -> &'static str {
        "blobs"
    }

    /// Writes a temporary file.
    async fn check(&self) -> Result<()> {
        let folder = self.temporary.clone();
        blocking(move || NamedTempFile::new_in(folder)?.write_all(b"studyhall")).await
    }
}

/// Makes a folder's entries durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(Error::internal)?.map_err(unavailable)
}

/// A full disk, a folder that was taken away or made read-only: all of it heals without us.
fn unavailable(error: impl std::fmt::Display) -> Error {
    Error::unavailable("blobs", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blobs::contract;

    fn files(folder: &Path) -> usize {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let data = tempfile::tempdir().expect("a folder");
        contract::holds(&DiskBlobs::open(data.path()).expect("opened")).await;
    }

    #[tokio::test]
    async fn survives_reopening_and_leaves_nothing_behind() {
        let data = tempfile::tempdir().expect("a folder");
        let blobs = DiskBlobs::open(data.path()).expect("opened");
        let id = blobs.put(Bytes::from_static(b"hello")).await.expect("stored");
        assert_eq!(files(&blobs.temporary), 0);
        assert_eq!(files(&blobs.root), 1);

        let old = blobs.temporary.join("old");
        fs::write(&old, "left by a crash").expect("written");
        let time = SystemTime::now() - 2 * LEFT_BEHIND;
        File::options().write(true).open(&old).and_then(|file| file.set_modified(time)).expect("dated back");
        fs::write(blobs.temporary.join("new"), "being written").expect("written");

        let blobs = DiskBlobs::open(data.path()).expect("opened again");
        assert_eq!(files(&blobs.temporary), 1, "what is being written stays");
        assert_eq!(blobs.get(&id).await.expect("read").as_deref(), Some(b"hello".as_slice()));
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_unavailable_and_heals() {
        let data = tempfile::tempdir().expect("a folder");
        let blobs = DiskBlobs::open(data.path()).expect("opened");
        assert!(blobs.check().await.is_ok());
        fs::remove_dir_all(&blobs.root).expect("taken away");
        for error in [blobs.put(Bytes::from_static(b"hello")).await.err(), blobs.check().await.err()] {
            assert!(matches!(error, Some(Error::Unavailable { dependency: "blobs", .. })), "{error:?}");
        }
        fs::create_dir_all(&blobs.temporary).expect("given back");
        assert!(blobs.put(Bytes::from_static(b"hello")).await.is_ok());
        assert!(blobs.check().await.is_ok());
    }
}
