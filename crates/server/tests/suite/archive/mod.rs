//! Backups and moves: everything goes into one file, and comes out of it the same, in either mode.

mod file;
mod refusals;
mod school;

use std::{
    collections::BTreeSet,
    path::Path,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use studyhall_store_sql::ARCHIVED;
use studyhall_testkit::{Person, Place, Replica, eventually};

use self::school::School;
use crate::process::{self, Process};

/// An instance by its configuration.
struct Instance(Vec<(String, String)>);

impl Instance {
    fn embedded(dir: &Path) -> Self {
        Self(vec![("STUDYHALL_DATA_DIR".to_owned(), dir.to_str().expect("a path").to_owned())])
    }

    fn clustered(place: &Place) -> Self {
        Self(place.environment())
    }

    fn serve(&self) -> Process {
        Process::node(self.0.clone())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        process::studyhall().args(arguments).envs(self.0.clone()).output().expect("the binary runs")
    }

    /// What a command that succeeds says.
    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What a command that fails says: one line.
    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        let said = String::from_utf8(output.stderr).expect("text");
        said.lines().last().expect("a line").to_owned()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// The state of a stream, folded by a client that begins anew.
async fn fold(person: &Person, conversation: &str) -> Replica {
    let mut replica = Replica::new(conversation, 0);
    loop {
        let page = format!("/conversations/{conversation}/events?after={}&limit=200", replica.seq);
        let page = person.get(&page).await.expect(200);
        replica.epoch = page["epoch"].as_i64().expect("an epoch");
        let events = page["items"].as_array().expect("events");
        for event in events {
            replica.apply(event);
        }
        if events.is_empty() {
            return replica;
        }
    }
}

/// The same where nobody writes: its digest is the server's.
async fn replica(person: &Person, conversation: &str) -> Replica {
    let replica = fold(person, conversation).await;
    let digest = person.get(&format!("/conversations/{conversation}/digest")).await.expect(200);
    assert_eq!((digest["sha256"].as_str(), digest["at"].as_i64()), (Some(&*replica.digest()), Some(replica.seq)));
    replica
}

/// Whether a client that was there before goes on where it was.
async fn recovers(person: &Person, before: &Replica) -> bool {
    let (socket, ready) = person.connect(json!([before.resume()])).await;
    socket.kill();
    let streams = ready["streams"].as_array().expect("streams");
    let stream = streams.iter().find(|stream| stream["stream"] == before.stream.as_str()).expect("the conversation");
    stream["recovered"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_moves_there_and_back_is_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let [source, target] = ["source", "target"].map(|name| Instance::embedded(&folder.path().join(name)));
    let server = source.serve();
    let school = School::fill(&source, server.address).await;
    let before = school.replicas().await;
    server.kill();
    school::owe(&folder.path().join("source/studyhall.db"), &school.anna);

    let [there, back, again] = ["there", "back", "again"].map(|name| folder.path().join(name));
    source.says(&["export", text(&there)]);
    let place = Place::make().await;
    let cluster = Instance::clustered(&place);
    let said = cluster.says(&["import", "--move", text(&there)]);
    assert!(said.contains("Read "), "{said}");
    cluster.says(&["audit", "verify"]);
    assert!(source.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("was moved elsewhere"));
    cluster.says(&["export", "--retire", text(&back)]);
    assert!(cluster.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("was moved elsewhere"));
    target.says(&["import", "--move", text(&back)]);
    target.says(&["export", text(&again)]);

    let (first, last) = (file::entries(&there), file::entries(&again));
    let table = |name: &str| name.strip_prefix("tables/").and_then(|rest| rest.split('/').next()).map(str::to_owned);
    let tables: BTreeSet<_> = first.iter().filter_map(|(name, _)| table(name)).collect();
    assert_eq!(tables, ARCHIVED.iter().map(|(name, _)| (*name).to_owned()).collect(), "each table has rows here");
    assert_eq!(first.len(), last.len());
    for ((name, before), (other, after)) in first.iter().zip(&last) {
        assert_eq!(name, other);
        if Path::new(name).extension().is_some_and(|extension| extension == "jsonl") {
            assert_eq!(file::lines(name, before), file::lines(name, after), "{name}");
        } else if name.starts_with("blobs/") {
            assert_eq!(before, after, "{name}");
        }
    }

    target.says(&["audit", "verify"]);
    let server = target.serve();
    let school = school.at(server.address).await;
    for (person, before) in school.members().into_iter().zip(&before) {
        let after = replica(person, &before.stream).await;
        assert_eq!((after.digest(), after.epoch), (before.digest(), before.epoch));
        assert!(recovers(person, before).await, "nobody notices");
    }
    school.goes_on().await;
}

/// Says, edits and deletes until it is told to stop.
async fn chatter(person: Person, conversation: String, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let said = person.say(&conversation, "a first try").await["seq"].as_i64().expect("a seq");
        let message = |seq: i64| format!("/conversations/{conversation}/messages/{seq}");
        person.patch(&message(said), json!({ "text": "better" })).await.expect(200);
        let other = person.say(&conversation, "to be gone").await["seq"].as_i64().expect("a seq");
        person.delete(&message(other)).await.expect(204);
        person.put(&format!("{}/reactions/👍", message(said)), Value::Null).await.expect(204);
    }
}

/// While people write; gives the two who do, a client's state of before, and the archive's.
async fn archived_in_passing(instance: &Instance, file: &Path) -> (Person, Replica) {
    let server = instance.serve();
    let anna = Person::register(server.address, "anna").await;
    let ben = Person::register(server.address, "ben").await;
    let conversation = anna.open_direct(&ben).await;
    let stop = Arc::<AtomicBool>::default();
    let talk = [&anna, &ben].map(|one| tokio::spawn(chatter(one.clone(), conversation.clone(), stop.clone())));
    eventually("they talk", async || fold(&anna, &conversation).await.seq > 40).await;
    instance.says(&["export", text(file)]);
    let before = fold(&anna, &conversation).await;
    eventually("they go on", async || fold(&anna, &conversation).await.seq > before.seq).await;
    stop.store(true, Ordering::SeqCst);
    for one in talk {
        one.await.expect("a writer");
    }
    (anna.clone(), replica(&anna, &conversation).await)
}

/// The state of the moment, and clients that notice.
async fn is_restored(instance: &Instance, file: &Path, anna: &Person, before: &Replica) {
    instance.says(&["import", text(file)]);
    let server = instance.serve();
    let anna = Person { address: server.address, ..anna.clone() }.sign_in().await;
    let after = replica(&anna, &before.stream).await;
    assert!(after.seq > 20 && after.seq < before.seq, "{} of {}", after.seq, before.seq);
    assert!(after.epoch > before.epoch, "{} after {}", after.epoch, before.epoch);
    // Also one that is not ahead of it.
    let behind = Replica::new(&before.stream, before.epoch);
    assert!(!recovers(&anna, before).await && !recovers(&anna, &behind).await, "clients begin anew");
    assert!(recovers(&anna, &after).await);
    anna.say(&before.stream, "and on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_in_passing_is_of_one_moment_and_goes_into_either_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (anna, before) = archived_in_passing(&Instance::embedded(&at("source")), &at("backup")).await;
    is_restored(&Instance::embedded(&at("target")), &at("backup"), &anna, &before).await;
    let place = Place::make().await;
    is_restored(&Instance::clustered(&place), &at("backup"), &anna, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_backed_up_in_passing() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::make().await;
    let backup = folder.path().join("backup");
    let (anna, before) = archived_in_passing(&Instance::clustered(&place), &backup).await;
    is_restored(&Instance::embedded(&folder.path().join("target")), &backup, &anna, &before).await;
}
