//! MongoDB, as a replica set of one: what a majority and a journal mean is then the same as with three.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::ports::port;
use crate::programs::need;
use crate::{Engine, Engines, Variable, probe};

const SET: &str = "studyhall";

pub fn start(engines: &Engines) -> Result<()> {
    let process = Engine::Mongodb.process(engines);
    let place = engines.place(Engine::Mongodb)?;
    let port = port(engines.dir(), "mongodb")?;
    if !process.is_alive() {
        let mut mongod = Command::new(need(engines.programs.mongod(), "mongod")?);
        mongod.args(["--port", &port.to_string(), "--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", SET]);
        mongod.args(["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "256", "--quiet"]);
        mongod.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
        // A primary would wait this long for somebody to take over.
        mongod.args(["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]);
        mongod.arg("--dbpath").arg(&place);
        process.spawn(&mut mongod)?;
    }
    let hello = Document::new().int("hello", 1).text("$db", "admin");
    // Refused with an error once it is initiated, which is as good.
    let member = Document::new().int("_id", 0).text("host", &format!("127.0.0.1:{port}"));
    let config = Document::new().text("_id", SET).array("members", &[member]);
    let initiate = Document::new().document("replSetInitiate", config).text("$db", "admin");
    process.wait_until(Duration::from_mins(1), || {
        let Ok(answer) = command(port, &hello) else { return false };
        if !contains(&answer, b"\x02setName\0") {
            let _ = command(port, &initiate);
        }
        contains(&answer, b"\x08isWritablePrimary\0\x01")
    })
}

pub fn variables(engines: &Engines) -> Result<Vec<Variable>> {
    let port = port(engines.dir(), "mongodb")?;
    let program = need(engines.programs.mongod(), "mongod")?;
    Ok(vec![
        ("MONGODB_URL", format!("mongodb://127.0.0.1:{port}/?directConnection=true")),
        ("MONGOD", program.display().to_string()),
    ])
}

/// Sends one command as an `OP_MSG` (MongoDB wire protocol) and gives the answer's bytes.
fn command(port: u16, body: &Document) -> Result<Vec<u8>> {
    const OP_MSG: i32 = 2013;
    let body = body.bytes();
    let length = i32::try_from(16 + 4 + 1 + body.len())?;
    let mut message = Vec::new();
    for number in [length, 1, 0, OP_MSG, 0] {
        message.extend(number.to_le_bytes());
    }
    message.push(0);
    message.extend(body);
    let mut stream = probe::connect(port).context("does not answer")?;
    stream.write_all(&message)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let rest = usize::try_from(i32::from_le_bytes(length))?.saturating_sub(4).min(1 << 20);
    let mut answer = vec![0; rest];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// As much of BSON as two commands need.
#[derive(Default)]
struct Document(Vec<u8>);

impl Document {
    fn new() -> Self {
        Self::default()
    }

    fn element(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend(name.as_bytes());
        self.0.push(0);
        self.0.extend(value);
        self
    }

    fn int(self, name: &str, value: i32) -> Self {
        self.element(0x10, name, &value.to_le_bytes())
    }

    fn text(self, name: &str, value: &str) -> Self {
        let mut bytes = (u32::try_from(value.len() + 1).unwrap_or_default()).to_le_bytes().to_vec();
        bytes.extend(value.as_bytes());
        bytes.push(0);
        self.element(0x02, name, &bytes)
    }

    #[expect(clippy::needless_pass_by_value, reason = "a builder takes its parts")]
    fn document(self, name: &str, value: Self) -> Self {
        self.element(0x03, name, &value.bytes())
    }

    fn array(self, name: &str, items: &[Self]) -> Self {
        let list = items
            .iter()
            .enumerate()
            .fold(Self::new(), |list, (index, item)| list.element(0x03, &index.to_string(), &item.bytes()));
        self.element(0x04, name, &list.bytes())
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = (u32::try_from(self.0.len() + 5).unwrap_or_default()).to_le_bytes().to_vec();
        bytes.extend(&self.0);
        bytes.push(0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_bson() {
        // The example of bsonspec.org.
        let hello = Document::new().text("hello", "world").bytes();
        assert_eq!(hello, b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00");
    }
}
