//! Reading an archive into an empty instance.
//!
//! First the whole file is checked. Then rows go into one transaction, files and events to their places, and at the end
//! that transaction commits: an instance that has accounts has everything. What was interrupted is begun anew by the next
//! import; until then the instance does not serve.

use std::{collections::HashSet, io::Read, path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use studyhall_domain::{
    Error,
    ports::{Batch, BlobStore, EventLog, LogEvent},
};
use studyhall_store_sql::{Condition, Loading, SqlStore, TableRows};
use studyhall_wire::StreamId;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    task::{JoinHandle, JoinSet, spawn_blocking},
};

use super::{
    BLOBS, STREAMS, TABLES, Totals,
    event::Line,
    file::{self, Entry, Whole},
    progress::Progress,
    refuse_nodes,
    source::Source,
};
use crate::{
    boot::{self, Holdings},
    config::{Config, Mode},
};

/// More than any entry of lines that `export` writes.
const LINES: u64 = 64 * 1024 * 1024;
/// Entries that may wait for the database, pieces that may wait for a file's place.
const WAITING: usize = 4;
/// Streams that are written to at once, so that they share what a durable write costs.
const AT_ONCE: usize = 32;
/// Bytes of a file that are handed on at once.
const PIECE: usize = 256 * 1024;

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    pub totals: Totals,
    /// The moment of which the instance is.
    pub of: studyhall_wire::Timestamp,
}

/// Fills the empty instance of `config` from `path`. The log gets a new epoch, so that clients notice; unless the
/// instance moves: then its epoch stays, and its source does not start again.
pub async fn import(config: &Config, path: &Path, moving: bool) -> Result<Imported> {
    let whole = check(path).await?;
    let source = if moving { Source::find(config, &whole.manifest)? } else { None };
    let _lock = boot::claim(config)?;
    let holdings = Holdings::open(config).await?;
    let log = holdings.log().await?;
    let imported = fill(config, &holdings, &log, path, moving, whole, source).await;
    log.close().await;
    imported
}

async fn check(path: &Path) -> Result<Whole> {
    let path = path.to_owned();
    let check = move || {
        let mut entries = Progress::new("entries checked");
        file::read(&path, |_| {
            entries.add(1);
            Ok(())
        })
    };
    spawn_blocking(check).await?
}

async fn fill(
    config: &Config,
    holdings: &Holdings<'_>,
    log: &Arc<dyn EventLog>,
    path: &Path,
    moving: bool,
    whole: Whole,
    source: Option<Source>,
) -> Result<Imported> {
    let Whole { manifest, sha256 } = whole;
    if let Some(source) = &source {
        source.is_as_archived(&sha256).await?;
    }
    begin(config, &holdings.store, log.as_ref()).await?;
    let (rows, loading) = load(&holdings.store).await?;
    let now = studyhall_domain::now().as_millis();
    let epoch = if moving { manifest.epoch } else { now.max(manifest.epoch + 1) };
    log.start_over(epoch).await.context("cannot empty the event log")?;
    let reading = Reading::new(rows.clone(), log.clone(), holdings.blobs.clone());
    let path = path.to_owned();
    let read = spawn_blocking(move || reading.run(&path)).await?;
    let outcome = match read {
        Ok(totals) => finish(rows, source).await.map(|()| totals),
        Err(error) => {
            drop(rows);
            Err(error)
        }
    };
    // Where the database stopped taking rows, it says why.
    let loaded = loading.await?.context("cannot fill the database");
    let totals = match outcome {
        Err(error) if !error.is::<DatabaseStopped>() => return Err(error),
        outcome => loaded.and(outcome)?,
    };
    Ok(Imported { totals, of: manifest.created_at })
}

/// Makes sure that nothing is lost by what follows, and that the instance does not serve before it is done.
async fn begin(config: &Config, store: &SqlStore, log: &dyn EventLog) -> Result<()> {
    refuse_nodes(store).await?;
    let failed = "cannot begin the import; perhaps another one is going on";
    let interrupted = match store.condition().await.context(failed)? {
        Condition::Open => false,
        Condition::Importing => true,
        Condition::Retired(at) => bail!("this instance was moved elsewhere on {at}; {}", elsewhere(config)),
    };
    let has_history = !log.streams_after(None, 1).await.context("cannot read the event log")?.is_empty();
    let filled = if has_history && !interrupted {
        Some("event log")
    } else {
        store.begin_import(studyhall_domain::now()).await.context(failed)?
    };
    match filled {
        Some(what) => {
            bail!("this instance is not empty ({what}), and an archive goes into an empty one; {}", elsewhere(config))
        }
        None => Ok(()),
    }
}

fn elsewhere(config: &Config) -> &'static str {
    match config.mode {
        Mode::Embedded => "choose another directory with --data-dir",
        Mode::Clustered(_) => "choose other databases, in PostgreSQL and in MongoDB",
    }
}

/// The transaction that takes the rows, once nobody else can have one.
async fn load(store: &Arc<SqlStore>) -> Result<(mpsc::Sender<Loading>, JoinHandle<studyhall_domain::Result<()>>)> {
    let (rows, taken) = mpsc::channel(WAITING);
    let (begun, has_begun) = oneshot::channel();
    let store = store.clone();
    let loading = tokio::spawn(async move { store.load(taken, begun).await });
    if has_begun.await.is_err() {
        let failed = "cannot begin the import; perhaps another one is going on";
        loading.await?.context(failed)?;
        bail!(failed);
    }
    Ok((rows, loading))
}

