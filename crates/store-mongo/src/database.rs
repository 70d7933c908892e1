//! The connection to MongoDB: its options, its runtime, its collections and their indexes.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use mongodb::{
    Client, ClientSession, Collection, Database, IndexModel,
    bson::{Binary, Bson, Document, RawDocumentBuf, doc, spec::BinarySubtype},
    options::{
        Acknowledgment, ClientOptions, Hint, IndexOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
    },
};
use studyhall_domain::{Error, Result};
use tokio::{runtime::Handle, time::timeout};
use uuid::Uuid;

use crate::failure::{DEPENDENCY, Failure, Outcome, is_duplicate};

/// How long anybody waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long to look for a primary, and how long a write may wait for its majority: less than [`PATIENCE`], so that the
/// cause is known when it ends.
const SELECTION: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(3);
/// Connections that are there before they are needed.
const WARM: u32 = 4;
const CONNECTIONS: u32 = 64;
/// The layout of the collections. A database with a greater one was written by a newer program and is refused.
const VERSION: i64 = 1;

/// One database. Clones share its connections, which belong to the runtime that opened them: whatever is asked runs
/// there, and to its end. (A driver's future that is dropped half-way costs its connection.)
#[derive(Clone)]
pub struct Mongo(Arc<Inner>);

struct Inner {
    client: Client,
    database: Database,
    runtime: Handle,
}

impl Mongo {
    /// Connects to `mongodb://…/NAME` (`studyhall` where the address names no database) and makes what is missing
    /// there. Many nodes may do so at once.
    pub async fn connect(url: &str) -> Result<Self> {
        let wrong = |error: mongodb::error::Error| Error::Internal(format!("the address of MongoDB: {error}"));
        let mut options = ClientOptions::parse(url).await.map_err(wrong)?;
        options.app_name.get_or_insert_with(|| "studyhall".to_owned());
        options.connect_timeout.get_or_insert(CONNECT);
        options.server_selection_timeout = Some(SELECTION);
        options.min_pool_size.get_or_insert(WARM);
        options.max_pool_size.get_or_insert(CONNECTIONS);
        options.max_connecting.get_or_insert(WARM);
        // An append knows better than the driver how it is tried again (`log::resolve`), everything else is idempotent,
        // and the server is spared its record of what could be retried.
        options.retry_writes = Some(false);
        options.read_concern = Some(ReadConcern::majority());
        options.write_concern =
            Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(SELECTION).build());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let client = Client::with_options(options).map_err(wrong)?;
        let database = client.default_database().unwrap_or_else(|| client.database("studyhall"));
        let mongo = Self(Arc::new(Inner { client, database, runtime: Handle::current() }));
        mongo.prepare().await.map_err(Failure::into_domain)?;
        Ok(mongo)
    }

    /// The server's version.
    pub async fn version(&self) -> Result<String> {
        let answer = self.command(doc! { "buildInfo": 1 }).await?;
        Ok(answer.get_str("version").unwrap_or("of unknown version").to_owned())
    }

    /// The name of the replica set, if it is one.
    pub async fn replica_set(&self) -> Result<Option<String>> {
        let answer = self.command(doc! { "hello": 1 }).await?;
        Ok(answer.get_str("setName").ok().map(str::to_owned))
    }

    async fn command(&self, command: Document) -> Result<Document> {
        let database = self.database().clone();
        self.run(async move { Ok(database.run_command(command).await?) }).await
    }

    async fn prepare(&self) -> Outcome<()> {
        self.remember_once("version", VERSION).await?;
        if self.recall("version").await?.is_some_and(|version| version > VERSION) {
            return Err(Failure::Shape("the database is newer than this program: start the newer program"));
        }
        self.remember_once("epoch", 1).await?;
        self.collection("events").create_indexes(event_indexes()).await?;
        self.collection("search").create_indexes(search_indexes()).await?;
        try_join_all((0..WARM).map(|_| self.ping())).await?;
        Ok(())
    }

    /// Runs `read` or a write on the runtime of the connections, to its end; the caller waits at most [`PATIENCE`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Result<T> {
        self.run_for(PATIENCE, work).await
    }

    pub(crate) async fn run_for<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Result<T> {
        match timeout(patience, self.runtime().spawn(work)).await {
            Ok(Ok(outcome)) => outcome.map_err(Failure::into_domain),
            Ok(Err(stopped)) => Err(Error::internal(stopped)),
            Err(_) => Err(Error::unavailable(DEPENDENCY, format!("no answer within {} s", patience.as_secs()))),
        }
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<RawDocumentBuf> {
        self.0.database.collection(name)
    }

    /// Every event; see `log::document`.
    pub(crate) fn events(&self) -> Collection<RawDocumentBuf> {
        self.collection("events")
    }

    /// A session in which a read sees at least what the writes before it met.
    pub(crate) async fn session(&self) -> Outcome<ClientSession> {
        Ok(self.0.client.start_session().causal_consistency(true).await?)
    }

    pub(crate) async fn ping(&self) -> Outcome<()> {
        self.0.database.run_command(doc! { "ping": 1 }).await?;
        Ok(())
    }

    /// A number of `meta`.
    pub(crate) async fn recall(&self, name: &str) -> Outcome<Option<i64>> {
        let found = self.collection("meta").find_one(doc! { "_id": name }).await?;
        Ok(found.map(|found| found.get_i64("value")).transpose().map_err(mongodb::error::Error::from)?)
    }

    pub(crate) async fn remember(&self, name: &str, value: i64) -> Outcome<()> {
        self.upsert_meta(name, doc! { "$set": { "value": value } }).await
    }

    async fn remember_once(&self, name: &str, value: i64) -> Outcome<()> {
        self.upsert_meta(name, doc! { "$setOnInsert": { "value": value } }).await
    }

    async fn upsert_meta(&self, name: &str, change: Document) -> Outcome<()> {
        loop {
            match self.collection("meta").update_one(doc! { "_id": name }, change.clone()).upsert(true).await {
                // Two nodes at once: now it is there.
                Err(error) if is_duplicate(&error) => {}
                outcome => return Ok(outcome.map(drop)?),
            }
        }
    }
}

