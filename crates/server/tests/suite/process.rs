//! The binary as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The binary, with nothing of what the surroundings configure: that is not what is tested.
pub fn studyhall() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_studyhall"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STUDYHALL_")) {
        command.env_remove(name);
    }
    command
}

/// Killed with its value.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// `studyhall serve` on a free port, without rate limits, ready.
    pub fn start(dir: &Path, arguments: &[&str]) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), dir, arguments)
    }

    pub fn start_at(address: SocketAddr, dir: &Path, arguments: &[&str]) -> Self {
        Self::serve(address, |command| command.arg("--data-dir").arg(dir).args(arguments))
    }

    /// A node with this configuration.
    pub fn node(environment: Vec<(String, String)>) -> Self {
        Self::serve(SocketAddr::from(([127, 0, 0, 1], 0)), |command| command.envs(environment))
    }

    fn serve(address: SocketAddr, configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = studyhall();
        command.args(["serve", "--listen", &address.to_string()]).env("STUDYHALL_RATE_LIMITS", "off");
        let mut child = configure(&mut command).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("studyhall listening on http://").expect("the ready line");
        Self { address: address.parse().expect("an address"), child }
    }

    /// `kill -9`.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
