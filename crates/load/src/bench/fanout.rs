//! Fan-out: deliveries per CPU-second of the server, and how long one takes, beside three bare rooms.

use std::{fs, path::Path, time::Duration};

use super::{
    Plan, Programs,
    room::{Dialect, Flood, Room, TEXT},
    stats::{median, millis, percentile_ms},
};
use crate::{
    baseline::sqlite::Commits,
    http::Client,
    process::{Server, run_baseline},
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall::{self, Account, Conversation},
};

const GROUP: &str = "fan-out, 180-byte texts";
pub(super) const UNIT: &str = "/cpu-s";
/// Messages in flight, and the share of the bare room's deliveries that Studyhall has to reach with so many.
pub(super) const IN_FLIGHT: [(usize, f64); 2] = [(16, 0.6), (1, 0.85)];
/// Deliveries a second while latencies are taken.
const PACE: f64 = 2_500.0;
/// To see how long Studyhall's frames are.
const WARM_UP: Duration = Duration::from_millis(200);
/// Turns' worth of time for them.
const PACED_TURNS: u32 = 8;

/// The bare rooms, by the name of their subcommand.
const LIMITS: [&str; 3] = ["loop", "loop-joined", ROOM];
/// The one that Studyhall is held against.
pub(super) const ROOM: &str = "room";
/// The same with texts as long as Studyhall's frames: what the envelope of a message costs.
const ROOM_SAME_BYTES: &str = "room with as many bytes";

/// A server, its sockets, and what each turn gave, in the order of [`IN_FLIGHT`].
pub(super) struct Contestant {
    name: &'static str,
    pub room: Room,
    pub servers: Vec<Server>,
    floods: [Vec<Flood>; IN_FLIGHT.len()],
}

impl Contestant {
    pub fn new(name: &'static str, servers: Vec<Server>, room: Room) -> Self {
        Self { name, room, servers, floods: Default::default() }
    }

    pub fn bare(name: &'static str, sockets: usize) -> anyhow::Result<Self> {
        let server = Server::start_baseline(name)?;
        let room = Room::bare(&server, sockets, TEXT)?;
        Ok(Self::new(name, vec![server], room))
    }

    /// A bare room with frames as long as those of `ours`.
    fn room_like(ours: &mut Self, sockets: usize) -> anyhow::Result<Self> {
        let bytes = ours.room.flood(&ours.servers, 1, WARM_UP)?.frame_bytes;
        let server = Server::start_baseline(ROOM)?;
        let room = Room::bare(&server, sockets, usize::try_from(bytes)?)?;
        Ok(Self::new(ROOM_SAME_BYTES, vec![server], room))
    }

    pub fn per_cpu_second(&self, place: usize) -> f64 {
        median(self.floods[place].iter().map(Flood::per_cpu_second))
    }

    /// CPU of its servers in all turns, in seconds.
    pub fn cpu_s(&self) -> f64 {
        self.floods.iter().flatten().map(|flood| flood.server_cpu.as_secs_f64()).sum()
    }

    pub fn note(&self, place: usize) -> String {
        let floods = &self.floods[place];
        let percent = |share: fn(&Flood) -> f64| median(floods.iter().map(share)) * 100.0;
        let (server, client) = (percent(Flood::server_load), percent(Flood::client_load));
        let limit = if client > 95.0 && server < 95.0 { ", THE CLIENT WAS THE LIMIT" } else { "" };
        let bytes = floods.first().map_or(0, |flood| flood.frame_bytes);
        format!("{bytes} bytes each, server {server:.0}% client {client:.0}% busy{limit}")
    }
}

/// Lets the contestants take turns, so that whatever else the machine does meets all of them.
pub(super) fn compete(plan: Plan, contestants: &mut [Contestant]) -> anyhow::Result<()> {
    for _ in 0..plan.rounds {
        for (place, (in_flight, _)) in IN_FLIGHT.iter().enumerate() {
            for Contestant { room, servers, floods, .. } in &mut *contestants {
                room.heartbeat()?;
                floods[place].push(room.flood(servers, *in_flight, plan.window)?);
            }
        }
    }
    Ok(())
}

/// The limits by themselves.
pub fn limit_figures(plan: Plan) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for sockets in plan.rooms {
        let mut limits =
            LIMITS.iter().map(|name| Contestant::bare(name, *sockets)).collect::<anyhow::Result<Vec<_>>>()?;
        compete(plan, &mut limits)?;
        for limit in &limits {
            for (place, (in_flight, _)) in IN_FLIGHT.iter().enumerate() {
                let title = format!("{}, {sockets} sockets, {in_flight} in flight", limit.name);
                figures.push(Figure::new(GROUP, title, limit.per_cpu_second(place), UNIT).note(limit.note(place)));
            }
        }
    }
    Ok(figures)
}

