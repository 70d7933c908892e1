//! `studyhall export` and `studyhall import`.

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::{
    archive::{self, Totals},
    config::Config,
};

pub async fn export(config: &Config, file: &Path, retire: bool) -> Result<ExitCode> {
    let totals = archive::export(config, file, retire).await?;
    println!("Wrote {}: {totals}.", file.display());
    if totals.broken_files > 0 {
        eprintln!("studyhall: {} files are missing or damaged where they are kept", totals.broken_files);
    }
    if retire {
        println!("This instance does not start again. studyhall import --move {} is how it goes on.", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn import(config: &Config, file: &Path, moving: bool) -> Result<ExitCode> {
    let imported = archive::import(config, file, moving).await?;
    println!("Read {}, of {}: {}.", file.display(), imported.of, imported.totals);
    if !moving {
        println!("Clients notice, and load everything anew.");
    }
    Ok(ExitCode::SUCCESS)
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, streams, events, files, .. } = self;
        write!(f, "{rows} rows, {events} events in {streams} streams, {files} files")
    }
}
