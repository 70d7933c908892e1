//! The archive as a file: entries in, entries out, and the checksum that tells whether it is whole.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{END, FORMAT, MANIFEST, Manifest};

/// Zstandard's own default.
const LEVEL: i32 = 3;
/// More than a manifest has, or an end.
const SMALL: u64 = 64 * 1024;

/// The last entry.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    entries: u64,
    sha256: String,
}

/// The checksum over all entries but the manifest, which says when it was made, and the end.
#[derive(Default)]
struct Sum {
    entries: u64,
    hash: Sha256,
}

impl Sum {
    fn add(&mut self, name: &str, sha256: &str) {
        self.entries += 1;
        self.hash.update(format!("{sha256}  {name}\n"));
    }

    fn end(self) -> End {
        End { entries: self.entries, sha256: hex::encode(self.hash.finalize()) }
    }
}

/// Takes entries, as a file or for their checksum alone.
pub struct Writer {
    file: Option<Unfinished>,
    sum: Sum,
}

/// An archive that is being written. It has its name only once it is whole.
struct Unfinished {
    tar: tar::Builder<zstd::Encoder<'static, BufWriter<File>>>,
    path: PathBuf,
    part: Part,
}

/// The file under its other name, removed if nothing comes of it.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // After it got its name there is none.
        let _ = fs::remove_file(&self.0);
    }
}

impl Writer {
    /// Begins a file beside `path`, for its owner alone, with the manifest.
    pub fn create(path: &Path, manifest: &Manifest) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = Part(PathBuf::from(part));
        let failed = || format!("cannot write {}", part.0.display());
        match fs::remove_file(&part.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).with_context(failed),
            Ok(()) | Err(_) => {}
        }
        let mut options = File::options();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut encoder = zstd::Encoder::new(BufWriter::new(options.open(&part.0).with_context(failed)?), LEVEL)?;
        encoder.include_checksum(true)?;
        let mut file = Unfinished { tar: tar::Builder::new(encoder), path: path.to_owned(), part };
        let manifest = serde_json::to_vec_pretty(manifest)?;
        file.append(MANIFEST, manifest.len() as u64, &*manifest)?;
        Ok(Self { file: Some(file), sum: Sum::default() })
    }

    /// Takes the checksum, and keeps nothing.
    pub fn nowhere() -> Self {
        Self { file: None, sum: Sum::default() }
    }

    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.add_stream(name, bytes.len() as u64, bytes).map(drop)
    }

    /// Adds `size` bytes; gives their SHA-256.
    pub fn add_stream(&mut self, name: &str, size: u64, bytes: impl Read) -> Result<String> {
        let mut bytes = Hashing { inner: bytes, hash: Sha256::new(), size: 0 };
        match &mut self.file {
            Some(file) => file.append(name, size, &mut bytes)?,
            None => drop(io::copy(&mut bytes, &mut io::sink())?),
        }
        ensure!(bytes.size == size, "{name} has {} bytes instead of {size}", bytes.size);
        let sha256 = bytes.sha256();
        self.sum.add(name, &sha256);
        Ok(sha256)
    }

    /// Writes everything to the disk, and gives the file its name. Gives the checksum.
    pub fn finish(self) -> Result<String> {
        let Self { file, sum } = self;
        let end = sum.end();
        if let Some(mut file) = file {
            let json = serde_json::to_vec(&end)?;
            file.append(END, json.len() as u64, &*json)?;
            file.finish()?;
        }
        Ok(end.sha256)
    }
}

impl Unfinished {
    fn append(&mut self, name: &str, size: u64, bytes: impl Read) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        self.tar
            .append_data(&mut header, name, bytes)
            .with_context(|| format!("cannot write {}", self.part.0.display()))
    }

    fn finish(self) -> Result<()> {
        let Self { tar, path, part } = self;
        let synced = || -> io::Result<()> {
            let mut file = tar.into_inner()?.finish()?;
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&part.0, &path)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        synced().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// An entry of an archive that is being read.
pub struct Entry<'a> {
    pub name: String,
    pub size: u64,
    pub bytes: &'a mut dyn Read,
}

