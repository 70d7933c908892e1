//! Where a moved instance comes from.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use tokio::task::spawn_blocking;

use super::{Manifest, content::Content, file::Writer};
use crate::{
    boot::{self, Holdings},
    config::{Config, Mode},
    data_dir::Lock,
};

/// An embedded instance on this machine, that nobody else can start as long as this is there.
pub struct Source {
    config: Config,
    _lock: Option<Lock>,
}

impl Source {
    /// None where the instance was retired when the archive was made. One that can be neither found nor trusted to stay
    /// stopped is refused: clients would hear two histories under one epoch.
    pub fn find(config: &Config, manifest: &Manifest) -> Result<Option<Self>> {
        if manifest.retired {
            return Ok(None);
        }
        let dir = manifest.data_dir.as_ref().map(PathBuf::from).filter(|dir| dir.join(boot::DATABASE).is_file());
        let Some(data_dir) = dir else {
            bail!(
                "where the archive comes from ({} mode) may still be in service, and is not on this machine: stop it, and \
                 make the archive there with `studyhall export --retire`",
                manifest.mode
            );
        };
        let config = Config { mode: Mode::Embedded, data_dir, ..config.clone() };
        let lock = boot::claim(&config)?;
        Ok(Some(Self { config, _lock: lock }))
    }

    /// Fails where anything happened since the archive was made: it would be lost.
    pub async fn is_as_archived(&self, sha256: &str) -> Result<()> {
        let holdings = Holdings::open(&self.config).await?;
        let content = Content::of(&holdings).await?;
        let comparing = spawn_blocking(move || {
            let mut nowhere = Writer::nowhere();
            content.write(&mut nowhere)?;
            nowhere.finish()
        });
        ensure!(
            comparing.await?? == sha256,
            "{} has changed since the archive was made: export it again, now that it is stopped, and import that",
            self.config.data_dir.display()
        );
        Ok(())
    }

    pub async fn retire(self) -> Result<()> {
        let holdings = Holdings::open(&self.config).await?;
        let retired = holdings.store.retire(studyhall_domain::now()).await;
        retired.with_context(|| format!("cannot mark {} as retired", self.config.data_dir.display()))
    }
}
