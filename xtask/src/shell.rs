//! Running other programs, and telling the person at the terminal what is going on. Everything said here goes to
//! standard error, as cargo's own progress does; standard output belongs to results.

use std::fmt::Write as _;
use std::io::{IsTerminal, stderr};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Announces a step, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("{} {what}", paint("1;36", "==>"));
    let start = Instant::now();
    let value = work().with_context(|| format!("failed: {what}"))?;
    eprintln!("    {}", paint("2", &format!("{what}: {}", duration(start.elapsed()))));
    Ok(value)
}

/// One line of information inside a step.
pub fn note(text: &str) {
    eprintln!("    {text}");
}

/// Something that the reader should not miss, though the work goes on.
pub fn warning(text: &str) {
    eprintln!("{} {text}", paint("1;33", "warning:"));
}

/// The last line of a run that failed.
pub fn failure(text: &str) {
    eprintln!("{} {text}", paint("1;31", "error:"));
}

/// Runs a program with its output shown; a status other than zero is an error that names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a program and gives its standard output; on failure the error carries what it wrote to standard error.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, reason.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not print UTF-8", line(command)))
}

/// Whether the program starts and succeeds, with its output thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Like [`succeeds`], with its output shown, and ended once `limit` has passed.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> Result<bool> {
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start `{}`", line(command)))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > limit {
            note(&format!("gave up on `{}` after {}", line(command), duration(limit)));
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The command as one would type it.
pub fn line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        let _ = write!(line, " {}", arg.to_string_lossy());
    }
    line
}

/// A duration for people: `0.4 s`, `12.3 s`, `3 min 05 s`.
pub fn duration(time: Duration) -> String {
    if time.as_secs() < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

/// A size for people, in the decimal units that network budgets use.
pub fn size(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

/// Bold and coloured on a terminal, plain in a log. Used by [`run`](crate::run) for its banner, too.
pub fn paint(code: &str, text: &str) -> String {
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_for_people() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
        assert_eq!(size(449_950), "450.0 kB");
        assert_eq!(size(1), "0.1 kB");
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = run(Command::new("false").arg("--now")).expect_err("`false` fails");
        assert!(error.to_string().contains("false --now"), "{error}");
        assert!(!succeeds(&mut Command::new("false")));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let start = Instant::now();
        let limit = Duration::from_millis(200);
        assert!(!succeeds_within(Command::new("sleep").arg("30"), limit).expect("sleep starts"));
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
