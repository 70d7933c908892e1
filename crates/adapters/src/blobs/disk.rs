//! Blobs as files: `blobs/2c/f24dba…`, the name being the SHA-256 of the content.
//!
//! A blob is written to a temporary file, synced, moved into its place, and its folder is synced: after a crash it is
//! there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, BlobStore, ByteStream, Health, Reading, Stored},
};
use studyhall_wire::Timestamp;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

/// Hexadecimal digits of a SHA-256.
const ID_LEN: usize = 64;
/// A temporary file that is older was left by a crash.
const LEFT_BEHIND: Duration = Duration::from_hours(24);
/// Bytes that are read from a file at once.
const PIECE: u64 = 256 * 1024;

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
        blobs.clear_temporary(SystemTime::now() - LEFT_BEHIND).map_err(unavailable)?;
        Ok(blobs)
    }

    /// Removes temporary files that nobody has written to since `before`. One that ends meanwhile is gone already.
    fn clear_temporary(&self, before: SystemTime) -> io::Result<()> {
        for entry in fs::read_dir(&self.temporary)? {
            let path = entry?.path();
            match fs::metadata(&path).and_then(|about| about.modified()) {
                Ok(modified) if modified < before => absent_is_fine(fs::remove_file(path))?,
                other => absent_is_fine(other.map(drop))?,
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
        if file.try_exists()? {
            // Whoever puts the same at this moment may not have come to syncing the folder.
            return sync(&folder);
        }
        let mut temporary = NamedTempFile::new_in(&self.temporary)?;
        temporary.write_all(bytes)?;
        self.keep(id, temporary)
    }

    /// Moves a complete file into its place, durably.
    fn keep(&self, id: &BlobId, temporary: NamedTempFile) -> io::Result<()> {
        let Some((folder, file)) = self.place(id) else { return Err(io::Error::other("not a SHA-256")) };
        if !file.try_exists()? {
            temporary.as_file().sync_all()?;
            if !folder.try_exists()? {
                fs::create_dir_all(&folder)?;
                sync(&self.root)?;
            }
            temporary.persist(&file)?;
        }
        sync(&folder)
    }
}

#[async_trait]
impl BlobStore for DiskBlobs {
    async fn put(&self, bytes: Bytes) -> Result<BlobId> {
        let blobs = self.clone();
        blocking(move || {
            let id = BlobId::of(&bytes);
            blobs.write(&id, &bytes)?;
            Ok(id)
        })
        .await
    }

    async fn put_stream(&self, mut bytes: ByteStream, most: u64) -> Result<Stored> {
        let folder = self.temporary.clone();
        let mut writing = blocking(move || Ok((NamedTempFile::new_in(folder)?, Sha256::new()))).await?;
        let mut size = 0;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            size += piece.len() as u64;
            if size > most {
                return Err(Error::TooLarge { limit: most });
            }
            let (mut file, mut hash) = writing;
            writing = blocking(move || {
                hash.update(&piece);
                file.write_all(&piece)?;
                Ok((file, hash))
            })
            .await?;
        }
        let (file, hash) = writing;
        let blobs = self.clone();
        blocking(move || {
            let id = BlobId(hex::encode(hash.finalize()));
            blobs.keep(&id, file)?;
            Ok(Stored { id, size })
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

    async fn get_range(&self, id: &BlobId, start: u64, length: u64) -> Result<Option<Reading>> {
        let Some((_, path)) = self.place(id) else { return Ok(None) };
        let opened = blocking(move || match File::open(path) {
            Ok(mut file) => {
                let size = file.metadata()?.len();
                file.seek(SeekFrom::Start(start.min(size)))?;
                Ok(Some((file, size)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await?;
        let Some((file, size)) = opened else { return Ok(None) };
        let left = size.saturating_sub(start).min(length);
        Ok(Some(Reading { size, bytes: stream::try_unfold((file, left), next_piece).boxed() }))
    }

    async fn delete(&self, id: &BlobId) -> Result<()> {
        let Some((_, file)) = self.place(id) else { return Ok(()) };
        blocking(move || absent_is_fine(fs::remove_file(file))).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<()> {
        let blobs = self.clone();
        let since_1970 = Duration::from_millis(before.as_millis().try_into().unwrap_or_default());
        blocking(move || blobs.clear_temporary(SystemTime::UNIX_EPOCH + since_1970)).await
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

/// Reads on, as long as there is something left to read. A file that is shorter than it was is broken.
async fn next_piece((mut file, left): (File, u64)) -> Result<Option<(Bytes, (File, u64))>> {
    if left == 0 {
        return Ok(None);
    }
    let (file, piece) = blocking(move || {
        let mut piece = vec![0; usize::try_from(left.min(PIECE)).unwrap_or(usize::MAX)];
        file.read_exact(&mut piece)?;
        Ok((file, piece))
    })
    .await?;
    let left = left - piece.len() as u64;
    Ok(Some((Bytes::from(piece), (file, left))))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
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
    async fn keeps_the_contract_of_streams() {
        let data = tempfile::tempdir().expect("a folder");
        let blobs = DiskBlobs::open(data.path()).expect("opened");
        contract::streams_hold(&blobs).await;
        contract::broken_streams_leave_nothing(&blobs).await;
        assert_eq!(files(&blobs.temporary), 0);
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
