//! The services as containers, by Docker compose. Their ports are whatever is free on loopback.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use studyhall_engines::{Programs, Variable};

use super::native;
use crate::needs;
use crate::project::Project;
use crate::shell;

/// Whether there is an engine that runs compose files: the command alone is often there without one.
pub fn is_at_hand() -> bool {
    needs::find("docker").is_some()
        && shell::succeeds(Command::new("docker").args(["compose", "version"]))
        && shell::succeeds(Command::new("docker").arg("info"))
}

pub struct Docker {
    file: PathBuf,
    tools: PathBuf,
}

impl Docker {
    pub fn new(project: &Project) -> Self {
        Self { file: project.root.join("xtask/services.compose.yml"), tools: project.cache.join("tools") }
    }

    pub fn up(&self) -> Result<()> {
        // Some tests start an engine of their own, to kill it.
        native::install(&Programs::new(&self.tools), &self.tools)?;
        shell::run(self.compose().args(["up", "--detach", "--wait", "--wait-timeout", "180"]))
    }

    pub fn down(&self) -> Result<()> {
        shell::run(self.compose().args(["down", "--volumes", "--timeout", "5"]))
    }

    pub fn is_up(&self) -> bool {
        let running = shell::capture(self.compose().args(["ps", "--services", "--status", "running"]));
        running.is_ok_and(|services| services.lines().count() == 5)
    }

    pub fn variables(&self) -> Result<Vec<Variable>> {
        let mongod =
            Programs::new(&self.tools).mongod().context("there is no mongod; `cargo xtask services up` gets it")?;
        Ok(vec![
            ("TOOLS", self.tools.display().to_string()),
            (
                "POSTGRES_URL",
                format!("postgres://studyhall:studyhall-test@{}/postgres", self.address("postgres", "5432")?),
            ),
            ("MONGODB_URL", format!("mongodb://{}/?directConnection=true", self.address("mongodb", "27017")?)),
            ("MONGOD", mongod.display().to_string()),
            ("REDIS_URL", format!("redis://{}", self.address("redis", "6379")?)),
            ("AMQP_URL", format!("amqp://guest:guest@{}/%2f", self.address("rabbitmq", "5672")?)),
            ("S3_ENDPOINT", format!("http://{}", self.address("minio", "9000")?)),
            ("S3_BUCKET", "studyhall-test".to_owned()),
            ("S3_REGION", "us-east-1".to_owned()),
            ("S3_ACCESS_KEY", "studyhall".to_owned()),
            ("S3_SECRET_KEY", "studyhall-test-secret".to_owned()),
        ])
    }

    fn address(&self, service: &str, port: &str) -> Result<String> {
        let address = shell::capture(self.compose().args(["port", service, port]))?;
        Ok(address.trim().to_owned())
    }

    fn compose(&self) -> Command {
        let mut docker = Command::new("docker");
        docker.args(["compose", "--project-name", "studyhall-services", "--file"]).arg(&self.file);
        docker
    }
}
