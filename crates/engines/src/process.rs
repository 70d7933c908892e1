//! A process that outlives the one that started it, and is found again by the file that names it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process_group, test_kill_process_group};

const TICK: Duration = Duration::from_millis(20);
/// How long the system may take to end what was killed.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// How much of an engine's log an error shows.
const LOG_LINES: usize = 15;

/// Those that this very process started: somebody has to take note of their end, or they stay as zombies.
static OURS: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// A process with its own group, so that a signal reaches what it started in turn.
pub struct Process {
    note: PathBuf,
    log: PathBuf,
}

impl Process {
    pub fn new(dir: &Path, name: &str) -> Self {
        Self { note: dir.join(format!("{name}.pid")), log: dir.join(format!("{name}.log")) }
    }

    /// Starts it in the background, with its output in the log.
    pub fn spawn(&self, command: &mut Command) -> Result<()> {
        use std::os::unix::process::CommandExt as _;
        let log = File::options().create(true).append(true).open(&self.log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = command.spawn().with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let pid = child.id();
        fs::write(&self.note, format!("{pid} {}", birth(pid).unwrap_or_default()))?;
        ours().push(child);
        Ok(())
    }

    /// Whether it runs: the same process that was started, not a later one with its number.
    pub fn is_alive(&self) -> bool {
        self.pid().is_some()
    }

    /// Sends a signal to it and all that it started; an error where it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let Some(pid) = self.pid() else { bail!("it does not run") };
        kill_process_group(pid, signal).context("cannot send a signal")
    }

    /// Sends a signal, waits for the end, and kills what is still there after `patience`.
    pub fn stop(&self, signal: Signal, patience: Duration) -> Result<()> {
        let Some(pid) = self.pid() else { return Ok(()) };
        kill_process_group(pid, signal).context("cannot send a signal")?;
        if !self.ends_within(pid, patience) {
            // It may have ended just now.
            let _ = kill_process_group(pid, Signal::KILL);
            if !self.ends_within(pid, patience.max(LAST_PATIENCE)) {
                bail!("process {} cannot be ended", pid.as_raw_nonzero());
            }
        }
        fs::remove_file(&self.note).context("cannot forget a process")
    }

    /// Waits until `answers`; an error where it ends before, or takes longer than `patience`.
    pub fn wait_until(&self, patience: Duration, mut answers: impl FnMut() -> bool) -> Result<()> {
        let start = Instant::now();
        while !answers() {
            if !self.is_alive() {
                bail!("it ended at once:\n{}", self.last_words());
            }
            if start.elapsed() > patience {
                bail!("it does not answer after {} s:\n{}", patience.as_secs(), self.last_words());
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    fn ends_within(&self, pid: Pid, patience: Duration) -> bool {
        let start = Instant::now();
        while self.is_alive() || test_kill_process_group(pid).is_ok() {
            ours().retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
            if start.elapsed() > patience {
                return false;
            }
            thread::sleep(TICK);
        }
        true
    }

    /// The same process that was started, not a later one with its number.
    pub fn pid(&self) -> Option<Pid> {
        ours().retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        let note = fs::read_to_string(&self.note).ok()?;
        let (pid, noted) = note.split_once(' ')?;
        let pid: u32 = pid.parse().ok()?;
        (birth(pid)? == noted).then(|| Pid::from_raw(i32::try_from(pid).ok()?)).flatten()
    }

    fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

fn ours() -> std::sync::MutexGuard<'static, Vec<Child>> {
    OURS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// When a process was started, in whatever unit the system has; none where there is no such process, or only its
/// remains.
#[cfg(target_os = "linux")]
fn birth(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // proc_pid_stat(5): the name in parentheses may hold spaces; field 3 is the state, field 22 the start.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    (!matches!(*fields.first()?, "Z" | "X")).then(|| fields.get(19).map(|&start| start.to_owned())).flatten()
}

#[cfg(not(target_os = "linux"))]
fn birth(pid: u32) -> Option<String> {
    let ps = Command::new("ps").args(["-o", "state=,lstart=", "-p", &pid.to_string()]).output().ok()?;
    let line = String::from_utf8(ps.stdout).ok()?;
    let (state, start) = line.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| start.trim().replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn a_process_is_found_again_and_ended_with_its_children() {
        let dir = tempfile::tempdir().expect("a folder");
        Process::new(dir.path(), "it").spawn(&mut shell("sleep 1000 & sleep 1000")).expect("starts");
        let again = Process::new(dir.path(), "it");
        assert!(again.is_alive());
        again.stop(Signal::TERM, Duration::from_secs(10)).expect("stops");
        assert!(!again.is_alive());
        again.stop(Signal::TERM, Duration::from_secs(10)).expect("nothing to do");
    }

    #[test]
    fn one_that_does_not_listen_is_killed() {
        let dir = tempfile::tempdir().expect("a folder");
        let it = Process::new(dir.path(), "it");
        let ready = dir.path().join("ready");
        let script = format!("trap '' TERM; touch {}; while :; do sleep 1; done", ready.display());
        it.spawn(&mut shell(&script)).expect("starts");
        it.wait_until(Duration::from_secs(10), || ready.exists()).expect("gets ready");
        it.stop(Signal::TERM, Duration::from_millis(100)).expect("stops");
        assert!(!it.is_alive());
    }

    #[test]
    fn another_process_with_its_number_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let it = Process::new(dir.path(), "it");
        fs::write(dir.path().join("it.pid"), format!("{} 1", std::process::id())).expect("written");
        assert!(!it.is_alive());
    }

    #[test]
    fn one_that_ends_at_once_is_an_error_with_its_last_words() {
        let dir = tempfile::tempdir().expect("a folder");
        let it = Process::new(dir.path(), "it");
        it.spawn(&mut shell("echo no disk; exit 1")).expect("starts");
        let error = it.wait_until(Duration::from_secs(10), || false).expect_err("ended");
        assert!(error.to_string().contains("no disk"), "{error}");
    }
}
