//! Redis, with its append-only file, as in docker-compose.yml.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::ports::port;
use crate::programs::need;
use crate::{Engine, Engines, Variable, probe};

pub fn start(engines: &Engines) -> Result<()> {
    let process = Engine::Redis.process(engines);
    let place = engines.place(Engine::Redis)?;
    let port = port(engines.dir(), "redis")?;
    if !process.is_alive() {
        let mut redis = Command::new(need(engines.programs.redis(), "redis-server")?);
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "yes"]);
        redis.args(["--protected-mode", "yes", "--daemonize", "no", "--dir"]).arg(place);
        process.spawn(&mut redis)?;
    }
    process.wait_until(Duration::from_secs(20), || probe::answers(port, b"PING\r\n", b"+PONG"))
}

pub fn variables(engines: &Engines) -> Result<Vec<Variable>> {
    Ok(vec![("REDIS_URL", format!("redis://127.0.0.1:{}", port(engines.dir(), "redis")?))])
}
