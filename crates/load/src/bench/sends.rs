//! Durable sends: acknowledged messages per second beside what bare SQLite commits in the same minute on the same
//! disk, one at a time, and how far search is behind meanwhile.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    slice, thread,
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Plan, Programs,
    stats::{median, percentile_ms},
};
use crate::{
    baseline::sqlite::Commits,
    http::Client,
    process::{Server, run_baseline},
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall::{self, Account, Conversation, is_ack},
    swarm::Swarm,
};

const GROUP: &str = "durable sends, synced to the disk";
const UNIT: &str = "acked/s";
/// Sockets that send at the same time, and messages under way on each.
pub(super) const SOCKETS: usize = 4;
pub(super) const DEPTH: usize = 16;
pub(super) const BATCH: usize = SOCKETS * DEPTH;
/// A message alone waits for its own commit: for less than a second one, or a timer.
const COMMITS: f64 = 2.0;
const LOST: Duration = Duration::from_secs(20);
const SEARCH_LAG: Duration = Duration::from_secs(2);

pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    // The same tables and indexes on the same disk, still empty.
    let copy = data.path().join("bare.db");
    fs::copy(data.log(), &copy)?;
    let people = data.accounts(SOCKETS + 100)?;
    let (senders, peers) = people.split_at(SOCKETS);
    // Each sender has a hundred peers' worth of conversations between them, and the first two have one together.
    let pairs: Vec<_> = peers.iter().zip(senders.iter().cycle()).map(|(peer, sender)| (sender.id, peer.id)).collect();
    let mut many = vec![Vec::new(); SOCKETS];
    for (place, id) in data.direct_conversations(&pairs)?.into_iter().enumerate() {
        many[place % SOCKETS].push(Conversation::new(id.into(), 0));
    }
    let common = Conversation::new(data.direct_conversations(&[(senders[0].id, senders[1].id)])?[0].into(), 0);

    let server = studyhall::start(&programs.server, data.path())?;
    let mut http = Client::connect(server.addr)?;
    let accounts = senders.iter().map(|seeded| Account::seeded(&mut http, seeded)).collect::<Result<Vec<_>, _>>()?;
    let mut figures = Vec::new();

    let mut one = Senders::sign_in(&server, accounts.iter().take(2).cycle(), vec![vec![common.clone()]; SOCKETS])?;
    figures.push(throughput(plan, &mut one, &server, &copy, 1)?);
    figures.push(search_lag(plan, &mut one, &accounts[0], &server, &common)?);
    drop(one);
    let mut hundred = Senders::sign_in(&server, accounts.iter(), many)?;
    figures.push(throughput(plan, &mut hundred, &server, &copy, 100)?);
    drop(hundred);
    let mut alone = Senders::sign_in(&server, accounts.iter().take(1), vec![vec![common]])?;
    figures.push(one_at_a_time(plan, &mut alone, &server, &copy)?);
    Ok(figures)
}

fn throughput(
    plan: Plan,
    senders: &mut Senders,
    server: &Server,
    copy: &Path,
    conversations: usize,
) -> anyhow::Result<Figure> {
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        ours.push(senders.drive(slice::from_ref(server), DEPTH, plan.window)?);
        limits.push(bare(plan, copy, BATCH, conversations)?);
    }
    let limit = median(limits.iter().map(Commits::per_second));
    let cpu = |used: f64, messages: f64| format!("{:.0} µs", used * 1e6 / messages);
    let note = format!(
        "server CPU per message {}, bare {}",
        cpu(median(ours.iter().map(|run| run.server_cpu.as_secs_f64())), median(ours.iter().map(Acked::count))),
        cpu(median(limits.iter().map(|run| run.cpu_s)), median(limits.iter().map(|run| run.per_second() * run.wall_s))),
    );
    let name = format!("{BATCH} in flight, {conversations} conversation{}", if conversations == 1 { "" } else { "s" });
    Ok(Figure::new(GROUP, name, median(ours.iter().map(Acked::per_second)), UNIT)
        .against(Limit::share_of("bare SQLite, 64 a batch,", limit, 0.5))
        .note(note))
}

fn one_at_a_time(plan: Plan, senders: &mut Senders, server: &Server, copy: &Path) -> anyhow::Result<Figure> {
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        ours.push(senders.drive(slice::from_ref(server), 1, plan.window)?);
        limits.push(bare(plan, copy, 1, 1)?);
    }
    let latency = |per_cent| median(ours.iter().map(|run| percentile_ms(&run.latencies, per_cent)));
    let commit = median(limits.iter().map(|run| run.commit_p50_ms));
    let note = format!(
        "p99 {} ms, {} acked/s; bare SQLite, one a batch: {}/s",
        short(latency(99)),
        short(median(ours.iter().map(Acked::per_second))),
        short(median(limits.iter().map(Commits::per_second))),
    );
    Ok(Figure::new(GROUP, "one at a time: send to ack, p50", latency(50), "ms")
        .against(Limit::times("one commit of bare SQLite", commit, COMMITS))
        .note(note))
}

fn bare(plan: Plan, copy: &Path, batch: usize, conversations: usize) -> anyhow::Result<Commits> {
    let db = copy.to_string_lossy();
    let [batch, conversations, millis] =
        [batch.to_string(), conversations.to_string(), plan.window.as_millis().to_string()];
    run_baseline(&["sqlite", "--db", &db, "--batch", &batch, "--conversations", &conversations, "--millis", &millis])
}

