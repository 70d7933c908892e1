//! Clients as they ought to be: they come back on another node, resume where they were, and repeat what was not
//! acknowledged under the same `client_id`.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use studyhall_testkit::{Person, Replica, Socket, WAIT};
use tokio::{net::TcpStream, task::JoinHandle, time::sleep};

/// How many messages a writer has under way.
const WINDOW: usize = 8;
/// Between two attempts to connect, as a client would wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends numbered texts until it is told to stop.
pub struct Writer {
    task: JoinHandle<Vec<String>>,
    stop: Arc<AtomicUsize>,
    acknowledged: Arc<AtomicUsize>,
}

impl Writer {
    /// Prefers the first of `addresses`.
    pub fn start(person: &Person, addresses: Vec<SocketAddr>, conversation: &str, prefix: &str) -> Self {
        let (stop, acknowledged) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let talk = Talk {
            person: person.clone(),
            addresses,
            conversation: conversation.to_owned(),
            prefix: prefix.to_owned(),
            stop: stop.clone(),
            acknowledged: acknowledged.clone(),
        };
        Self { task: tokio::spawn(talk.run()), stop, acknowledged }
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Ends once all that was sent is acknowledged; gives the texts.
    pub async fn finish(self) -> Vec<String> {
        self.stop.store(1, Ordering::SeqCst);
        self.task.await.expect("a writer")
    }
}

struct Talk {
    person: Person,
    addresses: Vec<SocketAddr>,
    conversation: String,
    prefix: String,
    stop: Arc<AtomicUsize>,
    acknowledged: Arc<AtomicUsize>,
}

impl Talk {
    async fn run(self) -> Vec<String> {
        let (mut sent, mut open, mut turn) = (Vec::new(), BTreeSet::<String>::new(), 0);
        loop {
            let (mut socket, _) = connect(&self.person, &self.addresses, &mut turn, json!([])).await;
            // What was under way may be there or not: the same again, under the same ids.
            for text in &open {
                self.say(&mut socket, text).await;
            }
            if self.talk(&mut socket, &mut sent, &mut open).await {
                return sent;
            }
            turn += 1;
        }
    }

    /// Until all is said (true), or the socket is of no use any more.
    async fn talk(&self, socket: &mut Socket, sent: &mut Vec<String>, open: &mut BTreeSet<String>) -> bool {
        loop {
            let stopping = self.stop.load(Ordering::SeqCst) == 1;
            while !stopping && open.len() < WINDOW {
                let text = format!("{} {}", self.prefix, sent.len());
                self.say(socket, &text).await;
                open.insert(text.clone());
                sent.push(text);
            }
            if stopping && open.is_empty() {
                return true;
            }
            let Some(frame) = socket.next().await else { return false };
            match frame["op"].as_str() {
                Some("ack") => {
                    open.remove(frame["client_id"].as_str().expect("an id"));
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                Some("nack") => {
                    assert_eq!(frame["problem"]["status"], 503, "{frame}");
                    sleep(PAUSE).await;
                    let text = frame["client_id"].as_str().expect("an id");
                    self.say(socket, text).await;
                }
                _ => {}
            }
        }
    }

    /// The text is its own `client_id`. A closed socket is noticed when reading.
    async fn say(&self, socket: &mut Socket, text: &str) {
        let frame = json!({ "op": "send", "conversation_id": self.conversation, "client_id": text, "text": text });
        let _ = socket.send_raw(frame.to_string().into()).await;
    }
}

/// Follows a conversation over any number of connections until it has `count` messages or is told of it.
pub fn read(
    person: &Person,
    addresses: Vec<SocketAddr>,
    conversation: &str,
    count: Arc<AtomicUsize>,
) -> JoinHandle<Replica> {
    let (person, mut replica, mut turn) = (person.clone(), Replica::new(conversation, 1), 0);
    tokio::spawn(async move {
        let enough = |replica: &Replica| match count.load(Ordering::SeqCst) {
            0 => false,
            count => replica.len() >= count,
        };
        loop {
            let (mut socket, _) = connect(&person, &addresses, &mut turn, json!([replica.resume()])).await;
            while !enough(&replica) {
                match socket.next_within(PAUSE).await {
                    Some(Some(frame)) => replica.take(&frame),
                    Some(None) => break,
                    None => {}
                }
            }
            if enough(&replica) {
                return replica;
            }
            turn += 1;
        }
    })
}

/// Lets the writers finish, and the readers read to the end of it: gives the texts that were acknowledged, and what each
/// reader has.
pub async fn gather(
    writers: Vec<Writer>,
    readers: Vec<JoinHandle<Replica>>,
    count: &AtomicUsize,
) -> (Vec<String>, Vec<Replica>) {
    let mut texts = Vec::new();
    for writer in writers {
        texts.extend(writer.finish().await);
    }
    count.store(texts.len(), Ordering::SeqCst);
    let mut replicas = Vec::new();
    for reader in readers {
        replicas.push(reader.await.expect("a reader"));
    }
    (texts, replicas)
}

/// A socket on the first address that takes one, from `turn` on; `ready`, too.
async fn connect(person: &Person, addresses: &[SocketAddr], turn: &mut usize, resume: Value) -> (Socket, Value) {
    let start = Instant::now();
    loop {
        let address = addresses[*turn % addresses.len()];
        let here = Person { address, ..person.clone() };
        if TcpStream::connect(address).await.is_ok()
            && let Some(connected) = here.try_connect(resume.clone()).await
        {
            return connected;
        }
        assert!(start.elapsed() < 3 * WAIT, "nobody takes a connection");
        *turn += 1;
        sleep(PAUSE).await;
    }
}