impl Entry<'_> {
    /// All of it, where it is not longer than `most`.
    pub fn read(&mut self, most: u64) -> Result<Vec<u8>> {
        ensure!(self.size <= most, "{} is longer than it can be", self.name);
        let mut bytes = Vec::new();
        self.bytes.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What is known of an archive that was read to its end.
#[derive(Debug)]
pub struct Whole {
    pub manifest: Manifest,
    /// As [`Writer::finish`] gave it.
    pub sha256: String,
}

/// Gives each entry to `take`, in order, and fails at the end where the checksum is another one. What this version cannot
/// read fails at its beginning.
pub fn read(path: &Path, mut take: impl FnMut(Entry<'_>) -> Result<()>) -> Result<Whole> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let damaged = || {
        let path = path.display();
        format!("{path} is damaged, or its end is missing: copy it once more, or take another archive")
    };
    let mut tar = tar::Archive::new(zstd::Decoder::with_buffer(BufReader::new(file))?);
    let (mut manifest, mut sum, mut end) = (None, Sum::default(), None);
    for entry in tar.entries()? {
        let entry = match (entry, &manifest) {
            (Err(error), None) => {
                return Err(error).with_context(|| format!("{} is no archive of Studyhall", path.display()));
            }
            (entry, _) => entry.with_context(damaged)?,
        };
        ensure!(end.is_none(), damaged());
        let name = entry.path()?.to_str().with_context(damaged)?.to_owned();
        let size = entry.size();
        let mut bytes = Hashing { inner: entry, hash: Sha256::new(), size: 0 };
        let mut entry = Entry { name, size, bytes: &mut bytes };
        match (entry.name.as_str(), &manifest) {
            (MANIFEST, None) => manifest = Some(readable(path, &entry.read(SMALL).with_context(damaged)?)?),
            (_, None) => bail!("{} is no archive of Studyhall", path.display()),
            (END, Some(_)) => {
                let json = entry.read(SMALL).with_context(damaged)?;
                end = Some(serde_json::from_slice::<End>(&json).with_context(damaged)?);
            }
            (_, Some(_)) => {
                let name = entry.name.clone();
                take(entry)?;
                io::copy(&mut bytes, &mut io::sink()).with_context(damaged)?;
                sum.add(&name, &bytes.sha256());
            }
        }
    }
    // The compressor has a checksum of its own, at the very end.
    io::copy(&mut tar.into_inner(), &mut io::sink()).with_context(damaged)?;
    let manifest = manifest.with_context(|| format!("{} is no archive of Studyhall", path.display()))?;
    let sum = sum.end();
    ensure!(end.as_ref() == Some(&sum), damaged());
    Ok(Whole { manifest, sha256: sum.sha256 })
}

/// The manifest, where this version understands what follows it.
fn readable(path: &Path, json: &[u8]) -> Result<Manifest> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
        version: String,
    }
    let no_archive = || format!("{} is no archive of Studyhall", path.display());
    let newer = |version: &str| {
        format!("{} was made by Studyhall {version}, which is newer than this one: use that version", path.display())
    };
    let Format { format, version } = serde_json::from_slice(json).with_context(no_archive)?;
    ensure!(format <= FORMAT, newer(&version));
    let manifest: Manifest = serde_json::from_slice(json).with_context(no_archive)?;
    ensure!(manifest.schema <= studyhall_store_sql::schema_version()?, newer(&version));
    Ok(manifest)
}

struct Hashing<R> {
    inner: R,
    hash: Sha256,
    size: u64,
}

impl<R> Hashing<R> {
    fn sha256(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            version: "1.2.3".to_owned(),
            schema: String::new(),
            created_at: studyhall_domain::now(),
            epoch: 1,
            mode: "embedded".to_owned(),
            data_dir: None,
            retired: false,
        }
    }

    fn write(path: &Path, manifest: &Manifest) -> String {
        let mut writer = Writer::create(path, manifest).expect("created");
        writer.add("one", b"1").expect("added");
        writer.add("two", &vec![7; 100_000]).expect("added");
        writer.finish().expect("finished")
    }

    fn why(path: &Path) -> String {
        format!("{:#}", read(path, |_| Ok(())).expect_err("refused"))
    }

    #[test]
    fn what_goes_in_comes_out() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("archive");
        let sha256 = write(&path, &manifest());
        let mut entries = Vec::new();
        let whole = read(&path, |mut entry| {
            let bytes = entry.read(100_000)?;
            entries.push((entry.name, bytes));
            Ok(())
        });
        let whole = whole.expect("whole");
        assert_eq!((whole.sha256, whole.manifest.version.as_str()), (sha256.clone(), "1.2.3"));
        assert_eq!(entries, [("one".to_owned(), b"1".to_vec()), ("two".to_owned(), vec![7; 100_000])]);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }

        let mut nowhere = Writer::nowhere();
        nowhere.add("one", b"1").expect("added");
        nowhere.add("two", &vec![7; 100_000]).expect("added");
        assert_eq!(nowhere.finish().expect("finished"), sha256);
    }

    #[test]
    fn what_was_cut_or_changed_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("archive");
        let sha256 = write(&path, &manifest());
        let whole = fs::read(&path).expect("bytes");
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).expect("written");
            assert!(why(&path).contains("archive"), "cut at {cut}: {}", why(&path));
        }
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 0x10;
            fs::write(&path, other).expect("written");
            // Some bits of the compressor's header say nothing.
            if let Ok(whole) = read(&path, |_| Ok(())) {
                assert_eq!((&whole.sha256, whole.manifest.version.as_str()), (&sha256, "1.2.3"), "changed at {at}");
            }
        }
        fs::write(&path, "this is something else, and not a short text either").expect("written");
        assert!(why(&path).contains("no archive of Studyhall"), "{}", why(&path));
    }

    #[test]
    fn entries_of_another_archive_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("archive");
        let mut writer = Writer::create(&path, &manifest()).expect("created");
        writer.add("one", b"1").expect("added");
        writer.file.as_mut().expect("a file").append("two", 1, &b"2"[..]).expect("added");
        writer.finish().expect("finished");
        assert!(why(&path).contains("is damaged"), "{}", why(&path));
    }

    #[test]
    fn what_a_newer_program_made_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("archive");
        for newer in [
            Manifest { format: FORMAT + 1, ..manifest() },
            Manifest { schema: "99991231000000".to_owned(), ..manifest() },
        ] {
            write(&path, &newer);
            assert!(why(&path).contains("1.2.3, which is newer"), "{}", why(&path));
        }
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let writer = Writer::create(&dir.path().join("archive"), &manifest()).expect("created");
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
        drop(writer);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
    }
}
