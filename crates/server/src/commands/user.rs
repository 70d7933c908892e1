//! `studyhall user`: also beside a running server, which hears of it within a second.

use std::{io::stdin, process::ExitCode};

use anyhow::{Context, Result, anyhow};
use rand::{Rng, distr::Alphanumeric};
use studyhall_domain::{Error, accounts::NewUser};

use crate::{boot::Base, cli::User, config::Config};

/// Characters of a password that is made up: 119 bits.
const MADE_UP_CHARS: usize = 20;

pub async fn run(command: &User, config: &Config) -> Result<ExitCode> {
    let accounts = Base::open(config).await?.accounts;
    match command {
        User::Create { username, display_name, role, password_stdin } => {
            let password = Password::get(*password_stdin)?;
            let (display_name, role) = (display_name.clone(), (*role).into());
            let new = NewUser { username: username.clone(), display_name, password: password.text.clone(), role };
            let account = accounts.create(new).await.map_err(|error| explain(error, username))?;
            println!("Made {} ({}).{}", account.username, account.role.as_str(), password.note());
        }
        User::SetRole { username, role } => {
            let account = accounts.set_role(username, (*role).into()).await;
            let account = account.map_err(|error| explain(error, username))?;
            println!("{} is {} now.", account.username, account.role.as_str());
        }
        User::ResetPassword { username, password_stdin } => {
            let password = Password::get(*password_stdin)?;
            let reset = accounts.reset_password(username, &password.text).await;
            reset.map_err(|error| explain(error, username))?;
            println!("{username} has another password; every session has ended.{}", password.note());
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Password {
    text: String,
    made_up: bool,
}

impl Password {
    /// From standard input, or made up: never from the command line, which everybody on the machine can read.
    fn get(from_stdin: bool) -> Result<Self> {
        if !from_stdin {
            let text = rand::rng().sample_iter(Alphanumeric).take(MADE_UP_CHARS).map(char::from).collect();
            return Ok(Self { text, made_up: true });
        }
        let mut line = String::new();
        stdin().read_line(&mut line).context("cannot read the password from standard input")?;
        Ok(Self { text: line.trim_end_matches(['\r', '\n']).to_owned(), made_up: false })
    }

    fn note(&self) -> String {
        if self.made_up { format!(" Password: {}", self.text) } else { String::new() }
    }
}

/// The domain's words, for a terminal.
fn explain(error: Error, username: &str) -> anyhow::Error {
    match error {
        Error::Invalid(errors) => {
            let words: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
            anyhow!(words.join(" "))
        }
        Error::NotFound(_) => anyhow!("there is no user {username}"),
        other => anyhow!(other).context(username.to_owned()),
    }
}
