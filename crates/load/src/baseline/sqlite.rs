//! The least that durable sends can cost: one thread that commits batches of messages to a copy of Studyhall's own
//! `log.db`, its tables and indexes included, synced as Studyhall syncs. No sockets, no membership, no search.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{bench::percentile_ms, process::Usage};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A `log.db` that Studyhall made; messages are added to it
    #[arg(long)]
    pub db: PathBuf,
    /// Messages in one transaction
    #[arg(long)]
    pub batch: usize,
    #[arg(long)]
    pub conversations: usize,
    /// For how long, in milliseconds
    #[arg(long)]
    pub millis: u64,
    /// Begin a transaction each so many microseconds; by default, as soon as the last one is done
    #[arg(long, default_value_t = 0)]
    pub every_micros: u64,
}

/// What was committed; printed as JSON.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Commits {
    pub messages: u64,
    pub wall_s: f64,
    pub cpu_s: f64,
    /// Times of one commit, its inserts included, in milliseconds.
    pub commit_p50_ms: f64,
    pub commit_p99_ms: f64,
}

impl Commits {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 messages")]
    pub fn per_second(&self) -> f64 {
        self.messages as f64 / self.wall_s
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 messages")]
    pub fn cpu_s_per_message(&self) -> f64 {
        self.cpu_s / self.messages as f64
    }
}

/// Commits until the time is up, and prints [`Commits`].
#[expect(clippy::print_stdout, reason = "the line is what the parent process reads")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(&commit(args)?)?);
    Ok(())
}

fn commit(args: &Args) -> anyhow::Result<Commits> {
    ensure!(args.batch > 0 && args.conversations > 0, "nothing to commit");
    ensure!(args.db.exists(), "{} is not there: Studyhall makes it", args.db.display());
    let mut connection = Connection::open(&args.db)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;
             PRAGMA wal_autocheckpoint = 2000;",
        )
        .context("prepare the database")?;
    let mut streams = (0..args.conversations).map(|_| Stream::create(&connection)).collect::<Result<Vec<_>, _>>()?;
    let (author, mut number, mut commits) = (Uuid::now_v7(), 0, Vec::new());
    let (started, before) = (Instant::now(), Usage::of_this_process()?);
    let every = Duration::from_micros(args.every_micros);
    let mut due = started;
    while started.elapsed() < Duration::from_millis(args.millis) {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        due += every;
        let begun = Instant::now();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for _ in 0..args.batch {
            let next = number % streams.len();
            streams[next].insert(&transaction, author, number)?;
            number += 1;
        }
        transaction.commit()?;
        commits.push(begun.elapsed());
    }
    let wall = started.elapsed();
    commits.sort_unstable();
    Ok(Commits {
        messages: number as u64,
        wall_s: wall.as_secs_f64(),
        cpu_s: Usage::of_this_process()?.since(&before).as_secs_f64(),
        commit_p50_ms: percentile_ms(&commits, 50),
        commit_p99_ms: percentile_ms(&commits, 99),
    })
}

/// A conversation in the log, and the seq of its last message.
pub struct Stream {
    no: i64,
    seq: i64,
}

impl Stream {
    /// A new, empty conversation.
    pub fn create(connection: &Connection) -> rusqlite::Result<Self> {
        Self::with_id(connection, Uuid::now_v7())
    }

    pub fn with_id(connection: &Connection, id: Uuid) -> rusqlite::Result<Self> {
        let no =
            connection.prepare_cached("INSERT INTO streams (id) VALUES (?1)")?.insert([id.as_bytes().as_slice()])?;
        Ok(Self { no, seq: 0 })
    }

    /// Adds a message of 180 bytes, written as Studyhall's log writes one.
    pub fn insert(&mut self, connection: &Connection, author: Uuid, number: usize) -> rusqlite::Result<()> {
        self.seq += 1;
        let (author, client_id) = (author.as_bytes().as_slice(), Uuid::now_v7());
        connection
            .prepare_cached("INSERT OR IGNORE INTO idempotency_keys VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![client_id.as_bytes().as_slice(), self.no, author, self.seq])?;
        connection
            .prepare_cached(
                "INSERT INTO messages (id, author, created_at, mentions_everyone, fingerprint, client_id, text)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
            )?
            .execute(params![
                (self.no << 32) | self.seq,
                author,
                1_763_700_000_000_i64 + self.seq,
                self.seq.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()),
                client_id.to_string(),
                format!("{number:>180}"),
            ])?;
        Ok(())
    }
}
