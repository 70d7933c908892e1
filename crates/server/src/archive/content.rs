//! What an instance holds as entries of an archive.

use std::{
    io::{self, Read},
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use studyhall_domain::ports::{BlobId, BlobStore, ByteStream};
use studyhall_store_sql::{Dumped, SqlStore};
use studyhall_wire::{Epoch, Seq, StreamId};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};

use super::{BLOBS, STREAMS, TABLES, event::Line, file::Writer, progress::Progress};
use crate::boot::{Holdings, LogView};

/// Events that are read at once, and streams.
const EVENTS: u32 = 500;
const STREAMS_AT_ONCE: u32 = 500;
/// An entry of events ends with the first line beyond this many bytes.
const ENTRY_BYTES: usize = 1024 * 1024;
/// Parts of tables that may wait to be written.
const WAITING: usize = 4;

/// What an archive holds, for a person.
#[derive(Debug, Default)]
pub struct Totals {
    pub rows: u64,
    pub streams: u64,
    pub events: u64,
    pub files: u64,
    /// Files that rows refer to, and that are not there or not what they were.
    pub broken_files: u64,
}

/// Everything that an instance holds at one moment: in clustered mode, what nodes write to the log meanwhile is in it.
pub struct Content {
    dumped: mpsc::Receiver<Dumped>,
    dumping: JoinHandle<studyhall_domain::Result<()>>,
    log: LogView,
    blobs: Arc<dyn BlobStore>,
}

impl Content {
    /// The moment is now.
    pub async fn of(holdings: &Holdings<'_>) -> Result<Self> {
        const DATABASE: &str = "cannot read the database";
        // Tables and log are of one moment: nobody changes a table between the one and the other.
        let fence = holdings.store.hold_writes().await.context(DATABASE)?;
        let (out, mut dumped) = mpsc::channel(WAITING);
        let store: Arc<SqlStore> = holdings.store.clone();
        let dumping = tokio::spawn(async move { store.dump(out).await });
        let Some(Dumped::Begun) = dumped.recv().await else {
            dumping.await?.context(DATABASE)?;
            bail!(DATABASE);
        };
        let log = holdings.log_view().await?;
        drop(fence);
        Ok(Self { dumped, dumping, log, blobs: holdings.blobs.clone() })
    }

    pub async fn epoch(&self) -> Result<Epoch> {
        self.log.epoch().await.context("cannot read the event log")
    }

    /// Hands everything to `archive`. Blocks.
    pub fn write(self, archive: &mut Writer) -> Result<Totals> {
        let Self { mut dumped, dumping, log, blobs } = self;
        let mut writing = Writing {
            archive,
            handle: Handle::current(),
            rows: Progress::new("rows"),
            events: Progress::new("events"),
            files: Progress::new("files"),
            totals: Totals::default(),
        };
        writing.database(&mut dumped, blobs.as_ref())?;
        writing.handle.block_on(dumping)?.context("cannot read the database")?;
        writing.log(&log)?;
        let Writing { rows, events, files, totals, .. } = writing;
        Ok(Totals { rows: rows.count(), events: events.count(), files: files.count(), ..totals })
    }
}

struct Writing<'a> {
    archive: &'a mut Writer,
    handle: Handle,
    rows: Progress,
    events: Progress,
    files: Progress,
    totals: Totals,
}

impl Writing<'_> {
    fn database(&mut self, dumped: &mut mpsc::Receiver<Dumped>, blobs: &dyn BlobStore) -> Result<()> {
        while let Some(dumped) = dumped.blocking_recv() {
            match dumped {
                Dumped::Begun => {}
                Dumped::Rows(some) => {
                    let name = format!("{TABLES}{}/{:09}.jsonl", some.table, self.rows.count());
                    self.archive.add(&name, &some.lines)?;
                    self.rows.add(some.rows as u64);
                }
                Dumped::Blobs(ids) => ids.iter().try_for_each(|id| self.blob(blobs, id))?,
            }
        }
        Ok(())
    }

    fn blob(&mut self, blobs: &dyn BlobStore, id: &BlobId) -> Result<()> {
        let found = self.handle.block_on(blobs.get_range(id, 0, u64::MAX)).context("cannot read a file")?;
        // What nobody refers to any more may have gone since that moment.
        let Some(reading) = found else {
            self.totals.broken_files += 1;
            return Ok(());
        };
        let bytes = Blocking { handle: self.handle.clone(), stream: reading.bytes, piece: Bytes::new() };
        let sha256 = self.archive.add_stream(&format!("{BLOBS}{}", id.0), reading.size, bytes)?;
        if sha256 != id.0 {
            self.totals.broken_files += 1;
        }
        self.files.add(1);
        Ok(())
    }

    fn log(&mut self, log: &LogView) -> Result<()> {
        let mut after = None;
        loop {
            let page = log.streams_after(after, STREAMS_AT_ONCE);
            let page = self.handle.block_on(page).context("cannot read the event log")?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(*last);
            for (stream, _) in page {
                self.stream(log, stream).with_context(|| format!("stream {stream}"))?;
                self.totals.streams += 1;
            }
        }
    }

    /// All events, until there are no more: a text is as it stands when it is read, and the event that made it so has to
    /// be there, too.
    fn stream(&mut self, log: &LogView, stream: StreamId) -> Result<()> {
        let mut after = 0;
        loop {
            let page = self.handle.block_on(log.events(stream, after, EVENTS)).context("cannot read the event log")?;
            if page.is_empty() {
                return Ok(());
            }
            let mut lines = Vec::new();
            let mut first = after + 1;
            for event in page {
                ensure!(event.seq == after + 1, "the event log has no event {}", after + 1);
                after = event.seq;
                serde_json::to_writer(&mut lines, &Line::of(event)?)?;
                lines.push(b'\n');
                if lines.len() >= ENTRY_BYTES {
                    self.add_events(stream, first, after, &lines)?;
                    lines.clear();
                    first = after + 1;
                }
            }
            self.add_events(stream, first, after, &lines)?;
        }
    }

    fn add_events(&mut self, stream: StreamId, first: Seq, last: Seq, lines: &[u8]) -> Result<()> {
        if first <= last {
            self.archive.add(&format!("{STREAMS}{stream}/{first:010}.jsonl"), lines)?;
            self.events.add((last + 1 - first).unsigned_abs());
        }
        Ok(())
    }
}

/// A stream of bytes for who waits in place.
struct Blocking {
    handle: Handle,
    stream: ByteStream,
    piece: Bytes,
}

impl Read for Blocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.handle.block_on(self.stream.next()) {
                Some(piece) => self.piece = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
