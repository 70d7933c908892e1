//! `cargo xtask test`: everything that must hold before a change is done, in the order in which failures come
//! cheapest. A check that fails does not hide the others; the last word is the test runner's.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::layers;
use crate::needs::{self, Need};
use crate::project::Project;
use crate::services;
use crate::shell;
use crate::web::{self, Flavour};

#[derive(clap::Args)]
pub struct Args {
    /// Only these checks.
    #[arg(value_enum)]
    only: Vec<Check>,
    /// Also install the tools that only this run needs, such as cargo-deny. Implied where CI=true.
    #[arg(long, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    ci: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Check {
    /// rustfmt.
    Format,
    /// The direction of the crates' dependencies.
    Layers,
    /// Licences, bans and sources of every dependency, by cargo-deny.
    Deny,
    /// clippy, all and pedantic, warnings denied.
    Lint,
    /// rustdoc, warnings denied.
    Docs,
    /// The web client for the browser, and the tools that drive one.
    Client,
    /// Every test of the workspace: unit, integration, property, crash and browser tests.
    Tests,
}

/// Runs the checks, all of them unless some are named.
pub fn test(project: &Project, args: &Args) -> Result<()> {
    let chosen = |check: &&Check| args.only.is_empty() || args.only.contains(check);
    let mut outcomes = Vec::new();
    for check in Check::value_variants().iter().filter(chosen) {
        let start = Instant::now();
        let outcome = shell::step(check.title(), || check.run(project, args));
        if let Err(error) = &outcome {
            shell::failure(&format!("{error:#}"));
        }
        outcomes.push((check.title(), outcome.is_ok(), start.elapsed()));
    }
    eprintln!();
    for (title, passed, time) in &outcomes {
        let word = if *passed { shell::paint("32", "ok    ") } else { shell::paint("1;31", "FAILED") };
        eprintln!("  {word} {title} ({})", shell::duration(*time));
    }
    match outcomes.iter().filter(|(_, passed, _)| !passed).count() {
        0 => Ok(()),
        failed => bail!("{failed} of {} checks failed", outcomes.len()),
    }
}

impl Check {
    fn title(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Layers => "direction of dependencies",
            Self::Deny => "licences and sources of dependencies",
            Self::Lint => "lints",
            Self::Docs => "documentation",
            Self::Client => "web client and browser",
            Self::Tests => "tests",
        }
    }

    fn run(self, project: &Project, args: &Args) -> Result<()> {
        match self {
            Self::Format => {
                needs::ensure_component(project, "fmt", "rustfmt")?;
                let files = project.cargo().args(["fmt", "--all", "--check", "--", "--files-with-diff"]).status()?;
                if !files.success() {
                    bail!("these files are not formatted; `cargo fmt --all` mends it");
                }
                Ok(())
            }
            Self::Layers => layers::check(project),
            Self::Deny => deny(project, args.ci),
            Self::Lint => {
                needs::ensure_component(project, "clippy", "clippy")?;
                let mut clippy = project.cargo();
                clippy.args(["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
                shell::run(&mut clippy)
            }
            Self::Docs => {
                let mut doc = project.cargo();
                doc.env("RUSTDOCFLAGS", "--deny warnings");
                shell::run(doc.args(["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"]))
            }
            Self::Client => {
                BROWSER.ensure()?;
                web::web(project, Flavour::Quick)
            }
            Self::Tests => tests(project, args.ci),
        }
    }
}

/// How long CI fuzzes; a developer's run takes the tests' own, shorter time.
const FUZZ_SECONDS: &str = "60";

const BROWSER: Need<'static> = Need {
    purpose: "the browser tests",
    programs: &["chromium", "chromedriver"],
    apt: &["chromium", "chromium-driver"],
    brew: "--cask chromium chromedriver",
};

/// Advisories are left out on purpose: their database is a git repository that a machine behind a package mirror
/// cannot fetch. `cargo deny check advisories` is for where there is a network.
fn deny(project: &Project, install: bool) -> Result<()> {
    let Some(deny) = needs::cargo_tool(project, "cargo-deny", install)? else {
        shell::warning("not checked, since cargo-deny is missing: cargo install --locked cargo-deny");
        return Ok(());
    };
    let mut check = project.cargo_tool(&deny);
    shell::run(check.args([
        "--all-features",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// nextest where it is installed, for its speed and its summary; else cargo's own runner. The examples in the
/// documentation, which nextest does not run, come first.
fn tests(project: &Project, ci: bool) -> Result<()> {
    let services = services::Lease::take(project)?;
    let fuzzing = |cargo: &mut Command| {
        cargo.envs(services.variables.clone());
        if ci {
            cargo.env("FUZZ_SECONDS", FUZZ_SECONDS);
        }
        shell::run(cargo)
    };
    if needs::find("cargo-nextest").is_none() {
        return fuzzing(project.cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]));
    }
    shell::run(project.cargo().args(["test", "--locked", "--workspace", "--doc", "--quiet"]))?;
    fuzzing(project.cargo().args(["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]))
}
