//! A server in a process of its own, bound to one core, and what the kernel says that it used.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use serde::de::DeserializeOwned;

/// The core of whichever server is measured; it never shares it with the client.
pub const SERVER_CORE: &str = "0";
/// The core of the load client.
pub const CLIENT_CORE: &str = "1";
/// What a ready server prints, followed by its address.
pub const LISTENING: &str = "listening on http://";
/// Jiffies of `/proc`: `USER_HZ` is 100 on every Linux, whatever the kernel's own tick.
const TICK: Duration = Duration::from_millis(10);
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// A server that was started for a measurement; it ends with this value.
pub struct Server {
    child: Child,
    /// Kept open: a server that logs to a closed pipe ends.
    _stdout: BufReader<ChildStdout>,
    pub addr: SocketAddr,
    /// From starting the process to reading that it listens.
    pub ready_after: Duration,
}

impl Server {
    /// Starts `program` on [`SERVER_CORE`] and waits until it prints where it listens. It knows nothing of a cluster.
    pub fn start(program: &Path, args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", SERVER_CORE]).arg(program).args(args);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("STUDYHALL_") {
                command.env_remove(name);
            }
        }
        command.envs(env.iter().copied());
        Self::spawn(program, command)
    }

    /// Starts `program` on whatever core is free, in the environment of this process, which names the engines.
    pub fn start_node(program: &Path, args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).envs(env.iter().copied());
        Self::spawn(program, command)
    }

    fn spawn(program: &Path, mut command: Command) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {} (taskset is in Debian's util-linux)", program.display()))?;
        let stdout = child.stdout.take().context("no pipe to the server")?;
        let mut stdout = BufReader::new(stdout);
        match wait_for_address(&mut stdout, started) {
            Ok(addr) => Ok(Self { child, _stdout: stdout, addr, ready_after: started.elapsed() }),
            Err(error) => {
                child.kill().ok();
                let status = child.wait()?;
                Err(error.context(format!("{} did not come up: {status}", program.display())))
            }
        }
    }

    /// Starts one of this program's own bare servers.
    pub fn start_baseline(name: &str) -> anyhow::Result<Self> {
        Self::start(&std::env::current_exe()?, &["baseline", name], &[])
    }

    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id())
    }

    pub fn memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.child.id())
    }

    /// Asks the server to stop (SIGTERM) and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<ExitStatus> {
        Command::new("kill").arg(self.child.id().to_string()).status().context("run kill")?;
        let asked = Instant::now();
        while asked.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!("the server did not stop within {STOP_LIMIT:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails where it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn wait_for_address(stdout: &mut BufReader<ChildStdout>, started: Instant) -> anyhow::Result<SocketAddr> {
    let mut line = String::new();
    while started.elapsed() < START_LIMIT {
        line.clear();
        ensure!(stdout.read_line(&mut line)? > 0, "it ended before it listened");
        if let Some((_, addr)) = line.split_once(LISTENING) {
            return addr.trim().parse().with_context(|| format!("not an address: {addr:?}"));
        }
    }
    bail!("it does not listen after {START_LIMIT:?}")
}

/// Lets this process and its children open as many files as they may.
pub fn open_many_files() -> anyhow::Result<()> {
    run("prlimit", &["--pid", &std::process::id().to_string(), &format!("--nofile={}:", hard_file_limit()?)])
}

/// Binds this process to [`CLIENT_CORE`].
pub fn bind_this_process() -> anyhow::Result<()> {
    run("taskset", &["--all-tasks", "--cpu-list", "--pid", CLIENT_CORE, &std::process::id().to_string()])
        .context("the client needs a second core")
}

