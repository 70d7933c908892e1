//! The simulation of a small community, done to a real server as fast as it goes: what reaches whom has to be what the
//! simulation says, and the CPU about as much.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use studyhall_wire::ClientFrame;
use uuid::Uuid;

use super::{
    chance::Chance,
    community::Community,
    costs::{Costs, Counts, OPS, Op},
    habits::Habits,
    morning::{DEVICES, Happening, Setting, To, live},
};
use crate::{
    bench::{Mode, Programs},
    http::Client,
    process::{self, Server},
    report::{Figure, Limit, short},
    seed::{DataDir, Seeded},
    studyhall::{self, Account, Conversation},
    swarm::Swarm,
};

const GROUP: &str = "the simulation, done to a server";
/// How much less or more CPU than predicted is still a good guess.
const LEAST: f64 = 0.67;
const MOST: f64 = 1.5;
const LOST: Duration = Duration::from_secs(20);
/// So often the clients say that they are still there, in real time.
const BEAT: Duration = Duration::from_secs(20);
/// Nothing more comes after a pause of this length.
const QUIET: Duration = Duration::from_millis(500);

pub fn figures(users: u32, seed: u64, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    process::open_many_files()?;
    process::bind_this_process()?;
    let (habits, costs) = (Habits::SCHOOL, Costs::of(Mode::Embedded));
    let mut chance = Chance::new(seed);
    let community = Community::draw(users, &habits, &mut chance);
    let setting = Setting { nodes: 1, cores: 1.0, lost_at: None };
    let mut script = Vec::new();
    let seconds = live(&community, &habits, &costs, setting, chance, |happening| script.push(happening));
    let mut counts: Counts = [0.0; OPS];
    for second in &seconds {
        counts.iter_mut().zip(second.counts).for_each(|(all, count)| *all += count);
    }

    let data = DataDir::create(&programs.server)?;
    let stage = Stage::set(&data, &community, &script)?;
    let server = studyhall::start(&programs.server, data.path())?;
    let mut play = Play {
        swarm: Swarm::new()?,
        http: Client::connect(server.addr)?,
        sockets: HashMap::new(),
        accounts: HashMap::new(),
        received: 0,
        ready: 0,
        seq: 0,
        beats: 0,
    };
    let (before, started) = (server.usage()?, Instant::now());
    let mut due = 0;
    let mut said = Instant::now();
    for happening in &script {
        due += play.perform(&server, &stage, &community, *happening)?;
        if said.elapsed() > BEAT {
            play.beat()?;
            said = Instant::now();
        }
    }
    play.settle()?;
    let (used, took) = (server.usage()?.since(&before).as_secs_f64(), started.elapsed());
    ensure!(play.received == due, "{} deliveries where {due} were due", play.received);

    // What is done here differently: nobody types a password, a second device shares its user's session, and time is short.
    let second_devices = script.iter().filter(|it| matches!(it, Happening::Connected { device: 1, .. })).count();
    counts[Op::Refresh as usize] += std::mem::take(&mut counts[Op::Password as usize]) - second_devices as f64;
    counts[Op::Beat as usize] = f64::from(play.beats);
    let predicted = costs.sum(&counts).node / 1e6;
    let messages = counts[Op::Message as usize];
    Ok(vec![
        Figure::new(GROUP, format!("an hour of {users} people: CPU"), used, "s")
            .against(Limit::share_of("predicted", predicted, LEAST))
            .against(Limit::times("predicted", predicted, MOST))
            .note(format!(
                "{messages} messages, {due} deliveries as predicted, {} sockets came, {} requests, {} reads; an hour in {} s",
                counts[Op::Connect as usize],
                counts[Op::Request as usize],
                counts[Op::Read as usize],
                short(took.as_secs_f64())
            )),
    ])
}

/// What the script needs to be there.
struct Stage {
    people: Vec<Seeded>,
    groups: Vec<Uuid>,
    directs: HashMap<(u32, u32), Uuid>,
}

impl Stage {
    fn set(data: &DataDir, community: &Community, script: &[Happening]) -> anyhow::Result<Self> {
        let people = data.accounts(community.users as usize)?;
        let id = |user: u32| people[user as usize].id;
        let lists: Vec<Vec<Uuid>> = (0..community.groups())
            .map(|group| community.members(group).iter().map(|user| id(*user)).collect())
            .collect();
        let groups = data.groups(&lists)?.into_iter().map(|group| group.conversation).collect();
        let mut pairs: Vec<_> = script
            .iter()
            .filter_map(|happening| match happening {
                Happening::Wrote { user, to: To::Direct(peer), .. } => Some(pair(*user, *peer)),
                _ => None,
            })
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let ids: Vec<_> = pairs.iter().map(|(one, other)| (id(*one), id(*other))).collect();
        let directs = pairs.into_iter().zip(data.direct_conversations(&ids)?).collect();
        Ok(Self { people, groups, directs })
    }

    fn conversation(&self, user: u32, to: To) -> anyhow::Result<Uuid> {
        match to {
            To::Group(group) => Ok(self.groups[group as usize]),
            To::Direct(peer) => self.directs.get(&pair(user, peer)).copied().context("a pair that nobody foresaw"),
        }
    }
}

