//! Groups: fan-out to a crowd, and what it costs to list, enter, write to and connect to a large group beside a small
//! one. Whatever asked once for each member would show as a thousandfold.

use std::time::Duration;

use anyhow::ensure;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Plan, Programs,
    fanout::{self, Contestant, IN_FLIGHT},
    join_storm::{self, Storm},
    room::{Dialect, Room},
    stats::{median, millis},
};
use crate::{
    http::Client,
    process::Server,
    report::{Figure, Limit, short},
    seed::{DataDir, Seeded, SeededGroup},
    studyhall::{self, Account, Conversation},
};

pub(super) const GROUP: &str = "groups";
/// Members of the small groups.
const TEN: usize = 10;
const HUNDRED: usize = 100;
/// How many enter the large group and the small one, and connect afterwards.
const ENTER: usize = 200;
const PAGE: usize = 50;
/// Pages in one round.
const PAGES: usize = 100;
/// How much more anything may cost in the large group.
const SHARE: f64 = 1.5;

pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let mut figures = crowd(plan, programs)?;
    figures.extend(sizes(plan, programs)?);
    Ok(figures)
}

/// A group whose members are all connected: fan-out, and then a storm of joins.
fn crowd(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    let people = data.accounts(plan.crowd + plan.joins)?;
    let group = data.group(&ids(&people[..plan.crowd]))?;
    let server = studyhall::start(&programs.server, data.path())?;
    let accounts = sign_in_all(&server, &people)?;
    let (members, joiners) = accounts.split_at(plan.crowd);
    let conversation = Conversation::new(group.conversation.into(), 0);
    let room = Room::new(studyhall::sign_in(server.addr, members)?, Dialect::Studyhall(conversation.clone()))?;
    let mut contestants =
        [Contestant::new("studyhall", vec![server], room), Contestant::bare(fanout::ROOM, plan.crowd)?];
    fanout::compete(plan, &mut contestants)?;
    let [ours, bare] = contestants;
    let mut figures: Vec<_> = IN_FLIGHT
        .iter()
        .enumerate()
        .map(|(place, (in_flight, share))| {
            let title = format!("fan-out to {} members, {in_flight} in flight", plan.crowd);
            Figure::new(GROUP, title, ours.per_cpu_second(place), fanout::UNIT)
                .against(Limit::share_of("bare room", bare.per_cpu_second(place), *share))
                .note(ours.note(place))
        })
        .collect();
    let Contestant { servers, room, .. } = ours;
    let (swarm, head) = room.into_swarm();
    figures.extend(join_storm::figures(Storm { server: &servers[0], swarm, group, conversation, head, joiners })?);
    Ok(figures)
}

