//! `studyhall doctor`: checks what the server depends on and says what to do. It changes nothing.

mod engines;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};
use studyhall_domain::{auth::KeyRing, sessions::Registration};

use self::Finding::{Fail, Fine, Warn};
use crate::{
    config::{Config, Mode},
    secret,
};

/// Files that make up a data directory.
const DATABASES: [(&str, &str); 3] = [("database", "studyhall.db"), ("log", "log.db"), ("search", "search.db")];
/// Free space below which it gets tight, and below which it is too late, in MiB.
const SPACE_WARN_MIB: u64 = 1_024;
const SPACE_FAIL_MIB: u64 = 64;
/// Open files: two for each connection, and some for everything else.
const FILES_WARN: u64 = 8_192;
/// When this was written, in seconds since 1970: a clock before it is wrong.
const NOT_BEFORE_S: u64 = 1_790_000_000;

/// What a check found.
enum Finding {
    Fine(String),
    Warn(String),
    Fail(String),
}

/// Prints one line per check; the exit code is 1 where one of them failed.
pub async fn run(config: &Config) -> Result<ExitCode> {
    let mut findings = vec![("clock", clock(&config.data_dir))];
    match &config.mode {
        Mode::Embedded => {
            findings
                .extend([("data directory", data_dir(&config.data_dir)), ("free space", free_space(&config.data_dir))]);
            findings.extend(DATABASES.map(|(name, file)| (name, database(&config.data_dir.join(file)))));
        }
        Mode::Clustered(engines) => findings.extend(engines::check(engines).await),
    }
    findings.extend([
        ("secret", secret_strength(config)),
        ("address", address(config)),
        ("proxy", proxy(config)),
        ("registration", registration(config)),
        ("open files", open_files()),
        ("web client", web_client(config)),
    ]);
    let mut failed = false;
    for (name, finding) in findings {
        let (word, text) = match finding {
            Fine(text) => ("ok  ", text),
            Warn(text) => ("warn", text),
            Fail(text) => {
                failed = true;
                ("FAIL", text)
            }
        };
        println!("{word}  {name:<15} {text}");
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn data_dir(dir: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let Ok(about) = fs::metadata(dir) else {
        return Warn(format!("{} is not there yet; the first start makes it", dir.display()));
    };
    if !about.is_dir() {
        return Fail(format!("{} is no directory; choose another with --data-dir", dir.display()));
    }
    if rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_err() {
        return Fail(format!("{} cannot be written to by this user; chown it", dir.display()));
    }
    match about.permissions().mode() & 0o077 {
        0 => Fine(dir.display().to_string()),
        _ => Warn(format!("others may look into {0}: chmod 700 {0}", dir.display())),
    }
}

fn free_space(dir: &Path) -> Finding {
    let existing = dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(existing) {
        Err(error) => Warn(format!("cannot be found out: {error}")),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024);
            match free {
                ..SPACE_FAIL_MIB => Fail(format!("{free} MiB: messages will be refused; make room")),
                SPACE_FAIL_MIB..SPACE_WARN_MIB => Warn(format!("{free} MiB: make room soon")),
                _ => Fine(format!("{free} MiB")),
            }
        }
    }
}

/// Ordering is by seq and survives a wrong clock; sessions and times shown do not.
fn clock(dir: &Path) -> Finding {
    let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else {
        return Fail("it stands before 1970; set it, and run an NTP client".to_owned());
    };
    if now < Duration::from_secs(NOT_BEFORE_S) {
        return Fail("it is slow by months; set it, and run an NTP client".to_owned());
    }
    let written = DATABASES.iter().filter_map(|(_, file)| fs::metadata(dir.join(file)).ok()?.modified().ok()).max();
    let ahead = written.and_then(|at| at.duration_since(SystemTime::now()).ok());
    match ahead.filter(|ahead| *ahead > Duration::from_mins(1)) {
        Some(ahead) => Warn(format!("data was written {} s in the future: was the clock set back?", ahead.as_secs())),
        None => Fine("plausible".to_owned()),
    }
}

