//! PostgreSQL, as close to an operator's as a test can have it: a password, TLS on offer, and a collation that does
//! not sort by bytes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::ports::port;
use crate::programs::need;
use crate::{Engine, Engines, Variable};

const USER: &str = "studyhall";
const PASSWORD: &str = "studyhall-test";

/// For throw-away data: nothing is flushed to the disk, so a power cut loses it and a killed process does not.
const SETTINGS: [&str; 10] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=64MB",
    "fsync=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "ssl=on",
    "log_min_messages=warning",
];

pub fn start(engines: &Engines) -> Result<()> {
    let process = Engine::Postgres.process(engines);
    let place = engines.place(Engine::Postgres)?;
    let programs = need(engines.programs.postgres(), "PostgreSQL server")?;
    let owner = Owner::choose()?;
    let port = port(engines.dir(), "postgres")?;
    if !process.is_alive() {
        let data = place.join("data");
        if !data.join("PG_VERSION").exists() {
            owner.give(&place)?;
            certify(engines, &place, &owner)?;
            initialise(&programs, &place, &owner)?;
        }
        let mut postgres = owner.command(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        for (setting, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            postgres.arg("-c").arg(format!("{setting}={}", place.join(file).display()));
        }
        process.spawn(&mut postgres)?;
    }
    let ready = || {
        let mut ask = Command::new(programs.join("pg_isready"));
        ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).status().is_ok_and(|status| status.success())
    };
    process.wait_until(Duration::from_mins(1), ready)
}

pub fn variables(engines: &Engines) -> Result<Vec<Variable>> {
    let port = port(engines.dir(), "postgres")?;
    let authority = engines.place(Engine::Postgres)?.join("ca.crt");
    Ok(vec![
        ("POSTGRES_URL", format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres")),
        ("POSTGRES_CA", authority.display().to_string()),
    ])
}

fn initialise(programs: &Path, place: &Path, owner: &Owner) -> Result<()> {
    let password = place.join("password");
    fs::write(&password, PASSWORD)?;
    owner.give(&password)?;
    let mut initdb = owner.command(&programs.join("initdb"));
    initdb.arg("-D").arg(place.join("data")).args(["-U", USER, "--auth=scram-sha-256", "--no-sync", "-E", "UTF8"]);
    initdb.args(["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]);
    initdb.arg("--pwfile").arg(&password);
    run(&mut initdb)
}

/// An authority of its own and a certificate from it for this machine, so that clients can verify whom they talk to.
fn certify(engines: &Engines, place: &Path, owner: &Owner) -> Result<()> {
    let openssl = need(engines.programs.openssl(), "openssl")?;
    let file = |name: &str| place.join(name).display().to_string();
    let call = |args: &[&str]| run(Command::new(&openssl).current_dir(place).args(args));
    fs::write(place.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")?;
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = ["-subj", "/CN=Studyhall test authority", "-addext", "keyUsage=critical,keyCertSign"];
    let own = ["-days", "365", "-keyout", "ca.key", "-out", "ca.crt"];
    call(&[&["req", "-x509"][..], &key, &authority, &own].concat())?;
    call(&[&["req"][..], &key, &["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"]].concat())?;
    let signing = ["-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    call(&[&["x509", "-req", "-days", "365", "-extfile", "names", "-out", "server.crt"][..], &signing].concat())?;
    for name in ["server.key", "server.crt"] {
        owner.give(Path::new(&file(name)))?;
    }
    // PostgreSQL insists that nobody else can read its key.
    fs::set_permissions(file("server.key"), Permissions::from_mode(0o600))?;
    fs::set_permissions(place, Permissions::from_mode(0o711)).context("cannot open the folder")
}

/// As whom it runs: PostgreSQL refuses root.
enum Owner {
    Myself,
    Another { uid: u32, gid: u32 },
}

impl Owner {
    fn choose() -> Result<Self> {
        if !rustix::process::getuid().is_root() {
            return Ok(Self::Myself);
        }
        let users = fs::read_to_string("/etc/passwd").context("cannot look for a user to run PostgreSQL as")?;
        for name in ["postgres", "nobody"] {
            let entry = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|entry| entry[0] == name);
            if let Some([_, _, uid, gid, ..]) = entry.as_deref() {
                return Ok(Self::Another { uid: uid.parse()?, gid: gid.parse()? });
            }
        }
        bail!("PostgreSQL does not run as root, and there is no user postgres or nobody")
    }

    fn give(&self, path: &Path) -> Result<()> {
        match self {
            Self::Myself => Ok(()),
            Self::Another { uid, gid } => {
                chown(path, Some(*uid), Some(*gid)).with_context(|| format!("cannot give away {}", path.display()))
            }
        }
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        if let Self::Another { uid, gid } = self {
            command.uid(*uid).gid(*gid).current_dir("/");
        }
        command.env("LC_ALL", "C");
        command
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !output.status.success() {
        let program = command.get_program().display();
        bail!("{program} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