/// The source is out of service before its copy can be used, and only once nothing but the commit is left to do.
async fn finish(rows: mpsc::Sender<Loading>, source: Option<Source>) -> Result<()> {
    let stopped = |_| DatabaseStopped;
    if let Some(source) = source {
        let (all, are_in) = oneshot::channel();
        rows.send(Loading::Sync(all)).await.map_err(stopped)?;
        are_in.await.map_err(|_| DatabaseStopped)?;
        source.retire().await?;
    }
    rows.send(Loading::End).await.map_err(stopped)?;
    Ok(())
}

/// The transaction ended early. It knows why.
#[derive(Debug, thiserror::Error)]
#[error("the database takes no more rows")]
struct DatabaseStopped;

/// Everything on its way from the file to its place.
struct Reading {
    handle: Handle,
    rows: mpsc::Sender<Loading>,
    log: Arc<dyn EventLog>,
    blobs: Arc<dyn BlobStore>,
    appending: JoinSet<Result<()>>,
    /// The streams of what is being appended.
    busy: HashSet<StreamId>,
    streams: u64,
    last_stream: Option<StreamId>,
    row_count: Progress,
    event_count: Progress,
    file_count: Progress,
}

impl Reading {
    fn new(rows: mpsc::Sender<Loading>, log: Arc<dyn EventLog>, blobs: Arc<dyn BlobStore>) -> Self {
        Self {
            handle: Handle::current(),
            rows,
            log,
            blobs,
            appending: JoinSet::new(),
            busy: HashSet::new(),
            streams: 0,
            last_stream: None,
            row_count: Progress::new("rows"),
            event_count: Progress::new("events"),
            file_count: Progress::new("files"),
        }
    }

    fn run(mut self, path: &Path) -> Result<Totals> {
        file::read(path, |entry| self.take(entry))?;
        self.settle()?;
        Ok(Totals {
            rows: self.row_count.count(),
            streams: self.streams,
            events: self.event_count.count(),
            files: self.file_count.count(),
            broken_files: 0,
        })
    }

    fn take(&mut self, mut entry: Entry<'_>) -> Result<()> {
        let name = entry.name.clone();
        if let Some((table, _)) = name.strip_prefix(TABLES).and_then(|rest| rest.split_once('/')) {
            self.rows(table, entry.read(LINES)?)
        } else if name.starts_with(BLOBS) {
            self.blob(entry.bytes)
        } else if let Some((stream, _)) = name.strip_prefix(STREAMS).and_then(|rest| rest.split_once('/')) {
            self.events(stream.parse().context(name.clone())?, &entry.read(LINES)?)
        } else {
            bail!("the archive has an entry {name}, which this version does not know: use the version that made it")
        }
    }

    fn rows(&mut self, table: &str, lines: Vec<u8>) -> Result<()> {
        let rows = lines.split(|byte| *byte == b'\n').count() - 1;
        let some = TableRows { table: table.to_owned(), rows, lines };
        self.rows.blocking_send(Loading::Rows(some)).map_err(|_| DatabaseStopped)?;
        self.row_count.add(rows as u64);
        Ok(())
    }

    fn blob(&mut self, bytes: &mut dyn Read) -> Result<()> {
        let (pieces, mut taken) = mpsc::channel(WAITING);
        let blobs = self.blobs.clone();
        let bytes_taken = stream::poll_fn(move |cx| taken.poll_recv(cx)).boxed();
        let storing = self.handle.spawn(async move { blobs.put_stream(bytes_taken, u64::MAX).await });
        let mut read = Ok(());
        loop {
            let mut piece = vec![0; PIECE];
            let count = match bytes.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => {
                    // So that what is stored is not taken for the whole.
                    let _ = pieces.blocking_send(Err(Error::internal("the archive cannot be read")));
                    read = Err(error);
                    break;
                }
            };
            piece.truncate(count);
            // Who does not take it says why below.
            if pieces.blocking_send(Ok(Bytes::from(piece))).is_err() {
                break;
            }
        }
        drop(pieces);
        let stored = self.handle.block_on(storing)?;
        read.context("the archive cannot be read")?;
        stored.context("cannot store a file")?;
        self.file_count.add(1);
        Ok(())
    }

    fn events(&mut self, stream: StreamId, lines: &[u8]) -> Result<()> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let events = lines.map(|line| Ok(Arc::new(serde_json::from_slice::<Line>(line)?.into_event(stream)?)));
        let events: Vec<Arc<LogEvent>> = events.collect::<Result<_>>().with_context(|| format!("stream {stream}"))?;
        let Some(first) = events.first() else { return Ok(()) };
        self.event_count.add(events.len() as u64);
        if self.last_stream.replace(stream) != Some(stream) {
            self.streams += 1;
        }
        // Each stream in its order.
        if self.appending.len() >= AT_ONCE || self.busy.contains(&stream) {
            self.settle()?;
        }
        self.busy.insert(stream);
        let (log, batch) = (self.log.clone(), Batch { stream, after: first.seq - 1, events });
        let append = async move {
            log.append(batch).await.with_context(|| format!("cannot write to the event log, stream {stream}"))
        };
        self.appending.spawn_on(append, &self.handle);
        Ok(())
    }

    /// Waits until everything is appended.
    fn settle(&mut self) -> Result<()> {
        while let Some(appended) = self.handle.block_on(self.appending.join_next()) {
            appended??;
        }
        self.busy.clear();
        Ok(())
    }
}
