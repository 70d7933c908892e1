//! A database of its own for each test, on the server that `STUDYHALL_TEST_MONGODB_URL` names; and servers that a test
//! starts itself.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod replica_set;

use std::{env, thread};

use mongodb::{
    Client, Collection,
    bson::{Bson, Document, Uuid as BsonUuid},
};
use studyhall_store_mongo::{Mongo, MongoLog};
use uuid::Uuid;

/// The database is dropped with it.
pub struct Database {
    url: String,
    name: String,
}

impl Database {
    pub fn new() -> Self {
        let url = env::var("STUDYHALL_TEST_MONGODB_URL")
            .expect("STUDYHALL_TEST_MONGODB_URL names the MongoDB to test with; `cargo xtask services` starts one");
        Self::on(&url)
    }

    pub fn on(server: &str) -> Self {
        let name = format!("studyhall_test_{}", Uuid::now_v7().simple());
        let (hosts, options) = server.split_once('?').map_or((server, None), |(hosts, options)| (hosts, Some(options)));
        let scheme = hosts.find("://").expect("mongodb://…") + 3;
        let end = hosts[scheme..].find('/').map_or(hosts.len(), |at| scheme + at);
        let options = options.map_or_else(String::new, |options| format!("?{options}"));
        Self { url: format!("{}/{name}{options}", &hosts[..end]), name }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another connection, like another node's.
    pub async fn log(&self) -> MongoLog {
        MongoLog::open(Mongo::connect(&self.url).await.unwrap())
    }

    /// A collection as an operator sees it.
    pub async fn collection(&self, name: &str) -> Collection<Document> {
        Client::with_uri_str(&self.url).await.unwrap().database(&self.name).collection(name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { Client::with_uri_str(&url).await?.database(&name).drop().await })
        });
        // A test that ends badly has more to say than this.
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("{} is left behind: {error}", self.name);
        }
    }
}

pub fn id(id: impl Into<Uuid>) -> Bson {
    BsonUuid::from_bytes(*id.into().as_bytes()).into()
}
