//! The data directory: made for this user alone, and one server's at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use anyhow::{Context, Result, bail};

/// The name of the file that a running server holds.
const LOCK: &str = "lock";

/// Makes the directory where it is not there, readable by its owner alone.
pub fn prepare(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| format!("cannot make the data directory {}", dir.display()))
}

/// The right to write to the data directory, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// Fails where another process has it.
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(LOCK);
        let file = open(&path).with_context(|| format!("cannot write to the data directory {}", dir.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => bail!(
                "another studyhall is using the data directory {}; stop it first, or choose another with --data-dir",
                dir.display()
            ),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_servers_at_a_time() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("deep/data");
        prepare(&dir).expect("made");
        let first = Lock::take(&dir).expect("free");
        let error = Lock::take(&dir).expect_err("taken").to_string();
        assert!(error.contains("another studyhall") && error.contains("--data-dir"), "{error}");
        drop(first);
        Lock::take(&dir).expect("free again");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("data");
        prepare(&dir).expect("made");
        assert_eq!(fs::metadata(&dir).expect("there").permissions().mode() & 0o777, 0o700);
    }
}
