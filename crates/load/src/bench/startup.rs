//! The start: from the process's beginning to its word that it listens, on a data directory that is in use.

use anyhow::ensure;

use super::{Plan, Programs, history, stats::percentile_ms};
use crate::{
    report::{Figure, Limit, short},
    seed::DataDir,
    studyhall,
};

const GROUP: &str = "start";
const CEILING_MS: f64 = 60.0;
const STARTS: usize = 9;
const ACCOUNTS: usize = 1_000;

pub fn figures(plan: Plan, programs: &Programs) -> anyhow::Result<Vec<Figure>> {
    let data = DataDir::create(&programs.server)?;
    let people = data.accounts(ACCOUNTS)?;
    let pairs: Vec<_> = people.chunks_exact(2).map(|pair| (pair[0].id, pair[1].id)).collect();
    let messages = plan.history / 10;
    data.messages(data.direct_conversations(&pairs)?[0], people[0].id, messages)?;
    let server = studyhall::start(&programs.server, data.path())?;
    history::rest(&server)?;
    server.stop()?;

    let mut after = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let server = studyhall::start(&programs.server, data.path())?;
        after.push(server.ready_after);
        let status = server.stop()?;
        ensure!(status.success(), "the server stopped with {status}");
    }
    after.sort_unstable();
    let name = format!("to listening, {ACCOUNTS} accounts, {messages} messages");
    Ok(vec![
        Figure::new(GROUP, name, percentile_ms(&after, 50), "ms")
            .against(Limit::ceiling(CEILING_MS))
            .note(format!("median of {STARTS}, worst {} ms", short(percentile_ms(&after, 100)))),
    ])
}
