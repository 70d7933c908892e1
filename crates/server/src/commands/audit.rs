//! `studyhall audit`: whether the audit log is whole. Also beside a running server.

use std::{process::ExitCode, str::FromStr};

use anyhow::{Context, Result};
use studyhall_domain::audit::{Head, verify};

use crate::{boot::Base, cli::Audit, config::Config};

pub async fn run(command: &Audit, config: &Config) -> Result<ExitCode> {
    let Audit::Verify { noted } = command;
    let noted = noted.as_deref().map(Head::from_str).transpose().context("--noted")?;
    let base = Base::open(config).await?;
    let verdict = verify(base.audit(), noted).await.context("cannot read the audit log")?;
    if let Some(fault) = verdict.fault {
        println!("The audit log is whole up to entry {}.", verdict.head.number);
        eprintln!("studyhall: the audit log was tampered with: {fault}");
        return Ok(ExitCode::FAILURE);
    }
    println!("The audit log is whole. It ends at {}", verdict.head);
    if noted.is_none() {
        println!("Note that end where this database is not, and give it with --noted the next time: without it, a log");
        println!("that was written anew from end to end, or cut off together with its head, looks whole.");
    }
    Ok(ExitCode::SUCCESS)
}