fn run(program: &str, args: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(program).args(args).output().with_context(|| format!("run {program} (util-linux)"))?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Runs one of this program's own baselines to its end on [`SERVER_CORE`], and reads the JSON that it prints.
pub fn run_baseline<T: DeserializeOwned>(args: &[&str]) -> anyhow::Result<T> {
    let output = Command::new("taskset")
        .args(["--cpu-list", SERVER_CORE])
        .arg(std::env::current_exe()?)
        .arg("baseline")
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .context("run taskset (Debian: util-linux)")?;
    ensure!(output.status.success(), "baseline {args:?}: {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("what baseline {args:?} printed"))
}

/// How many files a process may open at most.
pub fn hard_file_limit() -> anyhow::Result<u64> {
    let limits = fs::read_to_string("/proc/self/limits").context("measurements need Linux")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("no limit on open files")?;
    let hard = line.split_whitespace().nth(4).context("no hard limit")?;
    Ok(if hard == "unlimited" { 1 << 20 } else { hard.parse()? })
}

/// CPU time of all threads of a process so far.
#[derive(Clone, Debug)]
pub struct Usage {
    /// User and system time, in steps of 10 ms.
    ticks: Duration,
    /// Time on a core per thread, in nanoseconds; threads that ended are missing.
    threads: BTreeMap<u32, u64>,
}

impl Usage {
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
            let entry = entry?;
            // A thread may end between the listing and the reading.
            let Ok(text) = fs::read_to_string(entry.path().join("schedstat")) else { continue };
            let nanos = text.split_whitespace().next().context("empty schedstat")?.parse()?;
            threads.insert(entry.file_name().to_string_lossy().parse()?, nanos);
        }
        Ok(Self { ticks: parse_stat(&stat)?, threads })
    }

    pub fn of_this_process() -> anyhow::Result<Self> {
        Self::of(std::process::id())
    }

    /// CPU time since `earlier`: exact where no thread ended in between, else in steps of 10 ms.
    pub fn since(&self, earlier: &Self) -> Duration {
        if earlier.threads.keys().all(|thread| self.threads.contains_key(thread)) {
            let used = |thread, now: u64| now.saturating_sub(earlier.threads.get(thread).copied().unwrap_or(0));
            Duration::from_nanos(self.threads.iter().map(|(thread, now)| used(thread, *now)).sum())
        } else {
            self.ticks.saturating_sub(earlier.ticks)
        }
    }
}

/// `utime` and `stime` of `/proc/PID/stat` (proc(5), fields 14 and 15).
fn parse_stat(stat: &str) -> anyhow::Result<Duration> {
    Ok(TICK * (stat_field(stat, 14)? + stat_field(stat, 15)?))
}

/// `cutime` and `cstime`: of children that ended (fields 16 and 17).
fn parse_waited_for(stat: &str) -> anyhow::Result<Duration> {
    Ok(TICK * (stat_field(stat, 16)? + stat_field(stat, 17)?))
}

/// A field by its number in proc(5), from the third on: the second, the name, may hold spaces.
fn stat_field(stat: &str, number: usize) -> anyhow::Result<u32> {
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/PID/stat")?;
    Ok(fields.split_whitespace().nth(number - 3).context("a short /proc/PID/stat")?.parse()?)
}

/// CPU time of a process and of all that it started, those that ended included, in steps of 10 ms.
pub fn family_usage(pid: u32) -> anyhow::Result<Duration> {
    family(pid)?.iter().map(|(_, stat)| Ok(parse_stat(stat)? + parse_waited_for(stat)?)).sum()
}

/// Memory of a process and of all that it started, in bytes; what they share is counted once.
pub fn family_memory(pid: u32) -> anyhow::Result<u64> {
    family(pid)?.iter().map(|(process, _)| Ok(Memory::of(*process)?.pss)).sum()
}

/// A process and all that it started, with what `/proc/PID/stat` says of each.
fn family(pid: u32) -> anyhow::Result<Vec<(u32, String)>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(process) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may end between the listing and the reading.
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        all.insert(process, (stat_field(&stat, 4)?, stat));
    }
    ensure!(all.contains_key(&pid), "process {pid} has ended");
    let is_family = |process: u32| {
        let mut next = Some(process);
        while let Some(process) = next.filter(|process| *process != pid) {
            next = all.get(&process).map(|(parent, _)| *parent);
        }
        next.is_some()
    };
    let family = all.iter().filter(|(process, _)| is_family(**process));
    Ok(family.map(|(process, (_, stat))| (*process, stat.clone())).collect())
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Resident.
    pub rss: u64,
    /// Resident, pages that are shared with other processes counted by their share.
    pub pss: u64,
}

impl Memory {
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        Ok(Self { rss: rollup_field(&text, "Rss:")?, pss: rollup_field(&text, "Pss:")? })
    }
}

fn rollup_field(text: &str, name: &str) -> anyhow::Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_past_a_name_with_brackets() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 100 1 1";
        assert_eq!(parse_stat(stat).unwrap(), Duration::from_secs(3));
        assert_eq!(stat_field(stat, 4).unwrap(), 1);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "55d0-7ffd ---p 0 00:00 0 [rollup]\nRss:               13012 kB\nPss:               11021 kB\n";
        assert_eq!(rollup_field(text, "Rss:").unwrap(), 13_012 * 1024);
        assert_eq!(rollup_field(text, "Pss:").unwrap(), 11_021 * 1024);
    }

    #[test]
    fn own_usage_grows_with_work() {
        let before = Usage::of_this_process().unwrap();
        let started = Instant::now();
        let mut sum = 0_u64;
        while started.elapsed() < Duration::from_millis(50) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(Usage::of_this_process().unwrap().since(&before) > Duration::from_millis(5));
        assert!(Memory::of(std::process::id()).unwrap().rss > 100_000);
        assert!(family_usage(std::process::id()).unwrap() >= Duration::from_millis(10));
    }
}
