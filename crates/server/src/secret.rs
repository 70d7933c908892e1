//! The instance's secret: given by configuration, or made at the first start and kept in the data directory.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use secrecy::SecretString;
use studyhall_domain::auth::KeyRing;

/// The keys of `configured`, or of the data directory's own secret.
pub fn key_ring(configured: &[SecretString], data_dir: &Path) -> Result<KeyRing> {
    if !configured.is_empty() {
        return KeyRing::from_secrets(configured).context("STUDYHALL_SECRET");
    }
    let path = path(data_dir);
    let secret = read_or_make(&path).with_context(|| format!("cannot keep a secret in {}", path.display()))?;
    KeyRing::from_secrets(&[secret]).with_context(|| path.display().to_string())
}

/// Where the secret is kept.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("secret")
}

fn read_or_make(path: &Path) -> io::Result<SecretString> {
    match fs::read_to_string(path) {
        Ok(secret) => Ok(secret.trim().to_owned().into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error),
    }
}

/// 32 random bytes in hex. Written beside and renamed, so that a crash leaves no half of it.
fn make(path: &Path) -> io::Result<SecretString> {
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let unfinished = path.with_extension("new");
    let mut options = File::options();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(secret.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn it_is_made_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let made = read_or_make(&path(dir.path())).expect("made");
        assert_eq!(made.expose_secret().len(), 64);
        let again = read_or_make(&path(dir.path())).expect("read");
        assert_eq!(again.expose_secret(), made.expose_secret());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path(dir.path())).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_short_one_is_refused_with_its_place() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(path(dir.path()), "short").expect("written");
        let Err(error) = key_ring(&[], dir.path()) else { panic!("taken") };
        assert!(format!("{error:#}").contains("32"), "{error:#}");
    }
}