fn database(path: &Path) -> Finding {
    if !path.is_file() {
        return Warn(format!("{} is not there yet; the first start makes it", path.display()));
    }
    match quick_check(path) {
        Ok(answer) if answer == "ok" => {
            let size = fs::metadata(path).map_or(0, |about| about.len()) / 1024;
            Fine(format!("{} ({size} KiB)", path.display()))
        }
        Ok(answer) => Fail(format!("{} is damaged ({answer}): restore a backup", path.display())),
        Err(error) => Fail(format!("{} cannot be read: {error:#}", path.display())),
    }
}

/// SQLite's own check of a file's structure.
fn quick_check(path: &Path) -> Result<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).context("quick_check")
}

fn secret_strength(config: &Config) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    if !config.accounts.secrets.is_empty() {
        return match KeyRing::from_secrets(&config.accounts.secrets) {
            Ok(_) => Fine(format!("{} from STUDYHALL_SECRET", config.accounts.secrets.len())),
            Err(error) => Fail(format!("STUDYHALL_SECRET: {error}; openssl rand -hex 32 makes one")),
        };
    }
    let path = secret::path(&config.data_dir);
    let Ok(about) = fs::metadata(&path) else {
        return Warn(format!("{} is not there yet; the first start makes it", path.display()));
    };
    if about.permissions().mode() & 0o077 != 0 {
        return Fail(format!("others may read {0}: chmod 600 {0}", path.display()));
    }
    match fs::read_to_string(&path).map(|text| KeyRing::from_secrets(&[text.trim().to_owned().into()])) {
        Ok(Ok(_)) => Fine(path.display().to_string()),
        Ok(Err(error)) => Fail(format!("{}: {error}", path.display())),
        Err(error) => Fail(format!("{}: {error}", path.display())),
    }
}

fn address(config: &Config) -> Finding {
    let listen = config.http.listen;
    if let Err(error) = TcpListener::bind(listen) {
        return Warn(format!("{listen} is taken ({error}): by a running studyhall, or choose another with --listen"));
    }
    match &config.http.public_url {
        Some(url) => Fine(format!("{listen}, known as {url}")),
        None if listen.ip().is_loopback() => Fine(format!("{listen}, for this machine alone")),
        None => Warn(format!("{listen} is open to the network without https: put a proxy in front, set public_url")),
    }
}

fn proxy(config: &Config) -> Finding {
    let http = &config.http;
    if http.trusted_proxies.iter().any(|net| net.prefix_len() == 0) {
        return Fail("trusted_proxies trusts everyone: anybody can claim any address; name the proxy alone".to_owned());
    }
    match (&http.public_url, http.trusted_proxies.is_empty()) {
        (Some(url), _) if url.starts_with("http://") => Warn(format!("{url}: passwords travel unencrypted; use https")),
        (Some(_), true) => Warn(
            "behind a proxy everybody seems to have its address: name it in trusted_proxies (127.0.0.1)".to_owned(),
        ),
        (Some(_), false) => Fine(format!("{} trusted", http.trusted_proxies.len())),
        (None, false) => Warn("there is a proxy and no public_url: links and cookies go by the request".to_owned()),
        (None, true) => Fine("none".to_owned()),
    }
}

fn registration(config: &Config) -> Finding {
    match config.accounts.registration {
        Registration::Open if !config.http.listen.ip().is_loopback() => {
            Warn("open: whoever reaches this instance may make an account (STUDYHALL_REGISTRATION)".to_owned())
        }
        Registration::Open => Fine("open".to_owned()),
        Registration::Invite => Fine("by invitation".to_owned()),
        Registration::Closed => Fine("closed".to_owned()),
    }
}

fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    match limit.maximum {
        Some(most) if most < FILES_WARN => {
            Warn(format!("at most {most}, two for each connection: raise LimitNOFILE (systemd) or ulimit -Hn"))
        }
        Some(most) => Fine(format!("up to {most}")),
        None => Fine("no limit".to_owned()),
    }
}

fn web_client(config: &Config) -> Finding {
    match (studyhall_api::has_client(config.http.web_dir.as_deref()), &config.http.web_dir) {
        (true, Some(dir)) => Fine(dir.display().to_string()),
        (true, None) => Fine("in the binary".to_owned()),
        (false, Some(dir)) => Fail(format!("{} has no index.html: cargo xtask web makes one", dir.display())),
        (false, None) => Warn("this build carries none: cargo xtask web, then build again or use --web-dir".to_owned()),
    }
}
