//! Servers that share their data, and the engines that they share: what each of them uses.

use std::{
    path::Path,
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};

use super::Programs;
use crate::{
    process::{Server, Usage, family_usage},
    report::short,
    seed::DataDir,
    studyhall,
};

/// How long everybody is watched at rest.
const REST: Duration = Duration::from_secs(2);

/// An engine, and the process that it is.
#[derive(Clone, Debug)]
pub struct Engine {
    pub name: String,
    pub pid: u32,
}

/// `NAME=PID`.
impl FromStr for Engine {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, pid) = text.split_once('=').ok_or_else(|| anyhow!("NAME=PID"))?;
        Ok(Self { name: name.to_owned(), pid: pid.parse().context("the number of a process")? })
    }
}

pub struct Deployment {
    pub nodes: Vec<Server>,
    pub engines: Vec<Engine>,
    /// Seconds of CPU that the nodes together and each engine use in a second of rest.
    rest: Vec<f64>,
    _data: Option<DataDir>,
}

/// What everybody has used so far.
pub struct Used {
    nodes: Vec<Usage>,
    engines: Vec<Duration>,
    at: Instant,
}

impl Deployment {
    pub fn embedded(program: &Path) -> anyhow::Result<Self> {
        let data = DataDir::create(program)?;
        let nodes = vec![studyhall::start(program, data.path())?];
        Self { nodes, engines: Vec::new(), rest: Vec::new(), _data: Some(data) }.at_rest()
    }

    pub fn clustered(programs: &Programs, nodes: usize) -> anyhow::Result<Self> {
        let nodes = (0..nodes).map(|_| studyhall::start_node(&programs.server)).collect::<anyhow::Result<_>>()?;
        Self { nodes, engines: programs.engines.clone(), rest: Vec::new(), _data: None }.at_rest()
    }

    fn at_rest(mut self) -> anyhow::Result<Self> {
        thread::sleep(REST);
        let before = self.used()?;
        thread::sleep(REST);
        self.rest = vec![0.0; self.engines.len() + 1];
        self.rest = self.since(&before)?.into_iter().map(|used| used / REST.as_secs_f64()).collect();
        Ok(self)
    }

    pub fn used(&self) -> anyhow::Result<Used> {
        let nodes = self.nodes.iter().map(Server::usage).collect::<anyhow::Result<_>>()?;
        let engines = self.engines.iter().map(|engine| family_usage(engine.pid)).collect::<anyhow::Result<_>>()?;
        Ok(Used { nodes, engines, at: Instant::now() })
    }

    /// Seconds of CPU since `earlier`, beyond what is used at rest: of all nodes together, then of each engine.
    pub fn since(&self, earlier: &Used) -> anyhow::Result<Vec<f64>> {
        let now = self.used()?;
        let wall = (now.at - earlier.at).as_secs_f64();
        let nodes: Duration = now.nodes.iter().zip(&earlier.nodes).map(|(now, then)| now.since(then)).sum();
        let engines = now.engines.iter().zip(&earlier.engines).map(|(now, then)| now.saturating_sub(*then));
        let used = std::iter::once(nodes).chain(engines);
        Ok(used.zip(&self.rest).map(|(used, rest)| (used.as_secs_f64() - rest * wall).max(0.0)).collect())
    }

    /// `figures` beside the engines' names, for a note.
    pub fn beside(&self, used: &[f64], unit: &str) -> String {
        let engines = self.engines.iter().zip(&used[1..]);
        let each: Vec<_> = engines.map(|(engine, used)| format!("{} {}", engine.name, short(*used))).collect();
        if each.is_empty() { String::new() } else { format!("{}; {unit}", each.join(", ")) }
    }
}
