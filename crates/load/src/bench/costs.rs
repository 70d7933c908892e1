//! What the simulation counts with: the CPU of each thing that a node does, and of each engine beside it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use studyhall_wire::{ClientFrame, Presence};
use uuid::Uuid;

use super::{
    Plan,
    deployment::Deployment,
    room::{Dialect, Room},
    stats::median,
};
use crate::{
    http::Client,
    report::Figure,
    studyhall::{self, Account, Conversation, PASSWORD},
    swarm::Swarm,
};

const GROUP: &str = "costs";
const UNIT: &str = "µs CPU";
/// People who know each other, in so many groups of all of them.
const PEOPLE: usize = 20;
const GROUPS: usize = 6;
const PAGE: usize = 50;
/// Sockets of a small and of a larger room.
const SMALL: usize = 10;
const LARGER: usize = 200;
/// How often each thing is done.
const SIGN_INS: usize = 8;
const REFRESHES: usize = 200;
const CONNECTS: usize = 10;
const BEATS: usize = 50;
const PAGES: usize = 400;
const TOGGLES: usize = 10;
const READS: usize = 4;
const LOST: Duration = Duration::from_secs(20);

/// CPU in microseconds: of our nodes together, then of each engine.
type Cost = Vec<f64>;

pub fn figures(plan: Plan, deployment: &Deployment) -> anyhow::Result<Vec<Figure>> {
    let figure =
        |name: &str, cost: &Cost| Figure::new(GROUP, name, cost[0], UNIT).note(deployment.beside(cost, "µs each"));
    let mut bench = Bench::new(deployment)?;
    let mut figures = Vec::new();

    let (message, wake, heard) = bench.messages(plan)?;
    figures.push(figure("a message, durable", &message));
    figures.push(figure("a frame alone to a socket", &wake));
    if let Some(heard) = heard {
        figures.push(figure("a frame of another node's", &heard));
    }
    bench.gather()?;
    figures.push(figure("a socket, member of seven conversations", &bench.connects()?));
    figures.push(figure("a heartbeat", &bench.beats()?));
    figures.push(figure("a new access token", &bench.refreshes()?));
    figures.push(figure("a sign-in by password", &bench.sign_ins()?));
    figures.push(figure(&format!("a page of {PAGE} messages"), &bench.pages()?));
    figures.push(figure("a read cursor, told", &bench.reads()?));
    figures.push(figure("a change of presence, on each node", &bench.presences(&wake)?));
    Ok(figures)
}

struct Bench<'a> {
    deployment: &'a Deployment,
    /// A connection to each node.
    http: Vec<Client>,
    people: Vec<Account>,
    refresh_token: String,
    direct: Conversation,
    groups: Vec<Conversation>,
    /// A socket of each of the people, on the nodes in turn.
    swarm: Swarm,
}

impl<'a> Bench<'a> {
    fn new(deployment: &'a Deployment) -> anyhow::Result<Self> {
        let mut http: Vec<Client> =
            deployment.nodes.iter().map(|node| Client::connect(node.addr)).collect::<anyhow::Result<_>>()?;
        let first = &mut http[0];
        let run = Uuid::now_v7().simple().to_string();
        let name = |number: usize| format!("costs-{}-{number}", &run[20..]);
        let people: Vec<Account> =
            (0..PEOPLE).map(|number| Account::register(first, &name(number))).collect::<anyhow::Result<_>>()?;
        let session: Value = first.post("/api/v1/auth/login", &json!({ "username": name(0), "password": PASSWORD }))?;
        let refresh_token = session["refresh_token"].as_str().context("no refresh token")?.to_owned();
        first.token = Some(people[0].access_token.clone());
        let direct = Conversation::open_direct(first, &people[1].id)?;
        let mut groups = Vec::new();
        for number in 0..GROUPS {
            first.token = Some(people[0].access_token.clone());
            let body = json!({ "name": format!("group {number}"), "visibility": "public", "join_policy": "open" });
            let group: Value = first.post("/api/v1/groups", &body)?;
            let id = group["id"].as_str().context("a group without an id")?;
            for person in &people[1..] {
                first.token = Some(person.access_token.clone());
                first.command(&format!("/api/v1/groups/{id}/join"))?;
            }
            let conversation = group["conversation_id"].as_str().context("no conversation")?.parse()?;
            groups.push(Conversation::at_head(first, conversation)?);
        }
        Ok(Self { deployment, http, people, refresh_token, direct, groups, swarm: Swarm::new()? })
    }

