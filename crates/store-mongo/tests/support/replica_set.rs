//! Three members, started from the `mongod` that `STUDYHALL_TEST_MONGOD` names, or else the one in the path.

use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use mongodb::{
    Client, Database,
    bson::{Document, doc},
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Stopped and removed with it.
pub struct ReplicaSet {
    members: Vec<Member>,
}

struct Member {
    port: u16,
    process: Child,
    _files: TempDir,
}

impl Drop for ReplicaSet {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.process.kill();
            let _ = member.process.wait();
        }
    }
}

impl ReplicaSet {
    pub async fn start() -> Self {
        let mut set = Self { members: Vec::new() };
        for _ in 0..3 {
            set.members.push(Member::start().await);
        }
        let members: Vec<Document> = (0..)
            .zip(&set.members)
            .map(|(nth, member)| doc! { "_id": nth, "host": format!("127.0.0.1:{}", member.port) })
            .collect();
        let config = doc! { "_id": "test", "members": members, "settings": { "electionTimeoutMillis": 2_000 } };
        let first = set.admin(0).await;
        eventually("the set is made", async || {
            first.run_command(doc! { "replSetInitiate": config.clone() }).await.is_ok()
        })
        .await;
        set.primary().await;
        set
    }

    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.members.iter().map(|member| format!("127.0.0.1:{}", member.port)).collect();
        format!("mongodb://{}/?replicaSet=test", hosts.join(","))
    }

    async fn admin(&self, nth: usize) -> Database {
        self.members[nth].admin().await
    }

    /// The member that is primary, when there is one.
    pub async fn primary(&mut self) -> (usize, Database) {
        let mut found = None;
        for _ in 0..600 {
            for nth in 0..self.members.len() {
                let admin = self.admin(nth).await;
                let hello = admin.run_command(doc! { "hello": 1 }).await;
                if hello.is_ok_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or_default()) {
                    found = Some((nth, admin));
                }
            }
            if found.is_some() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        found.expect("a primary within a minute")
    }

    /// The primary steps down; another one follows it.
    pub async fn step_down(&mut self) {
        let (_, primary) = self.primary().await;
        // The server closes the connection that asks for it, or says that it did so.
        let _ = primary.run_command(doc! { "replSetStepDown": 20, "secondaryCatchUpPeriodSecs": 5 }).await;
        self.primary().await;
    }

    /// The primary is gone from one moment to the next; another one follows it.
    pub async fn kill_primary(&mut self) {
        let (nth, _) = self.primary().await;
        let mut killed = self.members.remove(nth);
        killed.process.kill().unwrap();
        killed.process.wait().unwrap();
        self.primary().await;
    }

    /// Makes commands of the primary fail, as `failCommand` takes it.
    pub async fn fail_commands(&mut self, mode: Document, how: Document) {
        let (_, primary) = self.primary().await;
        primary.run_command(doc! { "configureFailPoint": "failCommand", "mode": mode, "data": how }).await.unwrap();
    }
}

impl Member {
    /// Waits until it answers. A port that was free a moment ago may be somebody else's now: then another one is tried.
    async fn start() -> Self {
        loop {
            let mut member = Self::spawn();
            let admin = member.admin().await;
            loop {
                if member.process.try_wait().unwrap().is_some() {
                    break;
                }
                let status = admin.run_command(doc! { "serverStatus": 1 }).await;
                if status
                    .is_ok_and(|status| status.get_i64("pid").is_ok_and(|pid| pid == i64::from(member.process.id())))
                {
                    return member;
                }
            }
        }
    }

    fn spawn() -> Self {
        let mongod = env::var("STUDYHALL_TEST_MONGOD").unwrap_or_else(|_| "mongod".to_owned());
        let files = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(&mongod)
            .args(["--replSet", "test", "--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"])
            .args(["--setParameter", "enableTestCommands=1", "--oplogSize", "64", "--port", &port.to_string()])
            .arg("--dbpath")
            .arg(files.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("STUDYHALL_TEST_MONGOD names no mongod ({mongod}: {error})"));
        Self { port, process, _files: files }
    }

    async fn admin(&self) -> Database {
        let url = format!("mongodb://127.0.0.1:{}/?directConnection=true&serverSelectionTimeoutMS=500", self.port);
        Client::with_uri_str(url).await.unwrap().database("admin")
    }
}

async fn eventually(what: &str, check: impl AsyncFn() -> bool) {
    let waiting = async {
        while !check().await {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_mins(1), waiting).await.unwrap_or_else(|_| panic!("{what} within a minute"));
}
