//! Memory: what a server holds at start, and what an idle signed-in socket adds.

use std::{thread, time::Duration};

use super::{Plan, Programs};
use crate::{
    bench::room::{Room, TEXT},
    http::Client,
    process::Server,
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall::{self, Account},
};

const GROUP: &str = "memory";
const AT_START_MB: f64 = 25.0;
/// What a socket may cost, as a multiple of one in the bare room.
const SHARE: f64 = 1.3;
/// Long enough for what a start or a sign-in leaves to do.
const SETTLE: Duration = Duration::from_secs(2);

pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let sockets = plan.idle_sockets;
    let room = bare_room(sockets)?;
    let data = DataDir::create(&programs.server)?;
    let people = data.accounts(sockets)?;
    // Everybody has one conversation: with the next one.
    let pairs: Vec<_> = people.chunks_exact(2).map(|pair| (pair[0].id, pair[1].id)).collect();
    data.direct_conversations(&pairs)?;

    let server = studyhall::start(&programs.server, data.path())?;
    thread::sleep(SETTLE);
    let at_start = server.memory()?;
    let mut http = Client::connect(server.addr)?;
    let accounts = people.iter().map(|seeded| Account::seeded(&mut http, seeded)).collect::<Result<Vec<_>, _>>()?;
    thread::sleep(SETTLE);
    let before_sockets = server.memory()?;
    let _swarm = studyhall::sign_in(server.addr, &accounts)?;
    thread::sleep(SETTLE);
    let idle = server.memory()?;

    let per_socket = |from: u64| kib_each(idle.rss - from.min(idle.rss), sockets);
    Ok(vec![
        Figure::new(GROUP, "at start, resident", megabytes(at_start.rss), "MB")
            .against(Limit::ceiling(AT_START_MB))
            .note(format!("its own share {} MB", short(megabytes(at_start.pss)))),
        Figure::new(GROUP, format!("per idle signed-in socket, {sockets}"), per_socket(at_start.rss), "KiB")
            .against(Limit::times("bare room", room, SHARE))
            .note(format!("{} KiB without the {sockets} sign-ins", short(per_socket(before_sockets.rss)))),
    ])
}

/// KiB per idle socket in the bare actix-ws room.
fn bare_room(sockets: usize) -> anyhow::Result<f64> {
    let server = Server::start_baseline("room")?;
    let before = server.memory()?;
    let _room = Room::bare(&server, sockets, TEXT)?;
    thread::sleep(SETTLE);
    let after = server.memory()?;
    Ok(kib_each(after.rss - before.rss.min(after.rss), sockets))
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn kib_each(bytes: u64, sockets: usize) -> f64 {
    bytes as f64 / 1024.0 / sockets as f64
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