/// Studyhall's figures beside the limits.
pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for sockets in plan.rooms {
        let data = DataDir::create(&programs.server)?;
        let copy = data.path().join("bare.db");
        fs::copy(data.log(), &copy)?;
        let mut contestants = vec![studyhall(&programs.server, data.path(), *sockets)?];
        for name in LIMITS {
            contestants.push(Contestant::bare(name, *sockets)?);
        }
        let same_bytes = Contestant::room_like(&mut contestants[0], *sockets)?;
        contestants.push(same_bytes);
        compete(plan, &mut contestants)?;
        let (ours, limits) = contestants.split_at_mut(1);
        for (place, (in_flight, _)) in IN_FLIGHT.iter().enumerate() {
            let commits = commits(&copy, *in_flight, Duration::ZERO, plan.window)?;
            figures.push(judge(*sockets, place, &ours[0], limits, &commits));
        }
        if let Some(ceiling) = p99_ceiling(*sockets) {
            figures.push(latency(plan, &mut ours[0].room, *sockets, ceiling, &copy)?);
        }
    }
    Ok(figures)
}

/// `sockets` sockets of the two members of one direct conversation.
pub(super) fn studyhall(program: &Path, data_dir: &Path, sockets: usize) -> anyhow::Result<Contestant> {
    let server = studyhall::start(program, data_dir)?;
    let mut http = Client::connect(server.addr)?;
    let accounts = [Account::register(&mut http, "first")?, Account::register(&mut http, "second")?];
    http.token = Some(accounts[0].access_token.clone());
    let conversation = Conversation::open_direct(&mut http, &accounts[1].id)?;
    let swarm = studyhall::sign_in(server.addr, accounts.iter().cycle().take(sockets))?;
    let room = Room::new(swarm, Dialect::Studyhall(conversation))?;
    Ok(Contestant::new("studyhall", vec![server], room))
}

fn judge(sockets: usize, place: usize, ours: &Contestant, limits: &[Contestant], commits: &Commits) -> Figure {
    let (in_flight, share) = IN_FLIGHT[place];
    let value = ours.per_cpu_second(place);
    let mut figure = Figure::new(GROUP, format!("{sockets} sockets, {in_flight} in flight"), value, UNIT);
    let mut note = Vec::new();
    for limit in limits {
        let per_cpu_second = limit.per_cpu_second(place);
        if limit.name == ROOM {
            figure = figure.against(Limit::share_of("bare room", per_cpu_second, share));
        } else {
            note.push(format!("{:.2} of {} {}", value / per_cpu_second, limit.name, short(per_cpu_second)));
        }
        if limit.name == ROOM_SAME_BYTES {
            let durable = per_message(sockets, per_cpu_second) + commits.cpu_s_per_message();
            note.push(format!("{:.2} of that with bare SQLite's commits", durable / per_message(sockets, value)));
        }
    }
    note.push(ours.note(place));
    figure.note(note.join(", "))
}

/// CPU-seconds of one message to so many sockets.
#[expect(clippy::cast_precision_loss, reason = "few sockets")]
fn per_message(sockets: usize, per_cpu_second: f64) -> f64 {
    sockets as f64 / per_cpu_second
}

/// The p99 that a paced room of this size has to keep.
const fn p99_ceiling(sockets: usize) -> Option<Duration> {
    match sockets {
        50 => Some(Duration::from_millis(2)),
        500 => Some(Duration::from_millis(10)),
        _ => None,
    }
}

fn latency(plan: Plan, room: &mut Room, sockets: usize, ceiling: Duration, copy: &Path) -> anyhow::Result<Figure> {
    room.heartbeat()?;
    let (rate, window) = (PACE / f64::from(u32::try_from(sockets)?), plan.window * PACED_TURNS);
    let latencies = room.pace(rate, window)?;
    let at = |per_cent| percentile_ms(&latencies, per_cent);
    let bare = commits(copy, 1, Duration::from_secs_f64(1.0 / rate), window)?;
    Ok(Figure::new(GROUP, format!("{sockets} sockets, 2,500/s: to receive, p99"), at(99), "ms")
        .against(Limit::ceiling(millis(ceiling)))
        .note(format!(
            "p50 {} ms, worst {} ms, {} deliveries; the disk alone, at this pace: p50 {} ms, p99 {} ms",
            short(at(50)),
            short(at(100)),
            latencies.len(),
            short(bare.commit_p50_ms),
            short(bare.commit_p99_ms)
        )))
}

/// What the disk's part is: bare SQLite commits `batch` messages at this pace, or as fast as it can.
fn commits(copy: &Path, batch: usize, every: Duration, window: Duration) -> anyhow::Result<Commits> {
    let [batch, every, millis] =
        [batch as u128, every.as_micros(), window.as_millis()].map(|number| number.to_string());
    let pace = ["--batch", &batch, "--conversations", "1", "--every-micros", &every, "--millis", &millis];
    run_baseline(&[&["sqlite", "--db", &*copy.to_string_lossy()][..], &pace].concat())
}
