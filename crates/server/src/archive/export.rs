//! Writing an archive. It only reads: an embedded server may go on beside it, and so may nodes.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use studyhall_domain::ports::AccountStore as _;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::{
    FORMAT, Manifest,
    content::{Content, Totals},
    file::Writer,
    refuse_nodes,
};
use crate::{
    boot::{self, Holdings},
    config::{Config, Mode},
};

/// Writes everything that the instance holds to `path`, where nothing may be. Retired, it does not start again.
pub async fn export(config: &Config, path: &Path, retire: bool) -> Result<Totals> {
    ensure!(!path.try_exists()?, "{} is there already: choose another name", path.display());
    let dir = data_dir(config)?;
    let _lock = if retire { boot::claim(config)? } else { None };
    let holdings = Holdings::open(config).await?;
    if retire {
        refuse_nodes(&holdings.store).await?;
    }
    let accounts = holdings.store.count_accounts().await.context("cannot read the database")?;
    ensure!(accounts > 0, "there are no accounts here, and so nothing to export: is this the right instance?");
    let content = Content::of(&holdings).await?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: studyhall_store_sql::schema_version()?,
        created_at: studyhall_domain::now(),
        epoch: content.epoch().await?,
        mode: config.mode.to_string(),
        data_dir: dir,
        retired: retire,
    };
    let (store, path) = (holdings.store.clone(), path.to_owned());
    let writing = spawn_blocking(move || {
        let mut archive = Writer::create(&path, &manifest)?;
        let totals = content.write(&mut archive)?;
        // Before there is an archive that says so: there are never two of which each may go on.
        if retire {
            Handle::current().block_on(store.retire(studyhall_domain::now())).context("cannot retire the instance")?;
        }
        archive.finish()?;
        Ok(totals)
    });
    writing.await?
}

/// Where an embedded instance is, and that it is there: a name that was mistyped must not make an empty backup.
fn data_dir(config: &Config) -> Result<Option<String>> {
    let Mode::Embedded = config.mode else { return Ok(None) };
    let dir = &config.data_dir;
    let hint = || format!("there is no instance in {}: say where it is with --data-dir", dir.display());
    ensure!(dir.join(boot::DATABASE).is_file(), hint());
    Ok(dir.canonicalize().with_context(hint)?.to_str().map(str::to_owned))
}
