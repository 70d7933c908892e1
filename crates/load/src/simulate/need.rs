//! What a simulated morning needs: nodes, cores of each engine, memory, bytes.

use std::fmt::Write as _;

use super::{
    community::Community,
    costs::{Costs, Cpu, Op},
    habits::Habits,
    morning::{Second, Setting},
};
use crate::report::short;

/// How much of a node's cores the busiest minute may take, one node being lost.
const FULL: f64 = 0.7;
/// How far behind the clients' return may put a node, in seconds.
const BEHIND_S: f64 = 5.0;
const MINUTE: usize = 60;
/// Bytes of a frame that tells of typing or presence.
const SHORT_FRAME: f64 = 130.0;

#[derive(Debug)]
pub struct Need {
    users: u32,
    groups: u32,
    largest: usize,
    setting: Setting,
    /// The most sockets, on all nodes and on the fullest.
    sockets: u32,
    fullest: u32,
    /// A second in the busiest minute of each.
    messages: f64,
    deliveries: f64,
    frames: f64,
    reads: f64,
    presences: f64,
    requests: f64,
    passwords: f64,
    /// In the busiest second.
    connects: f64,
    /// Cores of the busiest node before the loss and after it, and seconds that it is behind.
    before: f64,
    after: f64,
    behind: f64,
    /// Cores of everything, in the busiest minute, and in the worst second.
    cpu: Cpu,
    worst: Cpu,
    node_mb: f64,
    egress_mbit: f64,
    log_gb_a_day: f64,
    files_gb_a_day: f64,
    fetched_mb: f64,
}

impl Need {
    pub fn new(community: &Community, habits: &Habits, costs: &Costs, setting: Setting, seconds: &[Second]) -> Self {
        let of = |op: Op| busiest(seconds.iter().map(|second| second.counts[op as usize]), MINUTE);
        let cores = |window: usize| {
            let of = |part: fn(Cpu) -> f64| {
                busiest(seconds.iter().map(|second| part(costs.sum(&second.counts)) / 1e6), window)
            };
            Cpu {
                node: of(|cpu| cpu.node),
                postgres: of(|cpu| cpu.postgres),
                mongodb: of(|cpu| cpu.mongodb),
                redis: of(|cpu| cpu.redis),
            }
        };
        let lost_at = setting.lost_at.map_or(seconds.len(), |second| second as usize);
        let (before, after) = seconds.split_at(lost_at.min(seconds.len()));
        let used = |some: &[Second]| busiest(some.iter().map(|second| second.busiest), MINUTE);
        let all = |op: Op| seconds.iter().map(|second| second.counts[op as usize]).sum::<f64>();
        let fullest = seconds.iter().map(|second| second.fullest).max().unwrap_or_default();
        let most = |of: fn(&Second) -> f64| seconds.iter().map(of).fold(0.0, f64::max);
        let a_day = all(Op::Message) * habits.mornings_a_day;
        let (messages, frames) = (of(Op::Message), of(Op::Wake));
        let deliveries = busiest(seconds.iter().map(|second| second.deliveries as f64), MINUTE);
        Self {
            users: community.users,
            groups: community.groups(),
            largest: (0..community.groups()).map(|group| community.members(group).len()).max().unwrap_or_default(),
            setting,
            sockets: seconds.iter().map(|second| second.sockets).max().unwrap_or_default(),
            fullest,
            messages,
            deliveries,
            frames,
            reads: of(Op::Read),
            presences: of(Op::Presence) / f64::from(setting.nodes),
            requests: of(Op::Request),
            passwords: of(Op::Password),
            connects: most(|second| second.counts[Op::Connect as usize]),
            before: used(before),
            after: used(after),
            behind: most(|second| second.behind),
            cpu: cores(MINUTE),
            worst: cores(1),
            node_mb: costs.node_mb + f64::from(fullest) * costs.socket_kib / 1024.0,
            egress_mbit: (deliveries * costs.frame_bytes + (frames - deliveries) * SHORT_FRAME) * 8.0 / 1e6,
            log_gb_a_day: a_day * costs.stored_bytes / 1e9,
            files_gb_a_day: a_day * habits.files * habits.file_bytes / 1e9,
            fetched_mb: messages * habits.files * habits.file_bytes * habits.fetched / 1e6,
        }
    }

    pub fn fits(&self) -> bool {
        self.before.max(self.after) <= FULL * self.setting.cores && self.behind <= BEHIND_S
    }

    /// How many nodes would do, judging by this number of them.
    pub fn nodes_wanted(&self) -> u32 {
        (self.cpu.node / (FULL * self.setting.cores)).ceil() as u32 + 1
    }

    pub fn table(&self) -> String {
        let Setting { nodes, cores, .. } = self.setting;
        let mut table = String::from("| | |\n|---|---|\n");
        let mut row = |name: &str, value: String| writeln!(table, "| {name} | {value} |").unwrap_or_default();
        let count = |value: f64| short(value);
        row("accounts; groups, the largest", format!("{}; {}, {}", self.users, self.groups, self.largest));
        row("sockets at the peak; on the fullest node", format!("{}; {}", self.sockets, self.fullest));
        row("messages; their deliveries", format!("{}/s; {}/s", count(self.messages), count(self.deliveries)));
        row("frames, with typing and presence", format!("{}/s", count(self.frames)));
        row("read cursors; changes of presence", format!("{}/s; {}/s", count(self.reads), count(self.presences)));
        row("requests; sign-ins by password", format!("{}/s; {}/s", count(self.requests), count(self.passwords)));
        row("sockets that come in the worst second", format!("{:.0}", self.connects));
        row("nodes, cores each", format!("{nodes} × {cores}"));
        let share = |used: f64| format!("{:.0}%", used / cores * 100.0);
        if self.setting.lost_at.is_some() {
            row("the busiest node; with one lost", format!("{}; {}", share(self.before), share(self.after)));
        } else {
            row("the busiest node", share(self.before));
        }
        row("its clients' return puts a node behind by", format!("{} s", count(self.behind)));
        row("memory of the fullest node", format!("{} MB", count(self.node_mb)));
        row("cores of all nodes", count(self.cpu.node));
        let engines = |Cpu { postgres, mongodb, redis, .. }| [postgres, mongodb, redis].map(count).join("; ");
        row("cores of PostgreSQL; MongoDB; Redis", engines(self.cpu));
        row("the same in the worst second", engines(self.worst));
        row("sent to clients", format!("{} Mbit/s", count(self.egress_mbit)));
        row("log; files, a day", format!("{} GB; {} GB", count(self.log_gb_a_day), count(self.files_gb_a_day)));
        row("files fetched", format!("{} MB/s", count(self.fetched_mb)));
        table
    }
}

/// The greatest average over `window` values that follow one another.
pub fn busiest(values: impl Iterator<Item = f64>, window: usize) -> f64 {
    let values: Vec<f64> = values.collect();
    let mean = |some: &[f64]| some.iter().sum::<f64>() / some.len() as f64;
    values.windows(window.min(values.len()).max(1)).map(mean).fold(0.0, f64::max)
}
