//! The least that durable sends to MongoDB can cost: one connection of the bare driver that inserts batches of messages,
//! one batch after the other, acknowledged by a majority with its journal. The documents are like one that Studyhall
//! wrote, in a collection with the same indexes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::TryStreamExt as _;
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Binary, Bson, Document, doc, oid::ObjectId, spec::BinarySubtype},
    options::{Acknowledgment, WriteConcern},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::process::Usage;

/// Where Studyhall's log is when the address names no database.
const STUDYHALL: &str = "studyhall";
const BARE: &str = "studyhall_load_bare";
const EVENTS: &str = "events";

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[arg(long, env = "STUDYHALL_MONGODB_URL")]
    pub url: String,
    /// Messages in one insert
    #[arg(long)]
    pub batch: usize,
    #[arg(long)]
    pub conversations: usize,
    /// For how long, in milliseconds
    #[arg(long)]
    pub millis: u64,
}

/// What was inserted; printed as JSON.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Inserts {
    pub messages: u64,
    pub wall_s: f64,
    pub cpu_s: f64,
    /// Bytes of a message's document, and of it with its indexes as they are stored.
    pub document_bytes: usize,
    pub stored_bytes: f64,
}

impl Inserts {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 messages")]
    pub fn per_second(&self) -> f64 {
        self.messages as f64 / self.wall_s
    }
}

/// Inserts until the time is up, and prints [`Inserts`].
#[expect(clippy::print_stdout, reason = "the line is what the parent process reads")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    ensure!(args.batch > 0 && args.conversations > 0, "nothing to insert");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let inserts = runtime.block_on(insert(args))?;
    println!("{}", serde_json::to_string(&inserts)?);
    Ok(())
}

async fn insert(args: &Args) -> anyhow::Result<Inserts> {
    let client = Client::with_uri_str(&args.url).await?;
    let ours = client.default_database().unwrap_or_else(|| client.database(STUDYHALL)).collection::<Document>(EVENTS);
    let sample = ours
        .find_one(doc! { "kind": "message.created", "client_id": { "$exists": true } })
        .await?
        .context("Studyhall has written no message yet")?;
    let document_bytes = mongodb::bson::serialize_to_vec(&sample)?.len();
    let bare = client.database(BARE);
    bare.drop().await?;
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let bare_events: Collection<Document> = bare.collection(EVENTS);
    bare_events.create_indexes(indexes(&ours).await?).await?;

    let mut streams: Vec<(Bson, i64)> = (0..args.conversations).map(|_| (id(Uuid::now_v7()), 0)).collect();
    let mut number = 0;
    let (started, before) = (Instant::now(), Usage::of_this_process()?);
    while started.elapsed() < Duration::from_millis(args.millis) {
        let mut batch = Vec::with_capacity(args.batch);
        for _ in 0..args.batch {
            let count = streams.len();
            let (stream, seq) = &mut streams[number % count];
            *seq += 1;
            number += 1;
            let mut message = sample.clone();
            message.insert("_id", ObjectId::new());
            message.insert("stream", stream.clone());
            message.insert("seq", *seq);
            message.insert("client_id", Uuid::now_v7().to_string());
            batch.push(message);
        }
        bare_events.insert_many(batch).ordered(true).write_concern(concern.clone()).await?;
    }
    let (wall, used) = (started.elapsed(), Usage::of_this_process()?.since(&before));
    // Sizes are as of the last checkpoint.
    client.database("admin").run_command(doc! { "fsync": 1 }).await?;
    let stored = bare.run_command(doc! { "collStats": EVENTS }).await?;
    let size = |name| stored.get_i64(name).or_else(|_| stored.get_i32(name).map(i64::from));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let stored_bytes = (size("storageSize")? + size("totalIndexSize")?) as f64 / number as f64;
    bare.drop().await?;
    Ok(Inserts {
        messages: number as u64,
        wall_s: wall.as_secs_f64(),
        cpu_s: used.as_secs_f64(),
        document_bytes,
        stored_bytes,
    })
}

/// Those of Studyhall's log, but for the one that every collection has.
async fn indexes(log: &Collection<Document>) -> anyhow::Result<Vec<IndexModel>> {
    let all: Vec<IndexModel> = log.list_indexes().await?.try_collect().await?;
    Ok(all.into_iter().filter(|index| !index.keys.contains_key("_id")).collect())
}

fn id(id: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}
