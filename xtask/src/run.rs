//! `cargo xtask run`: from a clone to a running server with demo data, with nothing to set up.

use std::env;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::shell;
use crate::web::{self, Flavour};

/// Where the server listens unless told otherwise; the next free port is taken where this one is not.
const PORTS: std::ops::Range<u16> = 8000..8020;

/// The accounts that `serve --demo` makes, with what each shows.
const DEMO: [(&str, &str); 5] = [
    ("jason", "superuser"),
    ("admintest", "admin"),
    ("modtest", "moderator"),
    ("usertest", "user"),
    ("guesttest", "guest"),
];
const DEMO_PASSWORD: &str = "amivaplus";

#[derive(clap::Args)]
pub struct Args {
    /// The optimised builds instead of the quick ones.
    #[arg(long)]
    release: bool,
    /// What goes on to `studyhall serve`, after `--`.
    #[arg(last = true)]
    serve: Vec<String>,
}

/// Builds what is out of date and becomes the server. Only returns where that fails.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let (flavour, profile) = if args.release { (Flavour::Release, "release") } else { (Flavour::Quick, "dev") };
    build(project, flavour, profile)?;

    let mut server = Command::new(project.binary(profile, "studyhall"));
    server.current_dir(&project.root).arg("serve").arg("--demo");
    if !is_set(&args.serve, "--data-dir", Some("STUDYHALL_DATA_DIR")) {
        server.arg("--data-dir").arg(project.root.join("data"));
    }
    if !is_set(&args.serve, "--web-dir", None) {
        server.arg("--web-dir").arg(web::dist(project));
    }
    if !is_set(&args.serve, "--listen", Some("STUDYHALL_LISTEN")) {
        server.arg("--listen").arg(format!("127.0.0.1:{}", free_port()?));
    }
    server.args(&args.serve);
    banner();
    become_server(&mut server)
}

/// The client and the server. The optimised server has the client inside, so that it comes second; the quick ones are
/// built side by side, since each alone leaves a core idle for much of its time.
/// Builds the client and the server.
pub fn build(project: &Project, flavour: Flavour, profile: &str) -> Result<()> {
    if flavour == Flavour::Release {
        shell::step("the web client", || web::web(project, flavour))?;
        return shell::step("the server", || build_server(project, profile));
    }
    let project = &project.side_by_side();
    thread::scope(|scope| {
        let server = scope.spawn(|| shell::step("the server", || build_server(project, profile)));
        let client = shell::step("the web client", || web::web(project, flavour));
        let server = server.join().unwrap_or_else(|_| bail!("the build of the server panicked"));
        client.and(server)
    })
}

/// Builds the `studyhall` binary with a profile of the workspace.
pub fn build_server(project: &Project, profile: &str) -> Result<()> {
    shell::run(project.cargo().args(["build", "--locked", "--package", "studyhall-server", "--profile", profile]))
}

/// Whether the user has chosen a value already, by flag or by variable.
fn is_set(flags: &[String], flag: &str, variable: Option<&str>) -> bool {
    let with_value = format!("{flag}=");
    flags.iter().any(|given| given == flag || given.starts_with(&with_value))
        || variable.and_then(env::var_os).is_some()
}

fn free_port() -> Result<u16> {
    for port in PORTS {
        // Closed again at once: the server binds it a moment later, and says so should somebody have been quicker.
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            if port != PORTS.start {
                shell::note(&format!("port {} is taken, so this one listens on {port}", PORTS.start));
            }
            return Ok(port);
        }
    }
    bail!(
        "ports {}-{} are all taken; choose one: cargo xtask run -- --listen 127.0.0.1:PORT",
        PORTS.start,
        PORTS.end - 1
    )
}

fn banner() {
    println!("\nStudyhall with demo data. Open the address below, and sign in as one of:\n");
    for (name, role) in DEMO {
        println!("    {}  {role}", shell::paint("1", &format!("{name:<10}")));
    }
    println!(
        "\neach with the password {}. Two browsers, two people. Ctrl+C stops.\n",
        shell::paint("1", DEMO_PASSWORD)
    );
}

/// The server takes this process over, so that signals reach it and its exit code is ours.
#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let line = shell::line(server);
    Err(server.exec()).with_context(|| format!("cannot start `{line}`"))
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<()> {
    shell::run(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_flags_win_over_the_defaults() {
        let flags = |given: &[&str]| given.iter().map(|&flag| flag.to_owned()).collect::<Vec<_>>();
        assert!(is_set(&flags(&["--listen", "[::1]:0"]), "--listen", None));
        assert!(is_set(&flags(&["--listen=[::1]:0"]), "--listen", None));
        assert!(!is_set(&flags(&["--listener"]), "--listen", Some("STUDYHALL_NO_SUCH_VARIABLE")));
        assert!(is_set(&[], "--listen", Some("CARGO_MANIFEST_DIR")));
    }
}