/// An id as BSON has it.
pub(crate) fn id(id: impl Into<Uuid>) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.into().as_bytes().to_vec() })
}

pub(crate) fn hint(index: &str) -> Hint {
    Hint::Name(index.to_owned())
}

fn index(name: &str, keys: Document, unique: bool, only: Option<Document>) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).unique(unique).partial_filter_expression(only).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// A message is in four of them (with `_id`), any other event in two.
fn event_indexes() -> Vec<IndexModel> {
    let place = || doc! { "stream": 1, "seq": 1 };
    vec![
        index("place", place(), true, None),
        index(
            "keys",
            doc! { "stream": 1, "actor": 1, "client_id": 1 },
            true,
            Some(doc! { "fingerprint": { "$exists": true } }),
        ),
        index("messages", place(), false, Some(doc! { "kind": "message.created" })),
        index("pinned", place(), false, Some(doc! { "pinned": true })),
        index("system", place(), false, Some(doc! { "system": true })),
        index("unfolded", place(), false, Some(doc! { "unfolded": true })),
        index("streams", doc! { "stream": 1 }, false, Some(doc! { "seq": 1_i64 })),
    ]
}

fn search_indexes() -> Vec<IndexModel> {
    vec![
        index(
            "keys",
            doc! { "keys": 1, "stream": 1, "position": -1 },
            false,
            Some(doc! { "position": { "$exists": true } }),
        ),
        index("position", doc! { "position": 1 }, true, Some(doc! { "position": { "$exists": true } })),
        index("place", doc! { "stream": 1, "seq": 1 }, false, None),
    ]
}