    /// Connects everybody. Not before the messages: nobody would read them.
    fn gather(&mut self) -> anyhow::Result<()> {
        let nodes = &self.deployment.nodes;
        for (place, person) in self.people.iter().enumerate() {
            studyhall::join_swarm(&mut self.swarm, nodes[place % nodes.len()].addr, [person])?;
        }
        Ok(())
    }

    /// What each of `count` costs.
    fn each(deployment: &Deployment, count: usize, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Cost> {
        let before = deployment.used()?;
        work()?;
        let count = f64::from(u32::try_from(count)?);
        Ok(deployment.since(&before)?.into_iter().map(|seconds| seconds * 1e6 / count).collect())
    }

    /// A message, a frame alone to one socket, and a frame of another node's.
    fn messages(&mut self, plan: Plan) -> anyhow::Result<(Cost, Cost, Option<Cost>)> {
        let small = self.room(plan, SMALL, 1)?;
        let larger = self.room(plan, LARGER, 1)?;
        let more = f64::from(u32::try_from(LARGER - SMALL)?);
        let wake: Cost = small.iter().zip(&larger).map(|(small, larger)| (larger - small).max(0.0) / more).collect();
        let sockets = f64::from(u32::try_from(SMALL)?);
        let message = small.iter().zip(&wake).map(|(all, wake)| (all - wake * sockets).max(0.0)).collect();
        if self.deployment.nodes.len() == 1 {
            return Ok((message, wake, None));
        }
        let apart = self.room(plan, SMALL, 2)?;
        let heard = apart.iter().zip(&small).map(|(apart, together)| (apart - together).max(0.0)).collect();
        Ok((message, wake, Some(heard)))
    }

    /// What a message costs that reaches `sockets` on so many nodes, one message in flight.
    fn room(&mut self, plan: Plan, sockets: usize, nodes: usize) -> anyhow::Result<Cost> {
        self.http[0].token = Some(self.people[0].access_token.clone());
        let conversation = Conversation::at_head(&mut self.http[0], self.direct.id.0)?;
        let mut swarm = Swarm::new()?;
        for place in 0..sockets {
            let person = &self.people[place % 2];
            studyhall::join_swarm(&mut swarm, self.deployment.nodes[place % nodes].addr, [person])?;
        }
        let mut room = Room::new(swarm, Dialect::Studyhall(conversation))?;
        let mut costs = Vec::new();
        for _ in 0..plan.rounds.max(3) {
            room.heartbeat()?;
            let before = self.deployment.used()?;
            let flood = room.flood(&self.deployment.nodes, 1, plan.window * 2)?;
            // The pump that warms up is a tenth of the window, and counts here.
            let messages = f64::from(u32::try_from(flood.deliveries)?) / f64::from(u32::try_from(sockets)?) * 1.1;
            costs.push(self.deployment.since(&before)?.into_iter().map(|used| used * 1e6 / messages).collect::<Cost>());
        }
        Ok((0..costs[0].len()).map(|place| median(costs.iter().map(|cost| cost[place]))).collect())
    }

    fn connects(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, people, .. } = self;
        let mut swarm = Swarm::new()?;
        Self::each(deployment, CONNECTS * PEOPLE, || {
            for _ in 0..CONNECTS {
                for (place, person) in people.iter().enumerate() {
                    let node = &deployment.nodes[place % deployment.nodes.len()];
                    studyhall::join_swarm(&mut swarm, node.addr, [person])?;
                }
            }
            Ok(())
        })
    }

    fn beats(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, swarm, .. } = self;
        Self::each(deployment, BEATS * PEOPLE, || {
            for _ in 0..BEATS {
                for socket in 0..PEOPLE {
                    say(swarm, socket, &ClientFrame::Ping {})?;
                }
                hear(swarm, PEOPLE, |text| text.starts_with(br#"{"op":"pong""#))?;
            }
            Ok(())
        })
    }

    fn refreshes(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, http, refresh_token, .. } = self;
        Self::each(deployment, REFRESHES, || {
            for _ in 0..REFRESHES {
                let body = json!({ "refresh_token": refresh_token });
                let session: Value = http[0].post("/api/v1/auth/refresh", &body)?;
                session["refresh_token"].as_str().context("no refresh token")?.clone_into(refresh_token);
            }
            Ok(())
        })
    }

