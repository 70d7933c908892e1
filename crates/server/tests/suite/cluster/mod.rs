//! Several nodes as processes, and everything that can happen to them and to what they stand on. Each test has a corner of
//! the services to itself, and an own engine where it means to hurt one.

mod engines;
mod live;
mod network;
mod order;
mod people;
mod talk;

use std::net::SocketAddr;

use serde_json::Value;
use studyhall_testkit::{Person, Place, eventually};
use tokio::task::spawn_blocking;

use crate::process::Process;

/// Two nodes on one place, and two people who talk, signed in on the one and the other.
struct Cluster {
    nodes: Vec<Process>,
    anna: Person,
    ben: Person,
    conversation: String,
    /// The last to go: the nodes use it.
    _place: Place,
}

impl Cluster {
    async fn start() -> Self {
        Self::among(Vec::new()).await
    }

    /// With these services in the place of the shared ones.
    async fn among(others: Vec<(&'static str, String)>) -> Self {
        let place = Place::among(others).await;
        // At once, as a supervisor would: the schema is made by one of them.
        let starting = [0, 1].map(|_| {
            let environment = place.environment();
            spawn_blocking(move || Process::node(environment))
        });
        let mut nodes = Vec::new();
        for node in starting {
            nodes.push(node.await.expect("a node"));
        }
        let anna = Person::register(nodes[0].address, "anna").await;
        let ben = Person::register(nodes[1].address, "ben").await;
        let conversation = anna.open_direct(&ben).await;
        Self { nodes, anna, ben, conversation, _place: place }
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// What each node says of each dependency by name: whether all is well, and the answer.
    async fn readiness(&self, node: usize) -> (bool, Value) {
        let url = format!("http://{}/readyz", self.nodes[node].address);
        let answer = self.anna.http.get(url).send().await.expect("an answer");
        let ready = answer.status().is_success();
        (ready, answer.json().await.unwrap_or_default())
    }

    async fn until_ready(&self) {
        for node in 0..self.nodes.len() {
            let mut said = Value::Null;
            eventually("every node is ready", async || {
                let (ready, answer) = self.readiness(node).await;
                if answer != said {
                    eprintln!("node {node}: {answer}");
                    said = answer;
                }
                ready
            })
            .await;
        }
    }

    /// Waits until both nodes say that this dependency, and no other, is down.
    async fn until_missing(&self, dependency: &str) {
        for node in 0..self.nodes.len() {
            eventually(&format!("{dependency} is missing"), async || {
                let (ready, answer) = self.readiness(node).await;
                !ready && answer.to_string().contains(dependency)
            })
            .await;
        }
    }

    /// Everybody's replicas, and what each node says of the conversation, are the same.
    async fn agree(&self, replicas: &[studyhall_testkit::Replica]) {
        for node in &self.nodes {
            let anna = Person { address: node.address, ..self.anna.clone() };
            let digest = anna.get(&format!("/conversations/{}/digest", self.conversation)).await.expect(200);
            for replica in replicas {
                assert_eq!(digest["at"].as_i64(), Some(replica.seq));
                assert_eq!(digest["sha256"], replica.digest());
            }
        }
    }
}
