//! RabbitMQ, with its own node name, cookie and port mapper, so that it never meets another one on the machine.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::ports::port;
use crate::process::{Process, Signal};
use crate::programs::need;
use crate::{Engine, Engines, Variable, probe};

/// Erlang on a machine with better things to do: two schedulers that sleep when idle; the distribution on loopback.
const ERLANG: &str = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -setcookie studyhall \
    -kernel inet_dist_use_interface {127,0,0,1}";

pub fn start(engines: &Engines) -> Result<()> {
    let process = Engine::Rabbitmq.process(engines);
    let place = engines.place(Engine::Rabbitmq)?;
    let amqp = port(engines.dir(), "rabbitmq")?;
    let mapper = port(engines.dir(), "epmd")?;
    let distribution = port(engines.dir(), "rabbitmq-distribution")?;
    if !port_mapper(engines).is_alive() {
        let mut epmd = Command::new(need(engines.programs.epmd(), "epmd")?);
        epmd.env("ERL_EPMD_RELAXED_COMMAND_CHECK", "true").args([
            "-port",
            &mapper.to_string(),
            "-address",
            "127.0.0.1",
        ]);
        port_mapper(engines).spawn(&mut epmd)?;
        // The question for all names; it is answered with the mapper's port.
        let names = [0, 1, b'n'];
        port_mapper(engines)
            .wait_until(Duration::from_secs(20), || probe::answers(mapper, &names, &u32::from(mapper).to_be_bytes()))?;
    }
    if !process.is_alive() {
        fs::write(place.join("enabled_plugins"), "[].\n")?;
        fs::write(place.join("env.conf"), "")?;
        let mut rabbit = Command::new(need(engines.programs.rabbitmq(), "rabbitmq-server")?);
        rabbit
            .env("HOME", &place)
            .env("ERL_EPMD_PORT", mapper.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", format!("studyhall-{amqp}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", amqp.to_string())
            .env("RABBITMQ_DIST_PORT", distribution.to_string())
            .env("RABBITMQ_MNESIA_BASE", place.join("data"))
            .env("RABBITMQ_LOG_BASE", place.join("log"))
            .env("RABBITMQ_CONFIG_FILE", place.join("rabbitmq"))
            .env("RABBITMQ_CONF_ENV_FILE", place.join("env.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", place.join("enabled_plugins"))
            .env("RABBITMQ_PID_FILE", place.join("pid"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG);
        process.spawn(&mut rabbit)?;
    }
    // AMQP 0-9-1, 4.2.2: a client begins with the protocol header; the server's first frame is a method on channel 0.
    process.wait_until(Duration::from_secs(90), || probe::answers(amqp, b"AMQP\0\0\x09\x01", &[1, 0, 0]))
}

pub fn stop_port_mapper(engines: &Engines) -> Result<()> {
    port_mapper(engines).stop(Signal::TERM, Duration::from_secs(5))
}

fn port_mapper(engines: &Engines) -> Process {
    Process::new(engines.dir(), "epmd")
}

pub fn variables(engines: &Engines) -> Result<Vec<Variable>> {
    Ok(vec![("AMQP_URL", format!("amqp://guest:guest@127.0.0.1:{}/%2f", port(engines.dir(), "rabbitmq")?))])
}
