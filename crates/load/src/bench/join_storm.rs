//! A storm of joins into a group whose members are connected: everybody hears of everybody, in order and without a
//! hole, and whoever came in hears what follows.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail, ensure};
use uuid::Uuid;

use super::{
    groups::GROUP,
    stats::{millis, percentile_ms},
};
use crate::{
    http::Client,
    process::Server,
    report::{Figure, Limit, short},
    seed::SeededGroup,
    studyhall::{self, Account, Conversation},
    swarm::Swarm,
};

/// Joins a second.
pub const PER_S: u32 = 100;
/// Connections through which they come.
const CONNECTIONS: usize = 8;
/// How much later than its last request the storm may be over.
const LATE: f64 = 1.05;
const P99_MS: f64 = 500.0;
const LOST: Duration = Duration::from_secs(20);

pub struct Storm<'a> {
    pub server: &'a Server,
    /// The members' sockets.
    pub swarm: Swarm,
    pub group: SeededGroup,
    pub conversation: Conversation,
    /// The seq of the conversation's last event.
    pub head: u64,
    pub joiners: &'a [Account],
}

pub fn figures(storm: Storm) -> anyhow::Result<Vec<Figure>> {
    let Storm { server, mut swarm, group, conversation, head, joiners } = storm;
    let members = swarm.len();
    studyhall::join_swarm(&mut swarm, server.addr, joiners)?;
    let mut heard = Heard { conversation, last: vec![Some(head); members], deliveries: 0 };
    heard.last.resize(swarm.len(), None);
    let before = server.usage()?;
    let started = Instant::now();
    let mut answers = thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|first| {
                let addr = server.addr;
                scope.spawn(move || -> anyhow::Result<Vec<Duration>> {
                    let mut http = Client::connect(addr)?;
                    let mine = joiners.iter().enumerate().skip(first).step_by(CONNECTIONS);
                    mine.map(|(place, account)| {
                        let due = started + Duration::from_secs(1) / PER_S * u32::try_from(place)?;
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        http.token = Some(account.access_token.clone());
                        http.command(&format!("/api/v1/groups/{}/join", group.id))?;
                        Ok(due.elapsed())
                    })
                    .collect()
                })
            })
            .collect();
        while !connections.iter().all(thread::ScopedJoinHandle::is_finished) {
            heard.listen(&mut swarm)?;
        }
        let answers = connections.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?);
        Ok::<_, anyhow::Error>(answers.collect::<anyhow::Result<Vec<_>>>()?.concat())
    })?;
    let over = started.elapsed();

    // One message to everybody who is in now.
    let sent = Instant::now();
    let frame = heard.conversation.send(&Uuid::now_v7().to_string(), "Welcome, everybody.");
    swarm.queue(0, frame.as_bytes());
    swarm.flush(0)?;
    let end = head + joiners.len() as u64 + 1;
    while !heard.last.iter().all(|last| *last == Some(end)) {
        heard.listen(&mut swarm)?;
        let missing = heard.last.iter().filter(|last| **last != Some(end)).count();
        ensure!(sent.elapsed() < LOST, "{missing} of {} sockets did not hear the message after the storm", swarm.len());
    }
    let reached = sent.elapsed();

    answers.sort_unstable();
    let cpu = server.usage()?.since(&before);
    let due = f64::from(u32::try_from(joiners.len())?) / f64::from(PER_S);
    let title = format!("{} joins in {} s, {members} connected", joiners.len(), short(due));
    let at = |per_cent| percentile_ms(&answers, per_cent);
    let busy = cpu.as_secs_f64() / (over + reached).as_secs_f64();
    Ok(vec![
        Figure::new(GROUP, format!("{title}: over after"), over.as_secs_f64(), "s")
            .against(Limit::times("their pace", due, LATE))
            .note(format!(
                "{} deliveries, none missing, server {:.0}% busy, {} ms CPU a join; a message then reaches {} in {} ms",
                heard.deliveries,
                busy * 100.0,
                short(millis(cpu) / f64::from(u32::try_from(joiners.len())?)),
                swarm.len(),
                short(millis(reached))
            )),
        Figure::new(GROUP, format!("{title}: answered, p99"), at(99), "ms")
            .against(Limit::ceiling(P99_MS))
            .note(format!("p50 {} ms, worst {} ms", short(at(50)), short(at(100)))),
    ])
}

/// What each socket has heard of the group's conversation.
struct Heard {
    conversation: Conversation,
    /// The seq of the last event; none for who has not come in yet.
    last: Vec<Option<u64>>,
    deliveries: u64,
}

impl Heard {
    fn listen(&mut self, swarm: &mut Swarm) -> anyhow::Result<()> {
        let mut trouble = None;
        swarm.poll(Duration::from_millis(1), |socket, text| {
            if let Err(error) = self.hear(socket, text) {
                trouble.get_or_insert(error);
            }
        })?;
        trouble.map_or(Ok(()), Err)
    }

    fn hear(&mut self, socket: usize, text: &[u8]) -> anyhow::Result<()> {
        let Some(seq) = self.conversation.seq_of_event(text)? else { return Ok(()) };
        if let Some(last) = self.last[socket].replace(seq)
            && last + 1 != seq
        {
            bail!("socket {socket} heard {seq} after {last}");
        }
        self.deliveries += 1;
        Ok(())
    }
}
