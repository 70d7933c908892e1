//! What the simulation has to keep, whatever the numbers are.

use std::collections::{HashMap, HashSet};

use clap::Parser as _;

use super::{
    Args,
    chance::Chance,
    community::Community,
    costs::{Costs, Op},
    habits::Habits,
    morning::{Happening, SECONDS, Second, Setting, To, live},
    need,
    need::{Need, busiest},
};

const LOST_AT: u32 = 1_500;
const HABITS: Habits = Habits::SCHOOL;

fn setting(nodes: u32) -> Setting {
    Setting { nodes, cores: 4.0, lost_at: (nodes > 1).then_some(LOST_AT) }
}

fn run(users: u32, nodes: u32, seed: u64, happens: impl FnMut(Happening)) -> (Community, Vec<Second>) {
    let mut chance = Chance::new(seed);
    let community = Community::draw(users, &HABITS, &mut chance);
    let seconds = live(&community, &HABITS, &Costs::CLUSTERED, setting(nodes), chance, happens);
    (community, seconds)
}

fn table(users: u32, nodes: u32, seed: u64) -> String {
    let (community, seconds) = run(users, nodes, seed, |_| ());
    Need::new(&community, &HABITS, &Costs::CLUSTERED, setting(nodes), &seconds).table()
}

#[test]
fn the_same_seed_gives_the_same_morning() {
    assert_eq!(table(2_000, 3, 5), table(2_000, 3, 5));
    assert_ne!(table(2_000, 3, 5), table(2_000, 3, 6));
}

/// Counts anew, by another way, whom each message reaches: the sockets of its conversation's members.
#[test]
fn deliveries_are_the_connected_members_of_each_message() {
    let mut chance = Chance::new(9);
    let community = Community::draw(1_000, &HABITS, &mut chance);
    let mut sockets: HashMap<u32, HashSet<usize>> = HashMap::new();
    let (mut messages, mut deliveries) = (0, 0);
    let seconds = live(&community, &HABITS, &Costs::CLUSTERED, setting(1), chance, |happening| match happening {
        Happening::Connected { user, device } => assert!(sockets.entry(user).or_default().insert(device)),
        Happening::Left { user, device } => assert!(sockets.get_mut(&user).expect("was there").remove(&device)),
        Happening::Wrote { user, device, to, deliveries: reached, .. } => {
            assert!(sockets[&user].contains(&device), "writes without a socket");
            let of = |user: &u32| sockets.get(user).map_or(0, HashSet::len);
            let due: usize = match to {
                To::Group(group) => community.members(group).iter().map(of).sum(),
                To::Direct(peer) => of(&user) + of(&peer),
            };
            assert_eq!(reached as usize, due);
            messages += 1;
            deliveries += u64::from(reached);
        }
        Happening::Looked { user, device, author, .. } => {
            assert!(sockets[&user].contains(&device));
            assert_ne!(user, author);
        }
        Happening::Asked { .. } | Happening::Tick => {}
    });
    assert!(messages > 500, "{messages}");
    assert_eq!(seconds.iter().map(|second| second.deliveries).sum::<u64>(), deliveries);
    let written = seconds.iter().map(|second| second.counts[Op::Message as usize]).sum::<f64>();
    assert!((written - f64::from(messages)).abs() < 0.5);
    let there: usize = sockets.values().map(HashSet::len).sum();
    assert_eq!(seconds.last().map(|second| second.sockets as usize), Some(there));
}

#[test]
fn a_lost_node_s_sockets_come_to_the_others() {
    let (_, seconds) = run(20_000, 4, 2, |_| ());
    let at = LOST_AT as usize;
    let (before, lost, back) = (&seconds[at - 1], &seconds[at], &seconds[at + 1]);
    let gone = f64::from(before.sockets) - f64::from(lost.sockets);
    let quarter = f64::from(before.sockets) / 4.0;
    assert!((gone - quarter).abs() < quarter * 0.1, "{gone} of {}", before.sockets);
    let usual = busiest(seconds[..at].iter().map(|second| second.counts[Op::Connect as usize]), 1);
    let came = back.counts[Op::Connect as usize];
    assert!(came > gone * 0.95 && came < gone + usual, "{came} came of {gone}");
    assert!(back.fullest > before.fullest + before.fullest / 5, "{} after {}", back.fullest, before.fullest);
    // Three nodes carry as much as four did.
    let drift = f64::from(back.sockets) - f64::from(before.sockets);
    assert!(drift.abs() < 0.02 * f64::from(before.sockets), "{drift}");
}

#[test]
fn a_morning_has_a_peak_and_an_end() {
    let (_, seconds) = run(5_000, 1, 4, |_| ());
    assert_eq!(seconds.len(), SECONDS as usize);
    let connects = |from: usize, to: usize| {
        seconds[from..to].iter().map(|second| second.counts[Op::Connect as usize]).sum::<f64>()
    };
    assert!(connects(900, 1_500) > 3.0 * connects(2_400, 3_000));
}

#[test]
fn fewer_nodes_are_busier() {
    let busy = |nodes| {
        let (_, seconds) = run(10_000, nodes, 1, |_| ());
        busiest(seconds[..LOST_AT as usize].iter().map(|second| second.busiest), 60)
    };
    let (two, four) = (busy(2), busy(4));
    assert!(two > 1.2 * four, "{two} {four}");
}

/// With the commands that stand above each table there.
#[test]
fn the_document_states_what_the_simulation_says() {
    let document = include_str!("../../../../SCALING.md");
    for command in ["--users 500 --mode embedded --cores 2", "--users 50000"] {
        let line = format!("simulate {command}");
        let args = Line::try_parse_from(line.split(' ')).expect("a command line").args;
        let (_, rest) =
            document.split_once(&format!("`studyhall-load {line}`\n")).expect("the command is in SCALING.md");
        let table: String = rest
            .lines()
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|line| line.starts_with('|'))
            .fold(String::new(), |all, line| all + line + "\n");
        assert_eq!(table, need(&args).table(), "write what `studyhall-load {line}` prints into SCALING.md");
    }
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

#[test]
fn the_busiest_window_is_found() {
    assert!((busiest([1.0, 5.0, 3.0, 1.0].into_iter(), 2) - 4.0).abs() < f64::EPSILON);
}
