//! Clustered mode: two nodes on the engines that the environment names. Each figure beside embedded mode or the bare
//! driver in the same run, and what each engine used meanwhile.

use std::{thread, time::Duration};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Plan, Programs,
    deployment::Deployment,
    fanout::{self, Contestant, IN_FLIGHT},
    room::{Dialect, Room},
    sends::{Acked, BATCH, DEPTH, SOCKETS, Senders},
    stats::median,
};
use crate::{
    baseline::mongo::Inserts,
    http::Client,
    process::{Server, family_memory, family_usage, run_baseline},
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall::{self, Account, Conversation},
    swarm::Swarm,
};

const FANOUT: &str = "two nodes: fan-out, 180-byte texts";
const SENDS: &str = "two nodes: durable sends, majority and journal";
const MEMORY: &str = "two nodes: memory";
const ROOM: usize = 500;
/// Of embedded mode's deliveries per CPU-second.
const FANOUT_SHARE: f64 = 0.7;
/// Of the bare driver's messages, and of that again where both nodes write to one conversation.
const SEND_SHARE: f64 = 0.4;
const HOT_SHARE: f64 = 0.5;
const IDLE_MB: f64 = 60.0;
const MANY: usize = 100;
/// Events of one page.
const PAGE: usize = 200;

/// Deliveries per CPU-second of our nodes, the sockets of a room on two of them.
pub fn fan_out(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    let embedded = fanout::studyhall(&programs.server, data.path(), ROOM)?;
    let deployment = Deployment::clustered(programs, 2)?;
    let (accounts, conversation) = pair(&deployment.nodes)?;
    let mut swarm = Swarm::new()?;
    for place in 0..ROOM {
        let node = &deployment.nodes[place % 2];
        // Both accounts on each node.
        studyhall::join_swarm(&mut swarm, node.addr, [&accounts[place / 2 % 2]])?;
    }
    let Deployment { nodes, engines, .. } = deployment;
    let room = Room::new(swarm, Dialect::Studyhall(conversation))?;
    let mut contestants = [Contestant::new("two nodes", nodes, room), embedded];
    let before = engine_usage(&engines)?;
    fanout::compete(plan, &mut contestants)?;
    let used = engine_usage(&engines)?;
    let [ours, embedded] = contestants;
    let spent: Vec<_> = engines
        .iter()
        .zip(used.iter().zip(&before))
        .map(|(engine, (now, then))| format!("{} {} s", engine.name, short(now.saturating_sub(*then).as_secs_f64())))
        .collect();
    let nodes = short(ours.cpu_s());
    Ok(IN_FLIGHT
        .iter()
        .enumerate()
        .map(|(place, (in_flight, _))| {
            Figure::new(
                FANOUT,
                format!("{ROOM} sockets, {in_flight} in flight"),
                ours.per_cpu_second(place),
                fanout::UNIT,
            )
            .against(Limit::share_of("embedded", embedded.per_cpu_second(place), FANOUT_SHARE))
            .note(format!(
                "{}; all turns: our nodes {nodes} s CPU, {}",
                ours.note(place),
                spent.join(", ")
            ))
        })
        .collect())
}

fn engine_usage(engines: &[super::Engine]) -> anyhow::Result<Vec<Duration>> {
    engines.iter().map(|engine| family_usage(engine.pid)).collect()
}

/// Two accounts, and their conversation.
fn pair(nodes: &[Server]) -> anyhow::Result<([Account; 2], Conversation)> {
    let mut http = Client::connect(nodes[0].addr)?;
    let run = Uuid::now_v7().simple().to_string();
    let mut register = |name: &str| Account::register(&mut http, &format!("{name}-{}", &run[16..]));
    let accounts = [register("first")?, register("second")?];
    http.token = Some(accounts[0].access_token.clone());
    let conversation = Conversation::open_direct(&mut http, &accounts[1].id)?;
    Ok((accounts, conversation))
}

