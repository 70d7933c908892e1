//! What each command does. Errors are one line on standard error that says what to do; the exit code is 2 for what
//! was said wrongly and 1 for what failed.

mod archive;
mod audit;
mod doctor;
mod serve;
mod user;

use std::{future::Future, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    boot::{self, Services, Tuning},
    cli::{Cli, Command, Serve},
    config::{Config, ConfigError, Flags},
    demo, logging,
};

/// Runs a command to its end.
pub fn run(cli: &Cli) -> ExitCode {
    let outcome = match &cli.command {
        Command::Openapi { socket, permissions } => openapi(*socket, *permissions).map(|()| ExitCode::SUCCESS),
        Command::Serve(serve) => configured(cli, serve).and_then(|config| serve::run(&config, serve)),
        other => configured(cli, &Serve::default()).and_then(|config| command(other, &config)),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("studyhall: {}", one_line(&error));
        if error.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
    })
}

fn configured(cli: &Cli, serve: &Serve) -> Result<Config> {
    let config = Config::load(&Flags::new(&cli.common, serve))?;
    logging::start(&config.log)?;
    Ok(config)
}

fn command(command: &Command, config: &Config) -> Result<ExitCode> {
    match command {
        Command::Migrate => block_on(migrate(config)),
        Command::User(command) => block_on(user::run(command, config)),
        Command::Audit(command) => block_on(audit::run(command, config)),
        Command::Demo => block_on(demo(config)),
        Command::Export { file, retire } => block_on(archive::export(config, file, *retire)),
        Command::Import { file, moving } => block_on(archive::import(config, file, *moving)),
        Command::Doctor => block_on(doctor::run(config)),
        Command::Serve(_) | Command::Openapi { .. } => unreachable!("run on their own"),
    }
}

fn block_on(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads")?;
    runtime.block_on(work)
}

async fn migrate(config: &Config) -> Result<ExitCode> {
    boot::migrate(config).await?;
    println!("The schema is that of this version.");
    Ok(ExitCode::SUCCESS)
}

async fn demo(config: &Config) -> Result<ExitCode> {
    let _lock = boot::claim(config)?;
    demo::warn();
    let services = Services::open(config, Tuning::default()).await?;
    let filled = demo::fill(&services).await;
    services.close().await;
    filled.context("cannot fill in the demo data")?;
    println!("Demo accounts: {}; password {}", demo::USERNAMES.join(", "), demo::PASSWORD);
    Ok(ExitCode::SUCCESS)
}

fn openapi(socket: bool, permissions: bool) -> Result<()> {
    if permissions {
        print!("{}", studyhall_api::docs::permissions_md());
        return Ok(());
    }
    let document = if socket { studyhall_api::docs::asyncapi_yaml() } else { studyhall_api::docs::openapi_yaml() };
    print!("{}", document?);
    Ok(())
}

/// The whole chain of causes.
fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