    fn sign_ins(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, http, people, .. } = self;
        http[0].token = Some(people[0].access_token.clone());
        let me: Value = http[0].get("/api/v1/users/me")?;
        let body = json!({ "username": me["username"], "password": PASSWORD });
        Self::each(deployment, SIGN_INS, || {
            (0..SIGN_INS).try_for_each(|_| http[0].post::<Value>("/api/v1/auth/login", &body).map(drop))
        })
    }

    fn pages(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, http, direct, .. } = self;
        let path = format!("/api/v1/conversations/{}/messages?limit={PAGE}", direct.id);
        let page: Value = http[0].get(&path)?;
        ensure!(page["items"].as_array().is_some_and(|items| items.len() == PAGE), "not a page of {PAGE}");
        Self::each(deployment, PAGES, || (0..PAGES).try_for_each(|_| http[0].get_bytes(&path).map(drop)))
    }

    /// Everybody but their author reads messages in each group, one after the other; who reads is told so.
    fn reads(&mut self) -> anyhow::Result<Cost> {
        let Self { deployment, http, people, groups, swarm, .. } = self;
        http[0].token = Some(people[0].access_token.clone());
        let readers = PEOPLE - 1;
        let mut cost = vec![0.0; deployment.engines.len() + 1];
        for _ in 0..READS {
            let mut last = Vec::new();
            for group in &*groups {
                let body = json!({ "client_id": Uuid::now_v7(), "text": "something to read" });
                let message: Value = http[0].post(&format!("/api/v1/conversations/{}/messages", group.id), &body)?;
                last.push(message["seq"].as_i64().context("a message without a seq")?);
            }
            hear(swarm, GROUPS * PEOPLE, |text| studyhall::created(text).is_some())?;
            let round = Self::each(deployment, GROUPS * readers * READS, || {
                for socket in 1..PEOPLE {
                    for (group, seq) in groups.iter().zip(&last) {
                        say(swarm, socket, &ClientFrame::Read { conversation_id: group.id, seq: *seq })?;
                    }
                    hear(swarm, GROUPS, |text| contains(text, br#""kind":"read.advanced""#))?;
                }
                Ok(())
            })?;
            cost.iter_mut().zip(round).for_each(|(all, one)| *all += one);
            // The next ones are told no sooner than in two seconds.
            std::thread::sleep(Duration::from_millis(2_100));
        }
        Ok(cost)
    }

    /// A change of presence, without the frames that it leads to.
    fn presences(&mut self, wake: &[f64]) -> anyhow::Result<Cost> {
        let Self { deployment, swarm, .. } = self;
        let changes = PEOPLE * TOGGLES;
        let cost = Self::each(deployment, changes, || {
            for toggle in 0..TOGGLES {
                let state = if toggle % 2 == 0 { Presence::Away } else { Presence::Online };
                for socket in 0..PEOPLE {
                    say(swarm, socket, &ClientFrame::Presence { state })?;
                    hear(swarm, PEOPLE - 1, |text| text.starts_with(br#"{"op":"presence""#))?;
                }
            }
            Ok(())
        })?;
        let (frames, nodes) =
            (f64::from(u32::try_from(PEOPLE - 1)?), f64::from(u32::try_from(deployment.nodes.len())?));
        Ok(cost.iter().zip(wake).map(|(all, wake)| (all - wake * frames).max(0.0) / nodes).collect())
    }
}

fn say(swarm: &mut Swarm, socket: usize, frame: &ClientFrame) -> anyhow::Result<()> {
    swarm.queue(socket, &serde_json::to_vec(frame)?);
    swarm.flush(socket)
}

/// Waits until so many frames came that are `wanted`.
fn hear(swarm: &mut Swarm, count: usize, wanted: impl Fn(&[u8]) -> bool) -> anyhow::Result<()> {
    let (asked, mut heard) = (Instant::now(), 0);
    while heard < count {
        swarm.poll(Duration::from_millis(1), |_, text| heard += usize::from(wanted(text)))?;
        ensure!(asked.elapsed() < LOST, "{heard} of {count} frames came");
    }
    Ok(())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|some| some == part)
}