/// How long a message takes from its acknowledgement until search finds it, while sends go on.
fn search_lag(
    plan: Plan,
    senders: &mut Senders,
    reader: &Account,
    server: &Server,
    conversation: &Conversation,
) -> anyhow::Result<Figure> {
    let searching = {
        let (addr, token, id) = (server.addr, reader.access_token.clone(), conversation.id);
        thread::spawn(move || -> anyhow::Result<Vec<Duration>> {
            let mut http = Client::connect(addr)?;
            http.token = Some(token);
            (0..plan.searches).map(|_| one_search(&mut http, &id.to_string())).collect()
        })
    };
    let mut acked = Vec::new();
    while !searching.is_finished() {
        acked.push(senders.drive(slice::from_ref(server), DEPTH, Duration::from_millis(500))?.per_second());
    }
    let mut lags = searching.join().map_err(|_| anyhow!("the searching thread panicked"))??;
    lags.sort_unstable();
    Ok(Figure::new(GROUP, "search behind, worst seen", percentile_ms(&lags, 100) / 1e3, "s")
        .against(Limit::ceiling(SEARCH_LAG.as_secs_f64()))
        .note(format!("p50 {} ms at {} acked/s", short(percentile_ms(&lags, 50)), short(median(acked)))))
}

fn one_search(http: &mut Client, conversation: &str) -> anyhow::Result<Duration> {
    let word = Uuid::now_v7().simple().to_string();
    let message = json!({ "client_id": word, "text": format!("needle {word}") });
    let _: Value = http.post(&format!("/api/v1/conversations/{conversation}/messages"), &message)?;
    let acked = Instant::now();
    while acked.elapsed() < LOST {
        let found: Value = http.get(&format!("/api/v1/search/messages?q={word}"))?;
        if found["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(acked.elapsed());
        }
        thread::sleep(Duration::from_millis(20));
    }
    anyhow::bail!("search does not find a message after {LOST:?}")
}

/// Sockets that send, each to its own conversations in turn.
pub(super) struct Senders {
    swarm: Swarm,
    each: Vec<Sender>,
    /// How long the client sleeps when nothing comes.
    nap: Duration,
}

struct Sender {
    conversations: Vec<Conversation>,
    sent: usize,
    /// When each message that is not yet acknowledged was sent.
    waiting: VecDeque<Instant>,
}

/// What one drive came to.
pub(super) struct Acked {
    /// From send to ack, ascending.
    pub latencies: Vec<Duration>,
    pub wall: Duration,
    pub server_cpu: Duration,
}

impl Acked {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 messages")]
    pub fn count(&self) -> f64 {
        self.latencies.len() as f64
    }

    pub fn per_second(&self) -> f64 {
        self.count() / self.wall.as_secs_f64()
    }
}

impl Senders {
    fn sign_in<'a>(
        server: &Server,
        accounts: impl Iterator<Item = &'a Account>,
        conversations: Vec<Vec<Conversation>>,
    ) -> anyhow::Result<Self> {
        let swarm = studyhall::sign_in(server.addr, accounts.take(conversations.len()))?;
        // Never asleep: it has a core of its own, and to wake it would cost the server.
        Self::new(swarm, conversations, Duration::ZERO)
    }

    /// Sockets that are signed in, each with its conversations, on a machine whose cores the engines need, too.
    pub fn beside_engines(swarm: Swarm, conversations: Vec<Vec<Conversation>>) -> anyhow::Result<Self> {
        Self::new(swarm, conversations, Duration::from_millis(1))
    }

    fn new(swarm: Swarm, conversations: Vec<Vec<Conversation>>, nap: Duration) -> anyhow::Result<Self> {
        ensure!(swarm.len() == conversations.len(), "fewer accounts than senders");
        let sender = |conversations| Sender { conversations, sent: 0, waiting: VecDeque::new() };
        Ok(Self { swarm, each: conversations.into_iter().map(sender).collect(), nap })
    }

    /// Keeps `depth` messages under way on each socket for `window`, and waits for the last ack.
    pub fn drive(&mut self, servers: &[Server], depth: usize, window: Duration) -> anyhow::Result<Acked> {
        let before = servers.iter().map(Server::usage).collect::<anyhow::Result<Vec<_>>>()?;
        let started = Instant::now();
        let mut latencies = Vec::new();
        loop {
            if started.elapsed() < window {
                for socket in 0..self.each.len() {
                    self.fill(socket, depth)?;
                }
            } else if self.each.iter().all(|sender| sender.waiting.is_empty()) {
                break;
            }
            ensure!(started.elapsed() < window + LOST, "a send was not acknowledged");
            let Self { swarm, each, nap } = self;
            let mut refused = None;
            swarm.poll(*nap, |socket, text| match is_ack(text) {
                Ok(true) => latencies.extend(each[socket].waiting.pop_front().map(|sent| sent.elapsed())),
                Ok(false) => {}
                Err(error) => drop(refused.get_or_insert(error)),
            })?;
            if let Some(error) = refused {
                return Err(error);
            }
        }
        let wall = started.elapsed();
        latencies.sort_unstable();
        let after = servers.iter().map(Server::usage).collect::<anyhow::Result<Vec<_>>>()?;
        let server_cpu = after.iter().zip(&before).map(|(after, before)| after.since(before)).sum();
        Ok(Acked { latencies, wall, server_cpu })
    }

    fn fill(&mut self, socket: usize, depth: usize) -> anyhow::Result<()> {
        let sender = &mut self.each[socket];
        if sender.waiting.len() >= depth {
            return Ok(());
        }
        while sender.waiting.len() < depth {
            let number = sender.sent;
            let conversation = &sender.conversations[number % sender.conversations.len()];
            let frame = conversation.send(&Uuid::now_v7().to_string(), &format!("{number:>180}"));
            self.swarm.queue(socket, frame.as_bytes());
            sender.waiting.push_back(Instant::now());
            sender.sent += 1;
        }
        self.swarm.flush(socket)
    }
}