/// The same work in a large group and in a small one.
fn sizes(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    let people = data.accounts(plan.members + TEN + 2 * ENTER)?;
    let (members, others) = people.split_at(plan.members);
    // Nobody reads the sockets of the one room while the other is measured: none of them may hear both.
    let (others, joiners) = others.split_at(TEN);
    let large = data.group(&ids(members))?;
    let hundred = data.group(&ids(&members[..HUNDRED]))?;
    let few = &members[..TEN];
    let small = data.group(&ids(others))?;
    let server = studyhall::start(&programs.server, data.path())?;
    let mut http = Client::connect(server.addr)?;
    let sign_in = |people| sign_in_all(&server, people);
    let (few, others, joiners) = (sign_in(few)?, sign_in(others)?, sign_in(joiners)?);
    let compare = |name: &str, large: Vec<f64>, small: Vec<f64>, of: usize| {
        Figure::new(GROUP, name, median(large), "ms CPU").against(Limit::times(
            &format!("{of} members"),
            median(small),
            SHARE,
        ))
    };
    let mut figures = Vec::new();
    let members = plan.members;

    let (mut of_large, mut of_small) = (Vec::new(), Vec::new());
    http.token = Some(few[0].access_token.clone());
    for _ in 0..plan.rounds.max(3) {
        of_small.push(pages(&server, &mut http, hundred, HUNDRED)?);
        of_large.push(pages(&server, &mut http, large, members)?);
    }
    figures.push(compare(&format!("page of {PAGE} of {members} members"), of_large, of_small, HUNDRED));

    let (into_large, into_small) = joiners.split_at(ENTER);
    let (mut of_large, mut of_small) = (Vec::new(), Vec::new());
    for (some, others) in into_large.chunks(ENTER / 4).zip(into_small.chunks(ENTER / 4)) {
        of_small.push(joins(&server, &mut http, small, others)?);
        of_large.push(joins(&server, &mut http, large, some)?);
    }
    figures.push(
        compare(&format!("join a group of {members}"), of_large, of_small, TEN)
            .note(format!("the small one grew to {}", TEN + ENTER)),
    );

    let (mut of_large, mut of_small, mut sockets) = (Vec::new(), Vec::new(), Vec::new());
    for (some, others) in into_large.chunks(ENTER / 4).zip(into_small.chunks(ENTER / 4)) {
        for (accounts, costs) in [(others, &mut of_small), (some, &mut of_large)] {
            let before = server.usage()?;
            sockets.push(studyhall::sign_in(server.addr, accounts)?);
            costs.push(each(server.usage()?.since(&before), accounts.len())?);
        }
    }
    drop(sockets);
    figures.push(compare(&format!("connect, as one of {members}"), of_large, of_small, TEN + ENTER));

    let room = |accounts: &[Account], group: SeededGroup| {
        let conversation =
            Conversation::at_head(&mut Client::with_token(server.addr, &accounts[0])?, group.conversation)?;
        Room::new(studyhall::sign_in(server.addr, accounts)?, Dialect::Studyhall(conversation))
    };
    let (mut in_large, mut in_small) = (room(&few, large)?, room(&others, small)?);
    let message = |room: &mut Room, in_flight| -> anyhow::Result<f64> {
        room.heartbeat()?;
        let flood = room.flood(std::slice::from_ref(&server), in_flight, plan.window)?;
        each(flood.server_cpu, usize::try_from(flood.deliveries)? / TEN)
    };
    for (in_flight, _) in IN_FLIGHT {
        let (mut of_large, mut of_small) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds.max(3) {
            of_small.push(message(&mut in_small, in_flight)?);
            of_large.push(message(&mut in_large, in_flight)?);
        }
        let name = format!("message to {members}, {TEN} connected, {in_flight} in flight");
        figures.push(compare(&name, of_large, of_small, TEN + ENTER));
    }
    Ok(figures)
}

fn ids(people: &[Seeded]) -> Vec<Uuid> {
    people.iter().map(|seeded| seeded.id).collect()
}

fn sign_in_all(server: &Server, people: &[Seeded]) -> anyhow::Result<Vec<Account>> {
    let mut http = Client::connect(server.addr)?;
    people.iter().map(|seeded| Account::seeded(&mut http, seeded)).collect()
}

/// Milliseconds of CPU for each of `count`.
fn each(cpu: Duration, count: usize) -> anyhow::Result<f64> {
    Ok(millis(cpu) / f64::from(u32::try_from(count)?))
}

/// CPU for a page of the list of members, on the way from its first page to its last, again and again.
fn pages(server: &Server, http: &mut Client, group: SeededGroup, members: usize) -> anyhow::Result<f64> {
    let mut cursor = String::new();
    let mut listed = 0;
    let before = server.usage()?;
    for _ in 0..PAGES {
        let page: Value = http.get(&format!("/api/v1/groups/{}/members?limit={PAGE}{cursor}", group.id))?;
        let items = page["items"].as_array().map_or(0, Vec::len);
        ensure!(items == PAGE, "a page of {items}");
        listed += items;
        if let Some(next) = page["next_cursor"].as_str() {
            cursor = format!("&cursor={next}");
        } else {
            ensure!(listed == members, "{listed} members listed");
            cursor.clear();
            listed = 0;
        }
    }
    each(server.usage()?.since(&before), PAGES)
}

/// CPU for each of these to come in.
fn joins(server: &Server, http: &mut Client, group: SeededGroup, accounts: &[Account]) -> anyhow::Result<f64> {
    let before = server.usage()?;
    for account in accounts {
        http.token = Some(account.access_token.clone());
        http.command(&format!("/api/v1/groups/{}/join", group.id))?;
    }
    let used = each(server.usage()?.since(&before), accounts.len())?;
    let seen: Value = http.get(&format!("/api/v1/groups/{}", group.id))?;
    ensure!(seen["my_role"] == "member", "not a member: {}", short(used));
    Ok(used)
}