/// Acknowledged messages a second, beside what the bare driver inserts.
pub fn sends(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let deployment = Deployment::clustered(programs, 2)?;
    let nodes = &deployment.nodes;
    let (accounts, common) = pair(nodes)?;
    let mut http = Client::with_token(nodes[0].addr, &accounts[0])?;
    let mut many = vec![Vec::new(); SOCKETS];
    for place in 0..MANY {
        let group: Value = http.post("/api/v1/groups", &json!({ "name": format!("of the load test, {place}") }))?;
        let id = group["conversation_id"].as_str().context("a group without a conversation")?.parse()?;
        many[place % SOCKETS].push(Conversation::new(id, 0));
    }
    // One conversation through one node; a hundred through both, each node its own ones; one through both at once.
    let alternate = |places: &[usize], account: usize| -> anyhow::Result<Swarm> {
        let mut swarm = Swarm::new()?;
        for node in places {
            studyhall::join_swarm(&mut swarm, nodes[*node].addr, [&accounts[account]])?;
        }
        Ok(swarm)
    };
    let same = || vec![vec![common.clone()]; SOCKETS];
    let mut figures = Vec::new();

    let mut one = Senders::beside_engines(alternate(&[0; SOCKETS], 0)?, same())?;
    // The bare driver copies a message that is there.
    one.drive(nodes, 1, Duration::from_millis(100))?;
    let (figure, bare) = throughput(plan, &deployment, &mut one, "1 conversation", 1)?;
    figures.push(figure);
    drop(one);
    let mut hundred = Senders::beside_engines(alternate(&[0, 1, 0, 1], 0)?, many)?;
    figures.push(throughput(plan, &deployment, &mut hundred, "100 conversations", MANY)?.0);
    drop(hundred);

    let mut both = Senders::beside_engines(alternate(&[0, 1, 0, 1], 1)?, same())?;
    let mut runs = Vec::new();
    let before = deployment.used()?;
    for _ in 0..plan.rounds {
        runs.push(both.drive(nodes, DEPTH, plan.window)?);
    }
    let cpu = deployment.since(&before)?;
    let acked: f64 = runs.iter().map(Acked::count).sum();
    let events = gapless(&mut http, &common)?;
    let name = format!("{BATCH} in flight, 1 conversation from both nodes at once");
    figures.push(
        Figure::new(SENDS, name, median(runs.iter().map(Acked::per_second)), "acked/s")
            .against(Limit::share_of("half of what is asked of one node:", bare * SEND_SHARE * HOT_SHARE, 1.0))
            .note(format!("{events} events without a hole; {}", shared(&deployment, &cpu, acked))),
    );
    Ok(figures)
}

/// Our figure, and the bare driver's messages a second.
fn throughput(
    plan: Plan,
    deployment: &Deployment,
    senders: &mut Senders,
    what: &str,
    conversations: usize,
) -> anyhow::Result<(Figure, f64)> {
    let (mut ours, mut bare, mut cpu) = (Vec::new(), Vec::new(), vec![0.0; deployment.engines.len() + 1]);
    for _ in 0..plan.rounds {
        let before = deployment.used()?;
        ours.push(senders.drive(&deployment.nodes, DEPTH, plan.window)?);
        cpu.iter_mut().zip(deployment.since(&before)?).for_each(|(all, one)| *all += one);
        let [batch, conversations, millis] =
            [BATCH.to_string(), conversations.to_string(), plan.window.as_millis().to_string()];
        let inserts: Inserts =
            run_baseline(&["mongo", "--batch", &batch, "--conversations", &conversations, "--millis", &millis])?;
        bare.push(inserts);
    }
    let limit = median(bare.iter().map(Inserts::per_second));
    let acked = ours.iter().map(Acked::count).sum();
    let note = format!(
        "{}; bare driver {} µs; a document of {} bytes, {} stored with its indexes",
        shared(deployment, &cpu, acked),
        short(median(bare.iter().map(|run| run.cpu_s * 1e6 / (run.per_second() * run.wall_s)))),
        bare.first().map_or(0, |run| run.document_bytes),
        short(median(bare.iter().map(|run| run.stored_bytes))),
    );
    let figure =
        Figure::new(SENDS, format!("{BATCH} in flight, {what}"), median(ours.iter().map(Acked::per_second)), "acked/s")
            .against(Limit::share_of("bare driver, 64 a batch,", limit, SEND_SHARE))
            .note(note);
    Ok((figure, limit))
}

/// CPU of ours and of each engine for one of `acked` messages.
fn shared(deployment: &Deployment, cpu: &[f64], acked: f64) -> String {
    let each: Vec<f64> = cpu.iter().map(|seconds| seconds * 1e6 / acked).collect();
    format!("our nodes {} µs CPU a message, {}", short(each[0]), deployment.beside(&each, "µs each"))
}

/// Reads all events of a conversation; gives how many there are.
fn gapless(http: &mut Client, conversation: &Conversation) -> anyhow::Result<i64> {
    let mut last = 0;
    loop {
        let path = format!("/api/v1/conversations/{}/events?after={last}&limit={PAGE}", conversation.id);
        let page: Value = http.get(&path)?;
        let items = page["items"].as_array().context("no items")?;
        for item in items {
            let seq = item["seq"].as_i64().context("no seq")?;
            ensure!(seq == last + 1, "{seq} follows {last}");
            last = seq;
        }
        if items.is_empty() {
            ensure!(page["head"].as_i64() == Some(last), "the head is {}, the last event {last}", page["head"]);
            return Ok(last);
        }
    }
}

/// What an idle node holds.
pub fn memory(programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let deployment = Deployment::clustered(programs, 2)?;
    thread::sleep(Duration::from_secs(3));
    let mut resident = Vec::new();
    for node in &deployment.nodes {
        resident.push(megabytes(node.memory()?.rss));
    }
    let mut engines = Vec::new();
    for engine in &deployment.engines {
        engines.push(format!("{} {} MB", engine.name, short(megabytes(family_memory(engine.pid)?))));
    }
    Ok(vec![
        Figure::new(MEMORY, "an idle node, resident", resident.iter().copied().fold(0.0, f64::max), "MB")
            .against(Limit::ceiling(IDLE_MB))
            .note(format!("beside it {}", engines.join(", "))),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
