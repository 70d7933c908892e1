//! A long history: a page from the middle of a million messages beside one from a thousand.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::ensure;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Plan, Programs,
    stats::{median, millis, percentile_ms},
};
use crate::{
    http::Client,
    process::Server,
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall::{self, Account},
};

const GROUP: &str = "history";
const SHORT: usize = 1_000;
const PAGE: usize = 50;
/// Pages in one round.
const PAGES: usize = 200;
/// How much more a page may cost in the long conversation.
const SHARE: f64 = 1.5;
/// A server is at rest when it used less CPU than this in [`LOOK`]: search has read what was seeded.
const AT_REST: Duration = Duration::from_millis(20);
const LOOK: Duration = Duration::from_secs(1);
const REST_LIMIT: Duration = Duration::from_mins(15);

pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    let people = data.accounts(3)?;
    let [me, one, other] = [0, 1, 2].map(|place| people[place].id);
    let conversations = data.direct_conversations(&[(me, one), (me, other)])?;
    data.messages(conversations[0], one, plan.history)?;
    data.messages(conversations[1], other, SHORT)?;

    let server = studyhall::start(&programs.server, data.path())?;
    let rested = rest(&server)?;
    let mut http = Client::connect(server.addr)?;
    http.token = Some(Account::seeded(&mut http, &people[0])?.access_token);
    let (mut long, mut short_ones) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds.max(3) {
        short_ones.push(pages(&server, &mut http, conversations[1], SHORT)?);
        long.push(pages(&server, &mut http, conversations[0], plan.history)?);
    }

    let cpu = |runs: &[Pages]| median(runs.iter().map(|run| run.cpu_ms));
    let p50 = |runs: &[Pages]| short(median(runs.iter().map(|run| run.p50_ms)));
    let figure = Figure::new(GROUP, format!("page of {PAGE} of {} messages, CPU", plan.history), cpu(&long), "ms")
        .against(Limit::times("1,000 messages", cpu(&short_ones), SHARE))
        .note(format!(
            "answered in {} ms, of 1,000 in {} ms; search had read them after {} s",
            p50(&long),
            p50(&short_ones),
            short(rested.as_secs_f64())
        ));
    Ok(vec![figure])
}

/// What one round of pages cost.
struct Pages {
    /// The server's CPU time for one page.
    cpu_ms: f64,
    p50_ms: f64,
}

fn pages(server: &Server, http: &mut Client, conversation: Uuid, messages: usize) -> anyhow::Result<Pages> {
    let mut latencies = Vec::with_capacity(PAGES);
    let before = server.usage()?;
    for number in 0..PAGES {
        // Around the middle, no page twice in a row.
        let seq = messages / 2 + (number * 7) % (messages / 4);
        let asked = Instant::now();
        let body =
            http.get_bytes(&format!("/api/v1/conversations/{conversation}/messages?before={seq}&limit={PAGE}"))?;
        latencies.push(asked.elapsed());
        if number == 0 {
            let page: Value = serde_json::from_slice(&body)?;
            ensure!(page["items"].as_array().is_some_and(|items| items.len() == PAGE), "not a page of {PAGE}");
        }
    }
    let cpu = server.usage()?.since(&before);
    latencies.sort_unstable();
    let count = f64::from(u32::try_from(PAGES)?);
    Ok(Pages { cpu_ms: millis(cpu) / count, p50_ms: percentile_ms(&latencies, 50) })
}

/// Waits until the server has nothing to do; gives how long that took.
pub(super) fn rest(server: &Server) -> anyhow::Result<Duration> {
    let started = Instant::now();
    while started.elapsed() < REST_LIMIT {
        let before = server.usage()?;
        thread::sleep(LOOK);
        if server.usage()?.since(&before) < AT_REST {
            return Ok(started.elapsed());
        }
    }
    anyhow::bail!("the server is still busy {REST_LIMIT:?} after its start")
}