fn pair(one: u32, other: u32) -> (u32, u32) {
    (one.min(other), one.max(other))
}

/// The clients.
struct Play {
    swarm: Swarm,
    http: Client,
    /// The swarm's number of each device's socket.
    sockets: HashMap<(u32, usize), usize>,
    accounts: HashMap<u32, Account>,
    received: u64,
    ready: usize,
    /// Of the last message that was received.
    seq: i64,
    beats: u32,
}

impl Play {
    /// Does one thing, and waits for what it leads to. Gives the deliveries that were due.
    fn perform(
        &mut self,
        server: &Server,
        stage: &Stage,
        community: &Community,
        happening: Happening,
    ) -> anyhow::Result<u64> {
        match happening {
            Happening::Connected { user, device } => {
                if device == 0 {
                    let account = Account::seeded(&mut self.http, &stage.people[user as usize])?;
                    self.accounts.insert(user, account);
                }
                let account = self.accounts.get(&user).context("a second device first")?;
                let token = account.access_token.clone();
                let socket = self.swarm.connect(server.addr, studyhall::SOCKET, Some(studyhall::PROTOCOL))?;
                self.sockets.insert((user, device), socket);
                let ready = self.ready + 1;
                self.say(socket, &ClientFrame::Hello { token, resume: Vec::new() })?;
                self.until(|play| play.ready >= ready)?;
            }
            Happening::Left { user, device } => {
                let socket = self.sockets.remove(&(user, device)).context("left without a socket")?;
                self.swarm.close(socket)?;
            }
            Happening::Asked { user } => {
                self.http.token = self.accounts.get(&user).map(|account| account.access_token.clone());
                let path = match community.groups_of(user).first() {
                    Some(group) => format!("/api/v1/conversations/{}/messages", stage.groups[*group as usize]),
                    None => "/api/v1/users/me".to_owned(),
                };
                self.http.get_bytes(&path)?;
                self.poll()?;
            }
            Happening::Wrote { user, device, to, typing, deliveries } => {
                let conversation = stage.conversation(user, to)?;
                let socket = self.socket(user, device)?;
                for _ in 0..typing {
                    self.say(socket, &ClientFrame::Typing { conversation_id: conversation.into() })?;
                }
                let text = format!("{:>180}", self.received);
                let frame = Conversation::new(conversation.into(), 0).send(&Uuid::now_v7().to_string(), &text);
                self.swarm.queue(socket, frame.as_bytes());
                self.swarm.flush(socket)?;
                let all = self.received + u64::from(deliveries);
                self.until(|play| play.received >= all)?;
                return Ok(u64::from(deliveries));
            }
            Happening::Looked { user, device, to, author } => {
                let conversation = stage.conversation(author, to)?;
                let socket = self.socket(user, device)?;
                let seq = self.seq;
                self.say(socket, &ClientFrame::Read { conversation_id: conversation.into(), seq })?;
            }
            Happening::Tick => self.poll()?,
        }
        Ok(0)
    }

    fn socket(&self, user: u32, device: usize) -> anyhow::Result<usize> {
        self.sockets.get(&(user, device)).copied().context("no socket")
    }

    fn say(&mut self, socket: usize, frame: &ClientFrame) -> anyhow::Result<()> {
        self.swarm.queue(socket, &serde_json::to_vec(frame)?);
        self.swarm.flush(socket)
    }

    fn until(&mut self, enough: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let asked = Instant::now();
        while !enough(self) {
            self.poll()?;
            ensure!(
                asked.elapsed() < LOST,
                "what was due did not come: {} deliveries, {} ready",
                self.received,
                self.ready
            );
        }
        Ok(())
    }

    fn beat(&mut self) -> anyhow::Result<()> {
        let sockets: Vec<usize> = self.sockets.values().copied().collect();
        for socket in sockets {
            self.say(socket, &ClientFrame::Ping {})?;
            self.beats += 1;
        }
        Ok(())
    }

    fn settle(&mut self) -> anyhow::Result<()> {
        let mut last = Instant::now();
        while last.elapsed() < QUIET {
            if self.poll_for(QUIET)? > 0 {
                last = Instant::now();
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> anyhow::Result<()> {
        self.poll_for(Duration::ZERO).map(drop)
    }

    fn poll_for(&mut self, timeout: Duration) -> anyhow::Result<usize> {
        let Self { swarm, received, ready, seq, .. } = self;
        let mut trouble = None;
        let sockets = swarm.poll(timeout, |_, text| {
            if text.starts_with(br#"{"op":"ready""#) {
                *ready += 1;
            } else if let Some(created) = studyhall::created(text) {
                *received += 1;
                *seq = created;
            } else if let Err(error) = studyhall::refuse_refusals(text) {
                trouble.get_or_insert(error);
            }
        })?;
        trouble.map_or(Ok(sockets), Err)
    }
}

const _: () = assert!(DEVICES == 2, "a second device shares its user's session");
